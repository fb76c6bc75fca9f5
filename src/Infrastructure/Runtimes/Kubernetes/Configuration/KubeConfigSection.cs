using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>One mapping of a kubeconfig that knows where it stands, for paths relative to its file and for sentences about it.</summary>
/// <param name="node">What is read.</param>
/// <param name="file">Absolute path of the file that it stands in.</param>
/// <param name="label">Which mapping of which file, to begin a sentence with.</param>
internal sealed class KubeConfigSection(YamlMappingNode node, string file, string label)
{
    public string File => file;

    public string Label => label;

    public KubeConfigException Fault(string problem, Exception? cause = null) => new($"{label} {problem}.", cause);

    public bool Has(string key) => Find(key) is not null;

    /// <summary>Null when absent, empty or <c>null</c>.</summary>
    public string? Text(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode { Value: { Length: > 0 } value } => value,
        YamlScalarNode => null,
        _ => throw Fault($"gives {key} more than a single value"),
    };

    public bool Flag(string key) => Text(key)?.ToLowerInvariant() switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw Fault($"gives {key} a value that is neither true nor false"),
    };

    /// <summary>An absolute path: a relative one is meant from where the file is.</summary>
    public string? FilePath(string key) => Text(key) is { } path ? Path.GetFullPath(path, Path.GetDirectoryName(file)!) : null;

    /// <summary>What is behind base64.</summary>
    public string? Base64(string key)
    {
        if (Text(key) is not { } text)
            return null;
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(text));
        }
        catch (FormatException exception)
        {
            throw Fault($"gives {key} a value that isn't base64", exception);
        }
    }

    public KubeConfigSection? Section(string key) => Find(key) switch
    {
        null => null,
        YamlMappingNode mapping => new KubeConfigSection(mapping, file, label),
        _ => throw Fault($"gives {key} a value that isn't a mapping"),
    };

    public IReadOnlyList<KubeConfigSection> Sections(string key) =>
        [.. Sequence(key).Select(item => item is YamlMappingNode mapping
            ? new KubeConfigSection(mapping, file, label)
            : throw Fault($"has {key} that aren't all mappings"))];

    public IReadOnlyList<string> Texts(string key) =>
        [.. Sequence(key).Select(item => item is YamlScalarNode { Value: { } value }
            ? value
            : throw Fault($"has {key} that aren't all single values"))];

    /// <summary>What a list names (<c>clusters: [{name: a, cluster: {…}}]</c>).</summary>
    /// <param name="list">Such as <c>clusters</c>.</param>
    /// <param name="key">Such as <c>cluster</c>.</param>
    public IReadOnlyDictionary<string, KubeConfigSection> Named(string list, string key)
    {
        var named = new Dictionary<string, KubeConfigSection>(StringComparer.Ordinal);
        foreach (var item in Sections(list))
        {
            var name = item.Text("name") ?? throw Fault($"has a {key} without a name");
            var content = item.Find(key) switch
            {
                null => new YamlMappingNode(),
                YamlMappingNode mapping => mapping,
                _ => throw Fault($"has a {key} \"{name}\" that isn't a mapping"),
            };
            if (!named.TryAdd(name, new KubeConfigSection(content, file, $"{label}: {key} \"{name}\"")))
                throw Fault($"has more than one {key} \"{name}\"");
        }

        return named;
    }

    private IEnumerable<YamlNode> Sequence(string key) => Find(key) switch
    {
        null => [],
        YamlSequenceNode sequence => sequence,
        _ => throw Fault($"has {key} that aren't a list"),
    };

    /// <summary>Null also for <c>null</c>, which tools write for what they have emptied.</summary>
    private YamlNode? Find(string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var value)
        && value is not YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" }
            ? value
            : null;
}
