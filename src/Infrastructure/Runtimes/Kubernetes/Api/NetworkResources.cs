using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

internal sealed record Service : IKubernetesResource<Service>
{
    public static ResourceKind Kind { get; } = new("v1", "Service", "services", IsNamespaced: true);

    public static JsonTypeInfo<Service> JsonType => KubernetesJson.Default.Service;

    public static JsonTypeInfo<ResourceList<Service>> ListJsonType => KubernetesJson.Default.ResourceListService;

    public ObjectMeta Metadata { get; init; } = new();

    public Service With(ObjectMeta metadata) => this with { Metadata = metadata };

    public Service Keeping(Service present) => this with
    {
        Spec = Spec with { ClusterIp = present.Spec.ClusterIp, ClusterIps = present.Spec.ClusterIps },
    };

    public ServiceSpec Spec { get; init; } = new();
}

internal sealed record ServiceSpec
{
    public string? Type { get; init; }

    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    public IReadOnlyList<ServicePort>? Ports { get; init; }

    /// <summary>Given by the server and not to be changed; leave it null when writing.</summary>
    [JsonPropertyName("clusterIP")]
    public string? ClusterIp { get; init; }

    /// <summary>As <see cref="ClusterIp"/>: the same address, and another where the cluster has both families.</summary>
    [JsonPropertyName("clusterIPs")]
    public IReadOnlyList<string>? ClusterIps { get; init; }
}

internal sealed record ServicePort
{
    public string? Name { get; init; }

    public int Port { get; init; }

    public IntOrString? TargetPort { get; init; }

    public string Protocol { get; init; } = "TCP";
}

internal sealed record Ingress : IKubernetesResource<Ingress>
{
    public static ResourceKind Kind { get; } = new("networking.k8s.io/v1", "Ingress", "ingresses", IsNamespaced: true);

    public static JsonTypeInfo<Ingress> JsonType => KubernetesJson.Default.Ingress;

    public static JsonTypeInfo<ResourceList<Ingress>> ListJsonType => KubernetesJson.Default.ResourceListIngress;

    public ObjectMeta Metadata { get; init; } = new();

    public Ingress With(ObjectMeta metadata) => this with { Metadata = metadata };

    public IngressSpec Spec { get; init; } = new();
}

internal sealed record IngressSpec
{
    public string? IngressClassName { get; init; }

    public IReadOnlyList<IngressTls>? Tls { get; init; }

    public IReadOnlyList<IngressRule>? Rules { get; init; }
}

internal sealed record IngressTls
{
    public IReadOnlyList<string>? Hosts { get; init; }

    public string? SecretName { get; init; }
}

internal sealed record IngressRule
{
    public string? Host { get; init; }

    public IngressHttp? Http { get; init; }
}

internal sealed record IngressHttp
{
    public IReadOnlyList<IngressPath>? Paths { get; init; }
}

internal sealed record IngressPath
{
    public string? Path { get; init; }

    public string PathType { get; init; } = "Prefix";

    public IngressBackend? Backend { get; init; }
}

internal sealed record IngressBackend
{
    public IngressService? Service { get; init; }
}

internal sealed record IngressService
{
    public string Name { get; init; } = "";

    public IngressServicePort? Port { get; init; }
}

internal sealed record IngressServicePort
{
    public int? Number { get; init; }
}

internal sealed record NetworkPolicy : IKubernetesResource<NetworkPolicy>
{
    public static ResourceKind Kind { get; } = new("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", IsNamespaced: true);

    public static JsonTypeInfo<NetworkPolicy> JsonType => KubernetesJson.Default.NetworkPolicy;

    public static JsonTypeInfo<ResourceList<NetworkPolicy>> ListJsonType => KubernetesJson.Default.ResourceListNetworkPolicy;

    public ObjectMeta Metadata { get; init; } = new();

    public NetworkPolicy With(ObjectMeta metadata) => this with { Metadata = metadata };

    public NetworkPolicySpec Spec { get; init; } = new();
}

internal sealed record NetworkPolicySpec
{
    /// <summary>An empty one selects every pod of the namespace.</summary>
    public LabelSelector PodSelector { get; init; } = new();

    /// <summary><c>Ingress</c>, <c>Egress</c>.</summary>
    public IReadOnlyList<string>? PolicyTypes { get; init; }

    public IReadOnlyList<NetworkPolicyIngressRule>? Ingress { get; init; }

    public IReadOnlyList<NetworkPolicyEgressRule>? Egress { get; init; }
}

/// <summary>Without peers: from everywhere; without ports: to every port.</summary>
internal sealed record NetworkPolicyIngressRule
{
    public IReadOnlyList<NetworkPolicyPeer>? From { get; init; }

    public IReadOnlyList<NetworkPolicyPort>? Ports { get; init; }
}

/// <summary>Without peers: to everywhere; without ports: to every port.</summary>
internal sealed record NetworkPolicyEgressRule
{
    public IReadOnlyList<NetworkPolicyPeer>? To { get; init; }

    public IReadOnlyList<NetworkPolicyPort>? Ports { get; init; }
}

internal sealed record NetworkPolicyPeer
{
    public LabelSelector? NamespaceSelector { get; init; }

    public LabelSelector? PodSelector { get; init; }

    public IpBlock? IpBlock { get; init; }
}

internal sealed record NetworkPolicyPort
{
    public string Protocol { get; init; } = "TCP";

    public IntOrString? Port { get; init; }
}

internal sealed record IpBlock
{
    public string Cidr { get; init; } = "";

    public IReadOnlyList<string>? Except { get; init; }
}

internal sealed record LabelSelector
{
    public IReadOnlyDictionary<string, string>? MatchLabels { get; init; }

    public IReadOnlyList<LabelRequirement>? MatchExpressions { get; init; }
}

internal sealed record LabelRequirement
{
    public string Key { get; init; } = "";

    /// <summary><c>In</c>, <c>NotIn</c>, <c>Exists</c> or <c>DoesNotExist</c>.</summary>
    public string Operator { get; init; } = "";

    public IReadOnlyList<string>? Values { get; init; }
}
