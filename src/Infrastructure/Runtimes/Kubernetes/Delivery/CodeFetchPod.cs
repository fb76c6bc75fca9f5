using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.CodeStorage.Fetching;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

/// <summary>
/// The part of a pod that fetches the agent's code before the agent starts. Nothing in it is secret: the token is the cluster's own, made for this pod, seen by
/// this container alone and good for ten minutes.
/// </summary>
internal static class CodeFetchPod
{
    public const string ContainerName = "fetch-code";

    /// <summary>On pods; the revision with which their code came, and so what they may fetch. An agent can't change its own pod.</summary>
    public const string CodeAnnotation = "stackagent.io/code";

    /// <summary>Whom the token is meant for: no API server accepts it.</summary>
    public const string Audience = "stackagent";

    public const string CodeVolume = "code";

    private const string CodeMount = "/code";
    private const string TokenVolume = "fetch-token";
    private const string TokenMount = "/var/run/stackagent";
    private const string TokenName = "token";

    /// <summary>The least that Kubernetes allows. It puts a fresh one into the file well before.</summary>
    private const int TokenSeconds = 600;

    public static Container Container(CodeFetchOptions fetch, AgentCode code, int runAsUser) => new()
    {
        Name = ContainerName,
        Image = fetch.Image,
        Args =
        [
            CodeFetchRequest.Verb,
            CodeFetchRequest.UrlOption, fetch.Server.AbsoluteUri.TrimEnd('/') + CodeFetchRequest.UrlPath,
            CodeFetchRequest.DigestOption, code.Digest,
            CodeFetchRequest.TokenFileOption, $"{TokenMount}/{TokenName}",
            CodeFetchRequest.TargetOption, CodeMount,
        ],
        // The runtime's means for debuggers want a writable /tmp.
        Env = [new EnvironmentVariable { Name = "DOTNET_EnableDiagnostics", Value = "0" }],
        // It takes the place of the agent's own for a moment, so it is no more than the least that an agent may have.
        Resources = new ResourceRequirements
        {
            Requests = new Dictionary<string, string>(StringComparer.Ordinal) { ["cpu"] = "10m", ["memory"] = "32Mi" },
            Limits = new Dictionary<string, string>(StringComparer.Ordinal) { ["cpu"] = "1", ["memory"] = "256Mi" },
        },
        // So that what it said last comes with the pod's status.
        TerminationMessagePolicy = "FallbackToLogsOnError",
        SecurityContext = new ContainerSecurityContext
        {
            AllowPrivilegeEscalation = false,
            ReadOnlyRootFilesystem = true,
            RunAsNonRoot = true,
            RunAsUser = runAsUser,
            Capabilities = new Capabilities { Drop = ["ALL"] },
        },
        VolumeMounts =
        [
            new VolumeMount { Name = CodeVolume, MountPath = CodeMount },
            new VolumeMount { Name = TokenVolume, MountPath = TokenMount, ReadOnly = true },
        ],
    };

    public static IReadOnlyList<Volume> Volumes(CodeFetchOptions fetch) =>
    [
        new Volume { Name = CodeVolume, EmptyDir = new EmptyDirVolume { SizeLimit = $"{Math.Max(1, fetch.VolumeBytes >> 20)}Mi" } },
        new Volume
        {
            Name = TokenVolume,
            Projected = new ProjectedVolume
            {
                Sources =
                [
                    new ProjectedSource
                    {
                        ServiceAccountToken = new ServiceAccountTokenSource { Audience = Audience, ExpirationSeconds = TokenSeconds, Path = TokenName },
                    },
                ],
            },
        },
    ];

    /// <summary>How the fetching stands; null where nothing is fetched, or the node hasn't said so yet.</summary>
    public static ContainerStatus? StatusOf(Pod pod) => pod.Status?.InitContainerStatuses?.FirstOrDefault(status => status.Name == ContainerName);
}
