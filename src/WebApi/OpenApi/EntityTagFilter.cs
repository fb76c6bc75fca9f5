using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using StackAgent.Application.Common;
using StackAgent.WebApi.Conditional;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Describes <c>ETag</c> and <c>If-Match</c> where an action has them.</summary>
internal sealed class EntityTagFilter : IOperationFilter
{
    private const string Example = "\"v7\"";

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (context.MethodInfo is not { } action)
            return;

        operation.Responses ??= [];
        if (action.GetCustomAttributes(inherit: true).OfType<EntityTagAttribute>().Any())
        {
            foreach (var answer in context.ApiDescription.SupportedResponseTypes)
                Describe(operation, answer, action);
        }

        if (!action.GetParameters().SelectMany(parameter => parameter.GetCustomAttributes(inherit: true)).OfType<FromIfMatchAttribute>().Any())
            return;

        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = HeaderNames.IfMatch,
            In = ParameterLocation.Header,
            Description = "The ETag of the state that the request is meant for, or several, or `*`. 412 when the state is another one by now.",
            Schema = Text(),
            Example = JsonValue.Create(Example),
        });

        // ErrorAnswersFilter describes it.
        operation.Responses["412"] = new OpenApiResponse { Description = ReasonPhrases.GetReasonPhrase(412) };
    }

    private static void Describe(OpenApiOperation operation, ApiResponseType answer, MethodInfo action)
    {
        if (!typeof(ITagged).IsAssignableFrom(answer.Type)
            || operation.Responses?.GetValueOrDefault(answer.StatusCode.ToString(CultureInfo.InvariantCulture)) is not OpenApiResponse response)
        {
            return;
        }

        var tag = answer.Type.GetProperty(nameof(ITagged.EntityTag));
        var mayLackIt = tag is null || new NullabilityInfoContext().Create(tag).ReadState == NullabilityState.Nullable
            || action.GetCustomAttributes(inherit: true).OfType<AlternativeAnswerAttribute>().Any(alternative => alternative.Status == answer.StatusCode);
        response.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
        response.Headers[HeaderNames.ETag] = new OpenApiHeader
        {
            Description = "Changes with every change that a user makes, not with the status. For If-Match.",
            Required = !mayLackIt,
            Schema = Text(),
        };
    }

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };
}
