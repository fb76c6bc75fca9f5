using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>What the Kubernetes runtime puts into a cluster. Quantities are Kubernetes' own, such as <c>250m</c> or <c>512Mi</c>.</summary>
/// <param name="Image">The container image that runs agents' code.</param>
/// <param name="DeployTimeout">After it an agent that isn't ready has failed.</param>
public sealed record KubernetesOptions(string Image, TimeSpan DeployTimeout)
{
    /// <summary>Null: the cluster's rule, which is <c>Always</c> for a tag <c>latest</c> and <c>IfNotPresent</c> otherwise.</summary>
    public string? ImagePullPolicy { get; init; }

    /// <summary>Names of secrets that somebody else puts into every stack's namespace, for pulling the image.</summary>
    public IReadOnlyList<string> ImagePullSecrets { get; init; } = [];

    /// <summary>A file in Docker's <c>config.json</c> format, which is put into every stack's namespace for pulling the image; null: none.</summary>
    public string? ImagePullConfigFile { get; init; }

    public AgentResources Resources { get; init; } = new();

    /// <summary>User and group that agents run as under <see cref="PodHardening.Restricted"/>; never 0.</summary>
    public int RunAsUser { get; init; } = 10_001;

    public PodHardening Hardening { get; init; }

    /// <summary>
    /// Where nodes find the folder that this server knows as <see cref="PlatformPath"/>; null: under the same path.
    /// They differ where this server runs in a container.
    /// </summary>
    public string? HostPlatformPath { get; init; }

    /// <summary>Absolute; the folder that holds all agents' code.</summary>
    public string PlatformPath { get; init; } = "/";

    /// <summary>Null: nodes share this server's disk, and pods mount the code from there.</summary>
    public CodeFetchOptions? Fetch { get; init; }

    public IngressOptions Ingress { get; init; } = new();

    public StackLimits Stack { get; init; } = new();
}

/// <summary>
/// Which of Kubernetes' pod security standards agents' pods keep to, but for a <c>hostPath</c> with their code. Under either they get no service
/// account's token and the container runtime's default seccomp profile.
/// </summary>
public enum PodHardening
{
    /// <summary>Not root, no capability, no way to gain any.</summary>
    Restricted,

    /// <summary>The image's own user, root too, with the container runtime's default capabilities: for images that need it.</summary>
    Baseline,
}

/// <summary>What an agent's container asks for, and what it gets at most.</summary>
public sealed record AgentResources
{
    public string CpuRequest { get; init; } = "100m";

    public string CpuLimit { get; init; } = "1";

    public string MemoryRequest { get; init; } = "128Mi";

    public string MemoryLimit { get; init; } = "512Mi";

    /// <summary>Resource name → quantity.</summary>
    internal IReadOnlyDictionary<string, string> Requests => Of(CpuRequest, MemoryRequest);

    /// <summary>Resource name → quantity.</summary>
    internal IReadOnlyDictionary<string, string> Limits => Of(CpuLimit, MemoryLimit);

    private static Dictionary<string, string> Of(string cpu, string memory) => new(StringComparer.Ordinal) { ["cpu"] = cpu, ["memory"] = memory };
}

/// <summary>How the cluster's ingress leads to agents.</summary>
public sealed record IngressOptions
{
    /// <summary>Host name; null: any.</summary>
    public string? Host { get; init; }

    /// <summary>Null: the cluster's default class.</summary>
    public string? ClassName { get; init; }

    /// <summary>Added to every Ingress.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Name of the secret with the certificate, in every stack's namespace; null: the ingress controller's own certificate.</summary>
    public string? TlsSecret { get; init; }

    public IngressRewrite Rewrite { get; init; }
}

/// <summary>Who removes the path prefix before an agent sees a request.</summary>
public enum IngressRewrite
{
    /// <summary>The ingress controller, by its own configuration or by <see cref="IngressOptions.Annotations"/>.</summary>
    None,

    /// <summary>ingress-nginx, by annotations that are set for it.</summary>
    Nginx,
}

/// <summary>What keeps stacks within bounds, and apart.</summary>
public sealed record StackLimits
{
    /// <summary>Resource name → hard limit for the whole stack; empty: no quota.</summary>
    public IReadOnlyDictionary<string, string> Quota { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["pods"] = "100",
        ["requests.cpu"] = "20",
        ["requests.memory"] = "32Gi",
        ["limits.memory"] = "128Gi",
    };

    /// <summary>Whether a NetworkPolicy keeps other stacks' pods out.</summary>
    public bool IsolateNetwork { get; init; } = true;

    /// <summary>Addresses (CIDR) that agents can't reach; by default the link-local ones, where clouds serve their machines' credentials.</summary>
    public IReadOnlyList<string> BlockedEgress { get; init; } = ["169.254.0.0/16"];

    /// <summary>
    /// Pod-security level that namespaces enforce. Where code comes to pods by a <c>hostPath</c>, only <c>privileged</c> admits that; pods themselves
    /// keep to <c>restricted</c> in everything else.
    /// </summary>
    public string PodSecurity { get; init; } = "privileged";
}
