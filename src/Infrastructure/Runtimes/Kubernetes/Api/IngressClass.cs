using System.Text.Json.Serialization.Metadata;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>An ingress controller's name for itself; only read, and only where that is allowed.</summary>
internal sealed record IngressClass : IKubernetesResource<IngressClass>
{
    public static ResourceKind Kind { get; } = new("networking.k8s.io/v1", "IngressClass", "ingressclasses", IsNamespaced: false);

    public static JsonTypeInfo<IngressClass> JsonType => KubernetesJson.Default.IngressClass;

    public static JsonTypeInfo<ResourceList<IngressClass>> ListJsonType => KubernetesJson.Default.ResourceListIngressClass;

    public ObjectMeta Metadata { get; init; } = new();

    public IngressClass With(ObjectMeta metadata) => this with { Metadata = metadata };
}
