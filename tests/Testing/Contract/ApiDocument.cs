using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StackAgent.Testing.Contract;

/// <summary>What the OpenAPI document promises, and whether an answer keeps it.</summary>
public sealed class ApiDocument
{
    private const string ProblemType = "application/problem+json";

    private static readonly HashSet<string> PathItemRemarks = new(StringComparer.Ordinal) { "parameters", "summary", "description", "servers" };

    private readonly JsonSchema _schemas;
    private readonly JsonObject _problem;
    private readonly List<Operation> _operations;
    private readonly HashSet<string> _areas;

    public ApiDocument(JsonObject document)
    {
        _schemas = new JsonSchema(document);
        _problem = new JsonObject { ["$ref"] = "#/components/schemas/Problem" };
        _operations =
        [
            .. from path in document["paths"]!.AsObject()
               from operation in path.Value!.AsObject()
               where !PathItemRemarks.Contains(operation.Key)
               select new Operation(operation.Key.ToUpperInvariant(), path.Key, Segments(path.Key), operation.Value!.AsObject()),
        ];
        _areas = _operations.Select(operation => operation.Segments[0]).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The document in the repository, which a test compares with the server's.</summary>
    public static ApiDocument Committed { get; } = new(JsonNode.Parse(File.ReadAllText(CommittedPath))!.AsObject());

    public static string CommittedPath => Path.Combine(Repository.Root, "docs", "openapi.json");

    /// <summary>What the document says about the answer to a request; null where it has no say: other addresses, other methods than those of APIs.</summary>
    public Promise? Find(HttpMethod method, string path, int status, MediaTypeHeaderValue? contentType)
    {
        // The HTTP server itself refuses a path with NUL, before there is an operation.
        if (path.Contains("%00", StringComparison.Ordinal))
            return null;

        var segments = Segments(path);
        if (segments.Length == 0 || !_areas.Contains(segments[0]) || method == HttpMethod.Options || method == HttpMethod.Head || method == HttpMethod.Trace)
            return null;

        var operation = _operations
            .Where(operation => operation.Method == method.Method && operation.Fits(segments))
            .MaxBy(operation => operation.Segments.Count(segment => !IsParameter(segment)));
        var name = $"{method} {operation?.Path ?? path} {status.ToString(CultureInfo.InvariantCulture)}";
        if (operation is null)
        {
            return status is 404 or 405
                ? Promise.Of(name, ProblemType, _problem)
                : Promise.Broken(name, "The document doesn't know this operation.");
        }

        if (operation.Description["responses"]![status.ToString(CultureInfo.InvariantCulture)] is not JsonObject found)
            return Promise.Broken(name, "The document doesn't know this status.");

        var response = _schemas.Resolve(found);
        var headers = response["headers"] as JsonObject ?? [];
        if (response["content"] is not JsonObject { Count: > 0 } contents)
        {
            return contentType is null
                ? new Promise(name, Fault: null, ContentType: null, Schema: null, headers)
                : Promise.Broken(name, $"The document knows no body here, and there is one of {contentType}.");
        }

        return contentType?.MediaType is { } type && contents[type] is JsonObject content
            ? new Promise(name, Fault: null, type, content["schema"] as JsonObject, headers)
            : Promise.Broken(name, $"The document doesn't know the content type {contentType?.ToString() ?? "(none)"}.");
    }

    /// <summary>What is wrong with an answer's status, content type and headers.</summary>
    public IReadOnlyList<string> CompareHead(Promise promise, HttpResponseMessage response)
    {
        if (promise.Fault is { } fault)
            return [$"{promise.Name}: {fault}"];

        var faults = new List<string>();
        foreach (var (header, description) in promise.Headers)
        {
            var text = response.Headers.TryGetValues(header, out var values) || response.Content.Headers.TryGetValues(header, out values)
                ? string.Join(", ", values)
                : null;
            if (text is null && (description!["required"]?.GetValue<bool>() ?? false))
                faults.Add($"{promise.Name}: the header {header} is missing.");
            if (text is not null && description!["schema"] is JsonObject schema)
                faults.AddRange(_schemas.Compare(HeaderValue(text, schema), schema).Select(found => $"{promise.Name}: the header {header}: {found}"));
        }

        return faults;
    }

    /// <summary>What is wrong with a JSON body, with one line of a log, or with the data of one event.</summary>
    public IReadOnlyList<string> CompareBody(Promise promise, string json)
    {
        if (promise.Schema is not { } schema)
            return [];

        try
        {
            return [.. _schemas.Compare(JsonNode.Parse(json), schema).Select(fault => $"{promise.Name}: {fault}")];
        }
        catch (JsonException exception)
        {
            return [$"{promise.Name}: the body isn't JSON: {exception.Message}"];
        }
    }

    private static JsonNode HeaderValue(string text, JsonObject schema) =>
        schema["type"]?.GetValueKind() == JsonValueKind.String && schema["type"]!.GetValue<string>() is "integer" or "number"
            && long.TryParse(text, CultureInfo.InvariantCulture, out var number)
            ? JsonValue.Create(number)
            : JsonValue.Create(text);

    private static string[] Segments(string path) => path.Trim('/').Split('/');

    private static bool IsParameter(string segment) => segment.StartsWith('{');

    private sealed record Operation(string Method, string Path, string[] Segments, JsonObject Description)
    {
        public bool Fits(string[] segments) => segments.Length == Segments.Length
            && segments.Zip(Segments).All(pair => IsParameter(pair.Second) || string.Equals(pair.First, pair.Second, StringComparison.OrdinalIgnoreCase));
    }
}

/// <summary>What the document says about one answer.</summary>
/// <param name="Name">The operation and the status, for messages.</param>
/// <param name="Fault">That it can't be, and why; null: it can.</param>
/// <param name="ContentType">Without parameters; null: no body.</param>
/// <param name="Schema">Of the body, of one line of a log, or of an event's data; null: any.</param>
/// <param name="Headers">Name → description.</param>
public sealed record Promise(string Name, string? Fault, string? ContentType, JsonObject? Schema, JsonObject Headers)
{
    internal static Promise Of(string name, string contentType, JsonObject schema) => new(name, Fault: null, contentType, schema, []);

    internal static Promise Broken(string name, string fault) => new(name, fault, ContentType: null, Schema: null, []);
}
