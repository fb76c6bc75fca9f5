using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>One kubeconfig file, or several that were merged.</summary>
internal sealed record KubeConfigFile(
    string Label,
    string? CurrentContext,
    IReadOnlyDictionary<string, KubeConfigSection> Clusters,
    IReadOnlyDictionary<string, KubeConfigSection> Users,
    IReadOnlyDictionary<string, KubeConfigSection> Contexts)
{
    /// <summary>Tools leave such a file behind when the last cluster is removed from it.</summary>
    public bool IsEmpty => CurrentContext is null && Clusters.Count == 0 && Users.Count == 0 && Contexts.Count == 0;

    /// <summary>Reads a kubeconfig.</summary>
    /// <param name="text">YAML, or JSON.</param>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="label">Names the file, and the variable that led to it, at the beginning of a sentence.</param>
    /// <exception cref="KubeConfigException">It isn't one.</exception>
    public static KubeConfigFile Parse(string text, string path, string label)
    {
        var root = new KubeConfigSection(ParseYaml(text, label), path, label);
        if (root.Text("kind") is { } kind and not "Config")
            throw root.Fault($"is a {Short(kind)} and not a kubeconfig, whose kind is Config");

        return new KubeConfigFile(
            label,
            root.Text("current-context"),
            root.Named("clusters", "cluster"),
            root.Named("users", "user"),
            root.Named("contexts", "context"));
    }

    /// <summary>kubectl's rule: whichever file is first to name something has the say about all of it.</summary>
    public static KubeConfigFile Merge(IReadOnlyList<KubeConfigFile> files, string label) => new(
        label,
        files.Select(file => file.CurrentContext).FirstOrDefault(context => context is not null),
        Merge(files.Select(file => file.Clusters)),
        Merge(files.Select(file => file.Users)),
        Merge(files.Select(file => file.Contexts)));

    private static Dictionary<string, KubeConfigSection> Merge(IEnumerable<IReadOnlyDictionary<string, KubeConfigSection>> sections)
    {
        var merged = new Dictionary<string, KubeConfigSection>(StringComparer.Ordinal);
        foreach (var (name, section) in sections.SelectMany(section => section))
            merged.TryAdd(name, section);
        return merged;
    }

    private static YamlMappingNode ParseYaml(string text, string label)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException exception)
        {
            // Its own message may repeat what stands there, which may be a token.
            throw new KubeConfigException($"{label} isn't valid YAML: look at line {exception.Start.Line}.", exception);
        }

        return yaml.Documents switch
        {
            [] => new YamlMappingNode(),
            [{ RootNode: YamlMappingNode mapping }, ..] => mapping,
            [{ RootNode: YamlScalarNode { Value: null or "" } }, ..] => new YamlMappingNode(),
            _ => throw new KubeConfigException($"{label} isn't a kubeconfig: its top level has to be a mapping."),
        };
    }

    private static string Short(string text) => text.Length <= 50 ? text : text[..50];
}
