using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
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
            foreach (var response in operation.Responses.Where(response => response.Key.StartsWith('2')).Select(response => response.Value).OfType<OpenApiResponse>())
            {
                response.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
                response.Headers[HeaderNames.ETag] = new OpenApiHeader
                {
                    Description = "Changes with every change that a user makes, not with the status. For If-Match.",
                    Schema = Text(),
                };
            }
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

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };
}
