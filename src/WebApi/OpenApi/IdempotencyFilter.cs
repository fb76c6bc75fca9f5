using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;
using StackAgent.Application.Common.Idempotency;
using StackAgent.WebApi.Idempotency;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Describes <c>Idempotency-Key</c> where a request can have one.</summary>
internal sealed class IdempotencyFilter : IOperationFilter
{
    private const string Example = "0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e10";

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (!IdempotencyKeys.Cover(context.ApiDescription.HttpMethod ?? "", $"/{context.ApiDescription.RelativePath}"))
            return;

        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = IdempotencyKeys.Header,
            In = ParameterLocation.Header,
            Description = "A name for this request, for example a UUID. A repeat with the same key within 24 hours gets the first answer, with "
                + $"`{IdempotencyKeys.ReplayedHeader}: true`, and does nothing. 422 with another request under the same key, 409 while the first is under way, 429 with too many of them under way.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = IdempotencyRecord.KeyMaxLength },
            Example = JsonValue.Create(Example),
        });

        operation.Responses ??= [];
        foreach (var response in operation.Responses.Where(response => response.Key.StartsWith('2')).Select(response => response.Value).OfType<OpenApiResponse>())
        {
            response.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
            response.Headers[IdempotencyKeys.ReplayedHeader] = new OpenApiHeader
            {
                Description = "`true` where this is the answer to an earlier request with the same Idempotency-Key.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            };
        }

        // ErrorAnswersFilter describes them.
        foreach (var status in new[] { 409, 422, 429 })
            operation.Responses.TryAdd($"{status}", new OpenApiResponse { Description = ReasonPhrases.GetReasonPhrase(status) });
    }
}
