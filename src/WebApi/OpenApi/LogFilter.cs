using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using StackAgent.WebApi.Streaming;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Marks an operation whose answer is a log.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LogOperationAttribute : Attribute;

/// <summary>Describes the two forms of a log; OpenAPI has no word for JSON lines, so the schema is that of one line.</summary>
internal sealed class LogFilter : IOperationFilter
{
    private const string Line =
        """{ "time": "2025-06-30T12:00:00.123456Z", "pod": "r3-17", "source": "stdout", "message": "listening on port 10042" }""";

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (context.MethodInfo?.GetCustomAttributes(inherit: true).OfType<LogOperationAttribute>().Any() != true)
            return;

        operation.Responses ??= [];
        operation.Responses["200"] = new OpenApiResponse
        {
            Description = "The log, one line after the other. In JSON lines the schema is that of one line.",
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                [LogLineWriter.PlainText] = new()
                {
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                    Example = JsonValue.Create("2025-06-30T12:00:00.123456Z r3-17 listening on port 10042\n"),
                },
                [LogLineWriter.JsonLines] = new()
                {
                    Schema = context.SchemaGenerator.GenerateSchema(typeof(AgentLogLine), context.SchemaRepository),
                    Example = JsonNode.Parse(Line),
                },
            },
        };

        // ErrorAnswersFilter describes them.
        foreach (var status in new[] { "406", "409", "429", "503" })
            operation.Responses[status] = new OpenApiResponse();
    }
}
