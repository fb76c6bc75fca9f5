using System.Text.Json.Serialization.Metadata;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

internal sealed record Lease : IKubernetesResource<Lease>
{
    public static ResourceKind Kind { get; } = new("coordination.k8s.io/v1", "Lease", "leases", IsNamespaced: true);

    public static JsonTypeInfo<Lease> JsonType => KubernetesJson.Default.Lease;

    public static JsonTypeInfo<ResourceList<Lease>> ListJsonType => KubernetesJson.Default.ResourceListLease;

    public ObjectMeta Metadata { get; init; } = new();

    public Lease With(ObjectMeta metadata) => this with { Metadata = metadata };

    public LeaseSpec Spec { get; init; } = new();
}

internal sealed record LeaseSpec
{
    /// <summary>Null or empty: nobody's.</summary>
    public string? HolderIdentity { get; init; }

    public int? LeaseDurationSeconds { get; init; }

    /// <summary>RFC 3339 with exactly six digits of the second; so is <see cref="RenewTime"/>.</summary>
    public string? AcquireTime { get; init; }

    public string? RenewTime { get; init; }

    /// <summary>How often it went from one holder to another.</summary>
    public int? LeaseTransitions { get; init; }
}
