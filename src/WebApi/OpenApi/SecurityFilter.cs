using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using StackAgent.WebApi.Authentication;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Says which credentials an operation takes, from its authorisation attributes.</summary>
internal sealed class SecurityFilter : IOperationFilter
{
    public const string Bearer = "bearer";
    public const string ApiKey = "apiKey";

    public static bool NeedsCredentials(OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        return metadata.OfType<IAuthorizeData>().Any() && !metadata.OfType<IAllowAnonymous>().Any();
    }

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (!NeedsCredentials(context))
        {
            // Said, rather than left open.
            operation.Security = [];
            return;
        }

        operation.Security = [Requirement(Bearer, context)];
        var needsPerson = context.ApiDescription.ActionDescriptor.EndpointMetadata
            .OfType<IAuthorizeData>()
            .Any(authorize => authorize.Policy is null or Policies.AccessTokenOnly);
        if (!needsPerson)
            operation.Security.Add(Requirement(ApiKey, context));
    }

    private static OpenApiSecurityRequirement Requirement(string scheme, OperationFilterContext context) =>
        new() { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] };
}
