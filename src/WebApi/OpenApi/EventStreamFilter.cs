using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using StackAgent.Application.Events;
using StackAgent.WebApi.Streaming;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Marks an operation whose answer is a stream of events.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EventStreamOperationAttribute : Attribute;

/// <summary>
/// Describes the stream: OpenAPI has no word for server-sent events, so the schema is that of one event's <c>data</c>. There is one for each
/// type, told apart by <c>type</c>.
/// </summary>
internal sealed class EventStreamFilter : IOperationFilter
{
    /// <summary>The schema of any event.</summary>
    public const string SchemaId = "LiveEvent";

    private const string Example =
        """
        {
          "type": "session.status_changed",
          "timestamp": "2025-06-30T12:00:00.123456Z",
          "data": {
            "agent": {
              "id": "0198c5a2-03b4-7f11-8a6e-5d0c4b7e21f3",
              "agent_id": "my-laptop",
              "name": "my-laptop",
              "kind": "reported",
              "stack_id": null
            },
            "session": { "id": "0198c5a3-91d0-7a58-b0f2-3c6e1d8a4b75", "session_topic": "nightly build" },
            "previous_status": "running",
            "status": "success",
            "message": "Done.",
            "content": null,
            "duration_seconds": 12.5
          }
        }
        """;

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (context.MethodInfo?.GetCustomAttributes(inherit: true).OfType<EventStreamOperationAttribute>().Any() != true)
            return;

        operation.Responses ??= [];
        operation.Responses["200"] = new OpenApiResponse
        {
            Description = "A stream of events that goes on until one side ends it. The schema is that of one event's data.",
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                [EventStreamAnswer.ContentType] = new() { Schema = Describe(context), Example = JsonNode.Parse(Example) },
            },
        };

        // ErrorAnswersFilter describes them.
        foreach (var status in new[] { "406", "429", "503" })
            operation.Responses[status] = new OpenApiResponse();
    }

    private static OpenApiSchemaReference Describe(OperationFilterContext context)
    {
        if (!context.SchemaRepository.Schemas.ContainsKey(SchemaId))
        {
            var events = EventTypes.Payloads
                .Concat(StreamNotice.Types.Select(type => KeyValuePair.Create(type, typeof(StreamNotice))))
                .ToDictionary(type => type.Key, type => Describe(type.Key, type.Value, context), StringComparer.Ordinal);
            context.SchemaRepository.AddDefinition(SchemaId, new OpenApiSchema
            {
                Description = "Something that happened. The stream's own events (stream.…) have no id.",
                OneOf = [.. events.Values],
                Discriminator = new OpenApiDiscriminator { PropertyName = "type", Mapping = events },
            });
        }

        return new OpenApiSchemaReference(SchemaId, context.Document);
    }

    private static OpenApiSchemaReference Describe(string type, Type payload, OperationFilterContext context)
    {
        var id = $"{EventSchemas.NameOf(type)}LiveEvent";
        var data = context.SchemaGenerator.GenerateSchema(payload, context.SchemaRepository);
        context.SchemaRepository.AddDefinition(id, EventSchemas.Of(type, data));
        return new OpenApiSchemaReference(id, context.Document);
    }
}
