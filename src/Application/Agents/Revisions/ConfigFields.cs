using System.Text.Json;
using System.Text.Json.Nodes;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>Settings as their single fields, by path on the wire: <c>environment.LOG_LEVEL</c>, <c>resources.limits.cpu</c>, <c>args</c>.</summary>
internal static class ConfigFields
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Everything that is set. Lists are one field.</summary>
    public static SortedDictionary<string, JsonNode> Of(AgentSettings settings)
    {
        var fields = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        Add(fields, "", JsonSerializer.SerializeToNode(settings, Json));
        return fields;
    }

    /// <summary>What a person may see of a revision's configuration, and who said it.</summary>
    /// <param name="code">The code's own.</param>
    /// <param name="api">What comes before it.</param>
    /// <param name="secrets">Null: they can't be read.</param>
    public static AgentConfigDto Describe(AgentSettings code, AgentSettings api, IReadOnlyDictionary<string, string>? secrets)
    {
        // A secret takes the place of a variable of the code's.
        var effective = code.OverlaidBy(api);
        var environment = (effective.Environment ?? AgentSecrets.None)
            .Where(variable => secrets?.ContainsKey(variable.Key) != true)
            .ToDictionary(variable => variable.Key, variable => variable.Value, StringComparer.Ordinal);
        var byApi = Of(api);
        var sources = Of(effective with { Environment = environment }).Keys
            .ToDictionary(path => path, path => byApi.ContainsKey(path) ? ConfigSource.Api : ConfigSource.Code, StringComparer.Ordinal);
        foreach (var name in secrets?.Keys ?? [])
            sources[$"secrets.{name}"] = ConfigSource.Api;
        return new AgentConfigDto(
            environment,
            secrets?.Keys.Select(name => new SecretName(name)).ToList(),
            effective.Image,
            effective.Command,
            effective.Args,
            effective.Port,
            effective.Replicas,
            effective.Resources,
            effective.Health,
            effective.AutoRollback,
            sources);
    }

    /// <summary>What differs. Of secrets only that they do.</summary>
    public static IReadOnlyList<FieldDifference> Compare(
        AgentSettings from, IReadOnlyDictionary<string, string>? fromSecrets, AgentSettings to, IReadOnlyDictionary<string, string>? toSecrets)
    {
        var (before, after) = (Of(from), Of(to));
        var settings = before.Keys.Union(after.Keys, StringComparer.Ordinal)
            .Select(path => new FieldDifference(path, before.GetValueOrDefault(path), after.GetValueOrDefault(path)))
            .Where(field => !JsonNode.DeepEquals(field.From, field.To));
        var (known, wanted) = (fromSecrets ?? AgentSecrets.None, toSecrets ?? AgentSecrets.None);
        var secrets = known.Keys.Union(wanted.Keys, StringComparer.Ordinal)
            .Where(name => known.GetValueOrDefault(name) != wanted.GetValueOrDefault(name))
            .Select(name => new FieldDifference($"secrets.{name}", From: null, To: null));
        return [.. settings.Concat(secrets).OrderBy(field => field.Field, StringComparer.Ordinal)];
    }

    private static void Add(SortedDictionary<string, JsonNode> fields, string path, JsonNode? node)
    {
        if (node is JsonObject members)
        {
            foreach (var (name, value) in members)
                Add(fields, path.Length == 0 ? name : $"{path}.{name}", value);
        }
        else if (node is not null)
        {
            fields[path] = node.DeepClone();
        }
    }
}
