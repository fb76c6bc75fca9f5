using System.Text.Json.Nodes;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>
/// Who owns which fields of an object of the fake API server. As in server-side apply, but for lists, which are owned as a whole.
/// </summary>
internal sealed class FakeFieldOwners
{
    private const char Separator = '\n';
    private static readonly string[] NotOwned = ["apiVersion", "kind", "status"];

    private readonly SortedDictionary<(string Manager, string Operation), HashSet<string>> _owners = [];

    /// <summary>Makes the target's fields what is desired, by force, and takes away those that the manager had applied before and desires no longer.</summary>
    public void Apply(JsonObject target, JsonObject desired, string manager)
    {
        var wanted = Leaves(desired);
        var before = _owners.GetValueOrDefault((manager, "Apply")) ?? [];
        foreach (var (path, value) in wanted)
        {
            if (JsonNode.DeepEquals(Find(target, path), value))
                continue;
            Set(target, path, value?.DeepClone());
            Disown(path);
        }

        _owners[(manager, "Apply")] = [.. wanted.Keys];
        foreach (var path in before.Where(path => !_owners.Values.Any(owned => owned.Contains(path))))
            Set(target, path, null);
        Tidy();
    }

    /// <summary>Notes that the manager has made the one of the other.</summary>
    public void Update(JsonObject before, JsonObject after, string manager)
    {
        var (old, next) = (Leaves(before), Leaves(after));
        var touched = next.Where(leaf => !old.TryGetValue(leaf.Key, out var value) || !JsonNode.DeepEquals(value, leaf.Value)).Select(leaf => leaf.Key).ToList();
        foreach (var path in old.Keys.Where(path => !next.ContainsKey(path)).Concat(touched))
            Disown(path);
        if (touched.Count > 0)
        {
            if (!_owners.TryGetValue((manager, "Update"), out var owned))
                _owners[(manager, "Update")] = owned = [];
            owned.UnionWith(touched);
        }

        Tidy();
    }

    /// <summary>As in <c>metadata.managedFields</c>.</summary>
    public JsonArray ToJson() => [.. _owners.Select(owner => (JsonNode)new JsonObject
    {
        ["manager"] = owner.Key.Manager,
        ["operation"] = owner.Key.Operation,
        ["fieldsType"] = "FieldsV1",
        ["fieldsV1"] = Tree(owner.Value),
    })];

    private static JsonObject Tree(IEnumerable<string> paths)
    {
        var root = new JsonObject();
        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            var node = root;
            foreach (var name in path.Split(Separator))
                node = (JsonObject)(node[$"f:{name}"] ??= new JsonObject());
        }

        return root;
    }

    private static Dictionary<string, JsonNode?> Leaves(JsonObject source)
    {
        var leaves = new Dictionary<string, JsonNode?>();
        foreach (var (name, value) in source.Where(property => !NotOwned.Contains(property.Key)))
        {
            if (name != "metadata")
                Collect(name, value);
            else
                foreach (var (key, own) in value!.AsObject().Where(property => property.Key is "labels" or "annotations"))
                    Collect($"metadata{Separator}{key}", own);
        }

        return leaves;

        void Collect(string path, JsonNode? value)
        {
            if (value is JsonObject { Count: > 0 } tree)
            {
                foreach (var (name, child) in tree)
                    Collect($"{path}{Separator}{name}", child);
            }
            else
            {
                leaves[path] = value;
            }
        }
    }

    private static JsonNode? Find(JsonObject target, string path)
    {
        JsonNode? node = target;
        foreach (var name in path.Split(Separator))
            node = (node as JsonObject)?[name];
        return node;
    }

    /// <summary>Null takes the field away.</summary>
    private static void Set(JsonObject target, string path, JsonNode? value)
    {
        var names = path.Split(Separator);
        var node = target;
        foreach (var name in names[..^1])
        {
            if (node[name] is not JsonObject child)
            {
                if (value is null)
                    return;
                node[name] = child = [];
            }

            node = child;
        }

        if (value is null)
            node.Remove(names[^1]);
        else
            node[names[^1]] = value;
    }

    private void Disown(string path)
    {
        foreach (var owned in _owners.Values)
            owned.Remove(path);
    }

    private void Tidy()
    {
        foreach (var key in _owners.Where(owner => owner.Value.Count == 0).Select(owner => owner.Key).ToList())
            _owners.Remove(key);
    }
}
