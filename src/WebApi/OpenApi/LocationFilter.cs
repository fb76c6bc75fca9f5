using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Describes <c>Location</c> where an answer tells of something new.</summary>
internal sealed class LocationFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (operation.Responses?.GetValueOrDefault("201") is not OpenApiResponse created)
            return;

        created.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
        created.Headers[HeaderNames.Location] = new OpenApiHeader
        {
            Description = "Where the new one is; absent when it has no address of its own.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        };
    }
}
