using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>The labels that say whose an object is.</summary>
/// <param name="installation">Tells installations in one cluster apart: none of them touches what carries another's mark, or none.</param>
internal sealed class ObjectLabels(Guid installation)
{
    public const string StackId = "stackagent.io/stack-id";
    public const string AgentId = "stackagent.io/agent-id";

    /// <summary>What a Deployment's pods are found by.</summary>
    public const string App = "app";

    private const string ManagedBy = "app.kubernetes.io/managed-by";
    private const string Instance = "app.kubernetes.io/instance";
    private const string Name = "app.kubernetes.io/name";
    private const string PartOf = "app.kubernetes.io/part-of";
    private const string Product = "stackagent";

    /// <summary>The keys that nobody else has to set.</summary>
    public static IReadOnlySet<string> OwnKeys { get; } = new HashSet<string>(StringComparer.Ordinal) { StackId, AgentId, App, ManagedBy, Instance, Name, PartOf };

    /// <summary>Selects all that is this installation's.</summary>
    public string Selector => $"{ManagedBy}={Product},{Instance}={Installation}";

    private string Installation { get; } = $"{Product}-{installation:N}"[..(Product.Length + 1 + 12)];

    /// <summary>Selects, in a stack's namespace, what belongs to one agent of this product.</summary>
    public static string SelectorOf(AgentRef agent) => $"{ManagedBy}={Product},{AgentId}={agent.AgentId}";

    public static string NameOf(AgentRef agent) => $"agent-{agent.AgentId}";

    public Dictionary<string, string> Of(Guid stackId) => new(StringComparer.Ordinal)
    {
        [ManagedBy] = Product,
        [Instance] = Installation,
        [PartOf] = Stack.NamespaceFor(stackId),
        [StackId] = stackId.ToString(),
    };

    public Dictionary<string, string> Of(AgentRef agent)
    {
        var labels = Of(agent.StackId);
        labels[App] = NameOf(agent);
        labels[Name] = NameOf(agent);
        labels[AgentId] = agent.AgentId.ToString();
        return labels;
    }

    public bool IsOurs(ObjectMeta meta) =>
        meta.Labels is { } labels
        && labels.TryGetValue(ManagedBy, out var product) && product == Product
        && labels.TryGetValue(Instance, out var instance) && instance == Installation;

    /// <summary>Which stack's place a namespace is; false for one whose name and label disagree.</summary>
    public static bool TryGetStack(ObjectMeta meta, out Guid stackId) =>
        TryRead(meta, StackId, out stackId) && meta.Name == Stack.NamespaceFor(stackId);

    /// <summary>Which agent an object or pod is part of; false for one whose name, namespace and labels disagree.</summary>
    public static bool TryGetAgent(ObjectMeta meta, out AgentRef agent)
    {
        agent = default;
        if (!TryRead(meta, StackId, out var stackId) || !TryRead(meta, AgentId, out var agentId) || meta.Namespace != Stack.NamespaceFor(stackId))
            return false;

        agent = new AgentRef(stackId, agentId);
        return meta.Name.StartsWith(NameOf(agent), StringComparison.Ordinal);
    }

    private static bool TryRead(ObjectMeta meta, string label, out Guid id)
    {
        id = default;
        return meta.Labels is { } labels && labels.TryGetValue(label, out var text) && Guid.TryParseExact(text, "D", out id);
    }
}
