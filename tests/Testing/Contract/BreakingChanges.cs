using System.Text.Json.Nodes;

namespace StackAgent.Testing.Contract;

/// <summary>
/// Finds what a client of a released document can't live with in a later one: what it may call or send is gone or refused, or it is answered something that
/// the released document doesn't know. New operations, new optional parameters, new fields of answers and new types of events are no breaks.
/// </summary>
public sealed class BreakingChanges
{
    private static readonly HashSet<string> PathItemRemarks = new(StringComparer.Ordinal) { "parameters", "summary", "description", "servers" };

    private readonly List<string> _breaks = [];
    private readonly SchemaChanges _requests;
    private readonly SchemaChanges _answers;
    private readonly JsonSchema _old;
    private readonly JsonSchema _new;

    private BreakingChanges(JsonObject released, JsonObject present)
    {
        (_old, _new) = (new JsonSchema(released), new JsonSchema(present));
        _requests = new SchemaChanges(_old, _new, isRequest: true, _breaks);
        _answers = new SchemaChanges(_old, _new, isRequest: false, _breaks);
    }

    /// <summary>One sentence for each break, beginning with its place.</summary>
    public static IReadOnlyList<string> Find(JsonObject released, JsonObject present)
    {
        var changes = new BreakingChanges(released, present);
        foreach (var (path, item) in Children(released["paths"]))
        {
            foreach (var (method, operation) in Children(item).Where(operation => !PathItemRemarks.Contains(operation.Key)))
                changes.CompareOperation($"{method.ToUpperInvariant()} {path}", operation!.AsObject(), present["paths"]?[path]?[method] as JsonObject);
        }

        foreach (var (name, item) in Children(released["webhooks"]))
        {
            foreach (var (method, operation) in Children(item))
                changes.CompareWebhook($"webhook {name}", operation!.AsObject(), present["webhooks"]?[name]?[method] as JsonObject);
        }

        return changes._breaks;
    }

    /// <summary>Whether the versions differ in what Semantic Versioning changes for a break: the first number, and while that is 0 the second.</summary>
    public static bool AreAllowed(string releasedVersion, string presentVersion) => Compatible(releasedVersion) != Compatible(presentVersion);

    private static string Compatible(string version)
    {
        var numbers = version.Split('.');
        return numbers[0] == "0" ? $"0.{numbers[1]}" : numbers[0];
    }

    private void CompareOperation(string name, JsonObject old, JsonObject? present)
    {
        if (present is null)
        {
            _breaks.Add($"{name}: the operation is gone.");
            return;
        }

        if (Text(old["operationId"]) != Text(present["operationId"]))
            _breaks.Add($"{name}: operationId was {Text(old["operationId"])}, and SDKs name their methods by it.");
        CompareSecurity(name, old, present);
        CompareParameters(name, old, present);
        if (present["requestBody"] is JsonObject body)
            CompareBody(name, old["requestBody"] as JsonObject, body);
        else if (old["requestBody"] is not null)
            _breaks.Add($"{name}: it takes no body any more.");
        foreach (var (status, response) in Children(old["responses"]).Where(response => response.Key is ['2' or '3', ..]))
            CompareAnswer($"{name} {status}", _old.Resolve(response!.AsObject()), present["responses"]?[status] is JsonObject now ? _new.Resolve(now) : null);
    }

    private void CompareSecurity(string name, JsonObject old, JsonObject present)
    {
        var before = Schemes(old);
        var now = Schemes(present);
        if (before.Count == 0 && now.Count > 0)
            _breaks.Add($"{name}: it needs credentials now.");
        foreach (var scheme in before.Where(scheme => now.Count > 0 && !now.Contains(scheme)))
            _breaks.Add($"{name}: it doesn't take {scheme} any more.");

        static HashSet<string> Schemes(JsonObject operation) =>
            (operation["security"] as JsonArray ?? []).SelectMany(requirement => Children(requirement)).Select(scheme => scheme.Key).ToHashSet(StringComparer.Ordinal);
    }

    private void CompareParameters(string name, JsonObject old, JsonObject present)
    {
        var before = Parameters(old, _old);
        var now = Parameters(present, _new);
        foreach (var (key, parameter) in before)
        {
            if (!now.TryGetValue(key, out var same))
                _breaks.Add($"{name}: the parameter {key} is gone.");
            else
            {
                if (IsRequired(same) && !IsRequired(parameter))
                    _breaks.Add($"{name}: the parameter {key} is required now.");
                _requests.Compare($"{name} parameter {key}", parameter["schema"], same["schema"]);
            }
        }

        foreach (var (key, _) in now.Where(parameter => IsRequired(parameter.Value) && !before.ContainsKey(parameter.Key)))
            _breaks.Add($"{name}: the new parameter {key} is required.");

        static Dictionary<string, JsonObject> Parameters(JsonObject operation, JsonSchema document) => (operation["parameters"] as JsonArray ?? [])
            .Select(parameter => document.Resolve(parameter!.AsObject()))
            .ToDictionary(parameter => $"{Text(parameter["name"])} ({Text(parameter["in"])})", StringComparer.Ordinal);
    }

    private void CompareBody(string name, JsonObject? old, JsonObject present)
    {
        if (IsRequired(present) && (old is null || !IsRequired(old)))
            _breaks.Add($"{name}: a body is required now.");
        foreach (var (type, content) in Children(old?["content"]))
        {
            if (present["content"]?[type] is JsonObject same)
                _requests.Compare($"{name} body", content?["schema"], same["schema"]);
            else
                _breaks.Add($"{name}: it doesn't take {type} any more.");
        }
    }

    private void CompareAnswer(string name, JsonObject old, JsonObject? present)
    {
        if (present is null)
        {
            _breaks.Add($"{name}: the status is gone.");
            return;
        }

        foreach (var (type, content) in Children(old["content"]))
        {
            if (present["content"]?[type] is JsonObject same)
                _answers.Compare(name, content?["schema"], same["schema"]);
            else
                _breaks.Add($"{name}: it isn't answered as {type} any more.");
        }

        foreach (var (header, description) in Children(old["headers"]))
        {
            if (present["headers"]?[header] is not JsonObject same)
                _breaks.Add($"{name}: the header {header} is gone.");
            else if (IsRequired(description!.AsObject()) && !IsRequired(same))
                _breaks.Add($"{name}: the header {header} may be missing now.");
        }
    }

    /// <summary>A webhook's body goes to the client, so it is compared as an answer is.</summary>
    private void CompareWebhook(string name, JsonObject old, JsonObject? present)
    {
        if (present is null)
            _breaks.Add($"{name}: it is gone.");
        else
            _answers.Compare(name, Json(old), Json(present));

        static JsonNode? Json(JsonObject operation) => operation["requestBody"]?["content"]?["application/json"]?["schema"];
    }

    private static bool IsRequired(JsonObject described) => described["required"] is JsonValue value && value.GetValue<bool>();

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Children(JsonNode? node) => node as JsonObject ?? [];
}
