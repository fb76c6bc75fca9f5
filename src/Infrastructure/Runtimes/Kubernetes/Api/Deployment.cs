using System.Text.Json.Serialization.Metadata;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

internal sealed record Deployment : IKubernetesResource<Deployment>
{
    public static ResourceKind Kind { get; } = new("apps/v1", "Deployment", "deployments", IsNamespaced: true);

    public static JsonTypeInfo<Deployment> JsonType => KubernetesJson.Default.Deployment;

    public static JsonTypeInfo<ResourceList<Deployment>> ListJsonType => KubernetesJson.Default.ResourceListDeployment;

    public ObjectMeta Metadata { get; init; } = new();

    public Deployment With(ObjectMeta metadata) => this with { Metadata = metadata };

    public DeploymentSpec Spec { get; init; } = new();

    public DeploymentStatus? Status { get; init; }
}

internal sealed record DeploymentSpec
{
    public int? Replicas { get; init; }

    public LabelSelector? Selector { get; init; }

    public DeploymentStrategy? Strategy { get; init; }

    public int? ProgressDeadlineSeconds { get; init; }

    public int? RevisionHistoryLimit { get; init; }

    public PodTemplate? Template { get; init; }
}

internal sealed record DeploymentStrategy
{
    /// <summary><c>RollingUpdate</c> or <c>Recreate</c>.</summary>
    public string? Type { get; init; }

    public RollingUpdate? RollingUpdate { get; init; }
}

internal sealed record RollingUpdate
{
    public IntOrString? MaxSurge { get; init; }

    public IntOrString? MaxUnavailable { get; init; }
}

internal sealed record PodTemplate
{
    public PodTemplateMeta? Metadata { get; init; }

    public PodSpec? Spec { get; init; }
}

internal sealed record PodTemplateMeta
{
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}

/// <summary>Counts that are zero may be null.</summary>
internal sealed record DeploymentStatus
{
    /// <summary>The <see cref="ObjectMeta.Generation"/> that the rest of the status speaks of.</summary>
    public long? ObservedGeneration { get; init; }

    public int? Replicas { get; init; }

    public int? UpdatedReplicas { get; init; }

    public int? ReadyReplicas { get; init; }

    public int? AvailableReplicas { get; init; }

    public int? UnavailableReplicas { get; init; }

    public IReadOnlyList<Condition>? Conditions { get; init; }
}

internal sealed record Condition
{
    public string Type { get; init; } = "";

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public string Status { get; init; } = "";

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }
}
