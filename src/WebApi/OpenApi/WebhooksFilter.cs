using Microsoft.OpenApi;
using StackAgent.Application.Events;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Describes what is sent to endpoints with format <c>standard</c>: an entry for each type of event.</summary>
internal sealed class WebhooksFilter : IDocumentFilter
{
    /// <summary>Failures alike are told as one.</summary>
    private static readonly HashSet<string> Folded = new(StringComparer.Ordinal)
    {
        EventTypes.SessionStatusChanged,
        EventTypes.SessionExpired,
        EventTypes.AgentStatusChanged,
    };

    private static readonly (string Name, string Description)[] Headers =
    [
        ("webhook-id", "The notification's id, the same at each try: what repeats are told by."),
        ("webhook-timestamp", "When it was sent, in seconds since 1970-01-01 UTC. Refuse what is older than five minutes."),
        ("webhook-signature", "`v1,` and the HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` in base64; two of them, separated by a space, while the secret is being rotated."),
    ];

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        swaggerDoc.Webhooks ??= new Dictionary<string, IOpenApiPathItem>(StringComparer.Ordinal);
        var payloads = EventTypes.Payloads.Append(KeyValuePair.Create(EventTypes.EndpointTest, typeof(EndpointTestEvent)));
        foreach (var (type, payload) in payloads)
        {
            swaggerDoc.Webhooks[type] = new OpenApiPathItem
            {
                Operations = new Dictionary<HttpMethod, OpenApiOperation> { [HttpMethod.Post] = Describe(type, payload, swaggerDoc, context) },
            };
        }
    }

    private static OpenApiOperation Describe(string type, Type payload, OpenApiDocument document, DocumentFilterContext context)
    {
        var name = EventSchemas.NameOf(type);
        var id = $"{name}Notification";
        context.SchemaRepository.AddDefinition(id, EventSchemas.Of(type, Data(type, payload, context)));
        return new OpenApiOperation
        {
            OperationId = $"on{name}",
            Summary = $"Be told of {type}",
            Description = "Sent to notification endpoints with format `standard`, as Standard Webhooks has it. Verify the signature before you trust it.",
            Tags = new HashSet<OpenApiTagReference> { new("Notifications", document) },
            Security = [],
            Parameters =
            [
                .. Headers.Select(header => new OpenApiParameter
                {
                    Name = header.Name,
                    In = ParameterLocation.Header,
                    Required = true,
                    Description = header.Description,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                }),
            ],
            RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    ["application/json"] = new() { Schema = new OpenApiSchemaReference(id, document) },
                },
            },
            Responses = new OpenApiResponses
            {
                ["2XX"] = new OpenApiResponse { Description = "It has arrived and isn't sent again." },
                ["410"] = new OpenApiResponse { Description = "Nothing more is wanted: the endpoint is disabled." },
                ["default"] = new OpenApiResponse { Description = "It is sent again later, for about 28 hours. `Retry-After` is honoured." },
            },
        };
    }

    private static IOpenApiSchema Data(string type, Type payload, DocumentFilterContext context)
    {
        var data = context.SchemaGenerator.GenerateSchema(payload, context.SchemaRepository);
        if (!Folded.Contains(type))
            return data;

        var repeated = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
            {
                ["repeated"] = context.SchemaGenerator.GenerateSchema(typeof(RepeatedFailures), context.SchemaRepository),
            },
        };
        return new OpenApiSchema { AllOf = [data, repeated] };
    }
}
