using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>Only ever read: pods are made by the Deployment's controller.</summary>
internal sealed record Pod : IKubernetesResource<Pod>
{
    public static ResourceKind Kind { get; } = new("v1", "Pod", "pods", IsNamespaced: true);

    public static JsonTypeInfo<Pod> JsonType => KubernetesJson.Default.Pod;

    public static JsonTypeInfo<ResourceList<Pod>> ListJsonType => KubernetesJson.Default.ResourceListPod;

    public ObjectMeta Metadata { get; init; } = new();

    public Pod With(ObjectMeta metadata) => this with { Metadata = metadata };

    public PodSpec? Spec { get; init; }

    public PodStatus? Status { get; init; }
}

internal sealed record PodStatus
{
    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c>.</summary>
    public string? Phase { get; init; }

    /// <summary>Of the whole pod, for example <c>Evicted</c>.</summary>
    public string? Reason { get; init; }

    public string? Message { get; init; }

    [JsonPropertyName("podIP")]
    public string? PodIp { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    public IReadOnlyList<Condition>? Conditions { get; init; }

    public IReadOnlyList<ContainerStatus>? ContainerStatuses { get; init; }

    public IReadOnlyList<ContainerStatus>? InitContainerStatuses { get; init; }
}

internal sealed record ContainerStatus
{
    public string Name { get; init; } = "";

    public bool Ready { get; init; }

    public int RestartCount { get; init; }

    public string? Image { get; init; }

    [JsonPropertyName("containerID")]
    public string? ContainerId { get; init; }

    public ContainerState? State { get; init; }

    /// <summary>How the run before this one ended.</summary>
    public ContainerState? LastState { get; init; }
}

/// <summary>At most one of them is set.</summary>
internal sealed record ContainerState
{
    public ContainerWaiting? Waiting { get; init; }

    public ContainerRunning? Running { get; init; }

    public ContainerTerminated? Terminated { get; init; }
}

internal sealed record ContainerWaiting
{
    /// <summary><c>ImagePullBackOff</c>, for example.</summary>
    public string? Reason { get; init; }

    public string? Message { get; init; }
}

internal sealed record ContainerRunning
{
    public DateTimeOffset? StartedAt { get; init; }
}

internal sealed record ContainerTerminated
{
    public int ExitCode { get; init; }

    public int? Signal { get; init; }

    /// <summary><c>OOMKilled</c>, <c>Error</c> or <c>Completed</c>, for example.</summary>
    public string? Reason { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Tells this run from those before and after it; null when it never got a container.</summary>
    [JsonPropertyName("containerID")]
    public string? ContainerId { get; init; }
}
