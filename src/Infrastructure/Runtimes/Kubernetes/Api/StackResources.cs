using System.Text.Json.Serialization.Metadata;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

internal sealed record Namespace : IKubernetesResource<Namespace>
{
    public static ResourceKind Kind { get; } = new("v1", "Namespace", "namespaces", IsNamespaced: false);

    public static JsonTypeInfo<Namespace> JsonType => KubernetesJson.Default.Namespace;

    public static JsonTypeInfo<ResourceList<Namespace>> ListJsonType => KubernetesJson.Default.ResourceListNamespace;

    public ObjectMeta Metadata { get; init; } = new();

    public Namespace With(ObjectMeta metadata) => this with { Metadata = metadata };

    public NamespaceStatus? Status { get; init; }
}

internal sealed record NamespaceStatus
{
    /// <summary><c>Active</c> or <c>Terminating</c>.</summary>
    public string? Phase { get; init; }
}

internal sealed record ResourceQuota : IKubernetesResource<ResourceQuota>
{
    public static ResourceKind Kind { get; } = new("v1", "ResourceQuota", "resourcequotas", IsNamespaced: true);

    public static JsonTypeInfo<ResourceQuota> JsonType => KubernetesJson.Default.ResourceQuota;

    public static JsonTypeInfo<ResourceList<ResourceQuota>> ListJsonType => KubernetesJson.Default.ResourceListResourceQuota;

    public ObjectMeta Metadata { get; init; } = new();

    public ResourceQuota With(ObjectMeta metadata) => this with { Metadata = metadata };

    public ResourceQuotaSpec Spec { get; init; } = new();
}

internal sealed record ResourceQuotaSpec
{
    /// <summary>Resource name → quantity.</summary>
    public IReadOnlyDictionary<string, string>? Hard { get; init; }
}

internal sealed record LimitRange : IKubernetesResource<LimitRange>
{
    public static ResourceKind Kind { get; } = new("v1", "LimitRange", "limitranges", IsNamespaced: true);

    public static JsonTypeInfo<LimitRange> JsonType => KubernetesJson.Default.LimitRange;

    public static JsonTypeInfo<ResourceList<LimitRange>> ListJsonType => KubernetesJson.Default.ResourceListLimitRange;

    public ObjectMeta Metadata { get; init; } = new();

    public LimitRange With(ObjectMeta metadata) => this with { Metadata = metadata };

    public LimitRangeSpec Spec { get; init; } = new();
}

internal sealed record LimitRangeSpec
{
    public IReadOnlyList<LimitRangeItem>? Limits { get; init; }
}

/// <summary>Each dictionary: resource name → quantity.</summary>
internal sealed record LimitRangeItem
{
    /// <summary><c>Container</c>, <c>Pod</c> or <c>PersistentVolumeClaim</c>.</summary>
    public string Type { get; init; } = "Container";

    /// <summary>Limits of a container that names none.</summary>
    public IReadOnlyDictionary<string, string>? Default { get; init; }

    public IReadOnlyDictionary<string, string>? DefaultRequest { get; init; }

    public IReadOnlyDictionary<string, string>? Max { get; init; }

    public IReadOnlyDictionary<string, string>? Min { get; init; }
}

internal sealed record Secret : IKubernetesResource<Secret>
{
    public static ResourceKind Kind { get; } = new("v1", "Secret", "secrets", IsNamespaced: true);

    public static JsonTypeInfo<Secret> JsonType => KubernetesJson.Default.Secret;

    public static JsonTypeInfo<ResourceList<Secret>> ListJsonType => KubernetesJson.Default.ResourceListSecret;

    public ObjectMeta Metadata { get; init; } = new();

    public Secret With(ObjectMeta metadata) => this with { Metadata = metadata };

    public string Type { get; init; } = "Opaque";

    /// <summary>Key → value as base64.</summary>
    public IReadOnlyDictionary<string, string>? Data { get; init; }

    /// <summary>Neither the content nor its length has a place in a log.</summary>
    public override string ToString() => $"Secret {Metadata.Namespace}/{Metadata.Name}";
}

internal sealed record KubernetesEvent : IKubernetesResource<KubernetesEvent>
{
    public static ResourceKind Kind { get; } = new("v1", "Event", "events", IsNamespaced: true);

    public static JsonTypeInfo<KubernetesEvent> JsonType => KubernetesJson.Default.KubernetesEvent;

    public static JsonTypeInfo<ResourceList<KubernetesEvent>> ListJsonType => KubernetesJson.Default.ResourceListKubernetesEvent;

    public ObjectMeta Metadata { get; init; } = new();

    public KubernetesEvent With(ObjectMeta metadata) => this with { Metadata = metadata };

    /// <summary><c>FailedScheduling</c>, for example.</summary>
    public string? Reason { get; init; }

    public string? Message { get; init; }

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string? Type { get; init; }

    public int? Count { get; init; }

    public DateTimeOffset? LastTimestamp { get; init; }

    /// <summary>Instead of <see cref="LastTimestamp"/> where the newer events API was used.</summary>
    public DateTimeOffset? EventTime { get; init; }

    public ObjectReference? InvolvedObject { get; init; }
}

internal sealed record ObjectReference
{
    public string? Uid { get; init; }
}
