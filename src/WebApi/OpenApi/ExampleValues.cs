using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace StackAgent.WebApi.OpenApi;

/// <summary>Makes examples of schemas, in which each field has the same telling value wherever it occurs.</summary>
/// <param name="schemas">What references point at, by id.</param>
internal sealed class ExampleValues(IReadOnlyDictionary<string, IOpenApiSchema> schemas)
{
    private const int DeepestNesting = 6;
    private const string StackId = "0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e10";
    private const string AgentId = "0198c5a2-03b4-7f11-8a6e-5d0c4b7e21f3";
    private const string UserId = "0198c59f-5a90-7d42-b1c8-90e7a3f6d254";
    private const string AgentUrl = $"http://127.0.0.1:8000/stacks/{StackId}/agents/{AgentId}/";

    /// <summary><c>Schema.field</c> before <c>field</c>; JSON.</summary>
    private static readonly Dictionary<string, string> Values = new(StringComparer.Ordinal)
    {
        ["Agent.id"] = Text(AgentId),
        ["Agent.name"] = Text("support-bot"),
        ["Agent.description"] = Text("Answers questions about orders."),
        ["Agent.source"] = "null",
        ["Agent.status"] = Text("running"),
        ["HealthAnswer.status"] = Text("healthy"),
        ["UserResponse.name"] = Text("Ada Lovelace"),
        ["RegisteredUser.name"] = Text("Ada Lovelace"),
        ["RegisterResponse.name"] = Text("Ada Lovelace"),
        ["RegisterUser.name"] = Text("Ada Lovelace"),
        ["AuditEntry.action"] = Text("agent.code_changed"),
        ["AuditEntry.address"] = Text("203.0.113.7"),
        ["AuditEntry.api_key_id"] = "null",
        ["AuditEntry.detail"] = Text("Revision 2."),
        ["AuditEntry.resource_id"] = Text(AgentId),
        ["AuditEntry.resource_name"] = Text("support-bot"),
        ["AuditEntry.resource_type"] = Text("agent"),
        ["LoginSummary.address"] = Text("203.0.113.7"),
        ["LoginSummary.user_agent"] = Text("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        ["AgentStats.failed"] = "2",
        ["AgentStats.from"] = Text("2025-06-23T12:00:00Z"),
        ["AgentStats.reports"] = "420",
        ["AgentStats.runs"] = "40",
        ["AgentStats.succeeded"] = "38",
        ["HourlyReports.reports"] = "17",
        ["DeliveryAttempt.error"] = "null",
        ["EndpointTestResult.error"] = "null",
        ["EndpointTestResult.delivered"] = "true",
        ["NotificationBody.type"] = Text("session.status_changed"),
        ["answer"] = Text("ok"),
        ["attempts"] = "1",
        ["by"] = Text("agent"),
        ["current"] = "true",
        ["current_password"] = Text("Correct-Horse-1"),
        ["disabled_at"] = "null",
        ["disabled_reason"] = "null",
        ["duration_ms"] = "42",
        ["enabled"] = "true",
        ["endpoint_url"] = Text("https://hooks.example.com/stackagent"),
        ["event_types"] = """["session.*"]""",
        ["failing_since"] = "null",
        ["finished_at"] = Text("2025-06-30T12:00:00Z"),
        ["last_error"] = "null",
        ["last_status_code"] = "200",
        ["muted"] = "true",
        ["new_password"] = Text("Better-Horse-2"),
        ["next_attempt_at"] = "null",
        ["previous_secret_until"] = "null",
        ["secret"] = Text("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
        ["status_code"] = "200",
        ["statuses"] = """["failed"]""",
        ["until"] = Text("2025-07-01T08:00:00Z"),
        ["url"] = Text("https://hooks.example.com/stackagent"),
        ["webhook_id"] = Text("msg_0198c5a491d07a58b0f23c6e1d8a4b75"),
        ["access_token"] = Text("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTk4In0.c2lnbmF0dXJl"),
        ["agent_count"] = "2",
        ["agent_id"] = Text(AgentId),
        ["agent_name"] = Text("support-bot"),
        ["agent_source"] = Text("ci"),
        ["api_url"] = Text(AgentUrl),
        ["content"] = Text("Order 1042 was sent."),
        ["created_by"] = "null",
        ["current_status"] = Text("running"),
        ["cursor"] = Text("AZjFoQ"),
        ["description"] = Text("Agents of the support team."),
        ["disk_path"] = Text($"/var/agent-platform/stacks/{StackId}/agents/{AgentId}"),
        ["duration_seconds"] = "12.5",
        ["email"] = Text("ada@example.com"),
        ["event_id"] = Text("run-17-step-3"),
        ["expired"] = "false",
        ["expires_in"] = "1800",
        ["CreateApiKey.expires_in"] = "90",
        ["file"] = Text("(the bytes of a ZIP)"),
        ["full_name"] = Text("Ada Lovelace"),
        ["key"] = Text("sak_3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ["key_prefix"] = Text("sak_3q2-7w"),
        ["limit"] = "20",
        ["median_duration_seconds"] = "12.5",
        ["message"] = Text("Done."),
        ["name"] = Text("support"),
        ["namespace"] = Text($"stack-{StackId}"),
        ["next_cursor"] = "null",
        ["notification_webhook_url"] = Text("https://hooks.example.com/stackagent"),
        ["p95_duration_seconds"] = "48.25",
        ["page"] = "1",
        ["pages"] = "1",
        ["password"] = Text("Correct-Horse-9"),
        ["reports_per_hour"] = "2.5",
        ["refresh_token"] = Text("q3J5bW9uZGF5LXR1ZXNkYXktd2VkbmVzZGF5LXRodXI"),
        ["revision"] = "1",
        ["scopes"] = """["report"]""",
        ["session_topic"] = Text("order-1042"),
        ["stack_id"] = Text(StackId),
        ["status_message"] = "null",
        ["status_reason"] = "null",
        ["success"] = "true",
        ["success_rate"] = "0.95",
        ["token_type"] = Text("bearer"),
        ["total"] = "1",
        ["trace_id"] = Text("4bf92f3577b34da6a3ce929d0e0e4736"),
        ["ttl_minutes"] = "30",
        ["ui_url"] = Text(AgentUrl),
        ["user_id"] = Text(UserId),
    };

    public JsonNode? Of(IOpenApiSchema schema) => Of(schema, owner: "", field: "", depth: 0);

    private JsonNode? Of(IOpenApiSchema schema, string owner, string field, int depth)
    {
        if (schema is OpenApiSchemaReference { Reference.Id: { } id } && schemas.TryGetValue(id, out var target))
        {
            schema = target;
            owner = target.Properties is { Count: > 0 } ? id : owner;
        }

        if (schema.Properties is { Count: > 0 } properties && depth < DeepestNesting)
            return new JsonObject(properties.Select(property => KeyValuePair.Create(property.Key, Of(property.Value, owner, property.Key, depth + 1))));
        if (FieldValue(owner, field, schema) is { } value)
            return JsonNode.Parse(value);
        if (schema.Enum is { Count: > 0 } words)
            return words[0]?.DeepClone();
        if ((schema.OneOf ?? schema.AnyOf ?? schema.AllOf)?.FirstOrDefault(choice => choice.Type != JsonSchemaType.Null) is { } chosen)
            return Of(chosen, owner, field, depth);

        return ((schema.Type ?? JsonSchemaType.Object) & ~JsonSchemaType.Null) switch
        {
            JsonSchemaType.Boolean => true,
            JsonSchemaType.Integer or JsonSchemaType.Number => 1,
            JsonSchemaType.Array => schema.Items is { } items && depth < DeepestNesting ? new JsonArray(Of(items, owner, "", depth + 1)) : [],
            JsonSchemaType.String => schema.Format switch
            {
                "uuid" => UserId,
                "date-time" => "2025-06-30T12:00:00Z",
                _ => "text",
            },
            _ => new JsonObject(),
        };
    }

    /// <summary>A field's value, if it fits the schema: the same name may mean a number in one place and a word in another.</summary>
    private static string? FieldValue(string owner, string field, IOpenApiSchema schema)
    {
        if (!Values.TryGetValue($"{owner}.{field}", out var value) && !Values.TryGetValue(field, out value))
            return null;

        var type = schema.Type ?? JsonSchemaType.Object;
        var fits = value[0] switch
        {
            '"' => type.HasFlag(JsonSchemaType.String) && (schema.Enum is not { Count: > 0 } words || words.Any(word => word?.ToJsonString() == value)),
            '[' => type.HasFlag(JsonSchemaType.Array),
            'n' => type.HasFlag(JsonSchemaType.Null),
            't' or 'f' => type.HasFlag(JsonSchemaType.Boolean),
            _ => type.HasFlag(JsonSchemaType.Number) || (type.HasFlag(JsonSchemaType.Integer) && !value.Contains('.', StringComparison.Ordinal)),
        };
        return fits ? value : null;
    }

    private static string Text(string value) => $"\"{value}\"";
}
