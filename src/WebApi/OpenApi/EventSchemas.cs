using Microsoft.OpenApi;

namespace StackAgent.WebApi.OpenApi;

/// <summary>What an event looks like wherever it goes.</summary>
internal static class EventSchemas
{
    /// <summary><c>session.status_changed</c> is <c>SessionStatusChanged</c>.</summary>
    public static string NameOf(string type) => string.Concat(type.Split('.', '_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary><c>{type, timestamp, data}</c> for one type.</summary>
    public static OpenApiSchema Of(string type, IOpenApiSchema data) => new()
    {
        Type = JsonSchemaType.Object,
        Required = new SortedSet<string>(StringComparer.Ordinal) { "type", "timestamp", "data" },
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Const = type },
            ["timestamp"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
            ["data"] = data,
        },
    };
}
