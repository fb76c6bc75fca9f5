using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using StackAgent.Application.Sessions;
using StackAgent.Domain.Sessions;
using StackAgent.WebApi.StatusReports;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Describes what <see cref="ReportBodyBinder"/> reads: a report, or an array of reports.</summary>
internal sealed class ReportBodyFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (context.MethodInfo?.GetParameters().Any(parameter => parameter.ParameterType == typeof(ReportBody)) != true)
            return;

        var report = context.SchemaGenerator.GenerateSchema(typeof(ReportInput), context.SchemaRepository);
        if (context.SchemaRepository.Schemas[nameof(ReportInput)].Properties?["status"] is OpenApiSchema status)
        {
            // Text in the use case, so that a bad one in an array is refused alone.
            status.Enum = [.. Enum.GetNames<SessionStatus>().Select(name => (JsonNode)JsonNamingPolicy.SnakeCaseLower.ConvertName(name))];
        }

        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["application/json"] = new()
                {
                    Schema = new OpenApiSchema
                    {
                        OneOf =
                        [
                            report,
                            new OpenApiSchema { Type = JsonSchemaType.Array, Items = report, MinItems = 1, MaxItems = ReportStatusBatch.MaxItems },
                        ],
                    },
                },
            },
        };
    }
}
