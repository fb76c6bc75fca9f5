using System.Globalization;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>
/// What an agent's pods consist of. It follows from the specification's fingerprint and the server's options alone, so that whoever wants an earlier
/// specification back gets the pods that still run it.
/// </summary>
internal sealed class AgentPod(KubernetesOptions options)
{
    /// <summary>Where a container listens, unless the agent's settings say otherwise.</summary>
    public const int DefaultPort = 8000;

    public const string ContainerName = "agent";

    /// <summary>Names the container's port in Services and probes, so that pods with different ones can stand side by side.</summary>
    public const string PortName = "http";

    /// <summary>So long a pod goes on answering after it was told to end: until then everybody has heard that it is no more to be asked.</summary>
    private const int MoveOnSeconds = 5;

    /// <summary>And so long it may then take to finish what it has begun.</summary>
    private const int EndSeconds = 10;

    /// <summary>Where the agent's code is mounted.</summary>
    private const string CodeMount = "/app/graphs";

    private const string Tcp = "TCP";

    private bool IsRestricted => options.Hardening == PodHardening.Restricted;

    /// <summary>Makes the specification of a pod.</summary>
    /// <param name="agent">Whose.</param>
    /// <param name="secret">Name of the Secret with its environment.</param>
    public PodSpec Of(AgentSpec agent, string secret) => new()
    {
        AutomountServiceAccountToken = false,
        EnableServiceLinks = false,
        TerminationGracePeriodSeconds = MoveOnSeconds + EndSeconds,
        SecurityContext = new PodSecurityContext
        {
            RunAsNonRoot = IsRestricted ? true : null,
            RunAsUser = IsRestricted ? options.RunAsUser : null,
            RunAsGroup = IsRestricted ? options.RunAsUser : null,
            SeccompProfile = new SeccompProfile { Type = "RuntimeDefault" },
        },
        ImagePullSecrets = PullSecrets(),
        InitContainers = options.Fetch is { } fetch ? [CodeFetchPod.Container(fetch, agent.Code, options.RunAsUser)] : null,
        Containers = [Container(agent.Settings, secret)],
        Volumes = options.Fetch is { } fetched
            ? CodeFetchPod.Volumes(fetched)
            : [new Volume { Name = CodeFetchPod.CodeVolume, HostPath = new HostPathVolume { Path = OnNode(agent.CodePath), Type = "Directory" } }],
    };

    /// <summary>Where a pod listens.</summary>
    public static int PortOf(PodSpec? pod) =>
        pod?.Containers?.FirstOrDefault(container => container.Name == ContainerName)?.Ports?.FirstOrDefault(port => port.Name == PortName)?.Port ?? DefaultPort;

    /// <summary>How the agent's container stands; null until its node has said so.</summary>
    public static ContainerStatus? StatusOf(Pod pod) => pod.Status?.ContainerStatuses?.FirstOrDefault(status => status.Name == ContainerName);

    private Container Container(AgentSettings settings, string secret)
    {
        var port = settings.Port ?? DefaultPort;
        return new Container
        {
            Name = ContainerName,
            Image = settings.Image ?? options.Image,
            ImagePullPolicy = options.ImagePullPolicy,
            Command = settings.Command,
            Args = settings.Args,
            Ports = [new ContainerPort { Name = PortName, Port = port, Protocol = Tcp }],
            EnvFrom = [new EnvironmentSource { SecretRef = new LocalReference { Name = secret } }],
            Env = [new EnvironmentVariable { Name = "PORT", Value = port.ToString(CultureInfo.InvariantCulture) }],
            Resources = PodResources.Of(options.Resources, settings.Resources),
            StartupProbe = StartupProbe(settings.Health),
            ReadinessProbe = ReadinessProbe(settings.Health),
            // In an image without a shell this fails, which costs nothing but the wait.
            Lifecycle = new Lifecycle { PreStop = new LifecycleHandler { Exec = new ExecAction { Command = ["/bin/sh", "-c", $"sleep {MoveOnSeconds}"] } } },
            SecurityContext = IsRestricted
                ? new ContainerSecurityContext { AllowPrivilegeEscalation = false, Capabilities = new Capabilities { Drop = ["ALL"] } }
                : null,
            VolumeMounts = [new VolumeMount { Name = CodeFetchPod.CodeVolume, MountPath = CodeMount, ReadOnly = true }],
        };
    }

    /// <summary>
    /// There is no liveness probe: an agent that is too busy to answer is working, and to end it would lose that work. It gets no new requests until it
    /// answers again, and whoever knows better restarts it. Every default is spelled out: what the server fills in is nobody's, and would stay behind as
    /// half a probe when a revision without it follows.
    /// </summary>
    private static Probe ReadinessProbe(HealthSettings? health) => new()
    {
        HttpGet = health?.Path is { } path ? new HttpGetAction { Path = path, Port = PortName, Scheme = "HTTP" } : null,
        TcpSocket = health?.Path is null ? new TcpSocketAction { Port = PortName } : null,
        InitialDelaySeconds = health?.InitialDelaySeconds,
        PeriodSeconds = health?.PeriodSeconds ?? 2,
        TimeoutSeconds = health?.TimeoutSeconds ?? 2,
        FailureThreshold = health?.FailureThreshold ?? 3,
        SuccessThreshold = 1,
    };

    /// <summary>
    /// Starts a container anew that isn't ready in its own time, also long after the deployment, when a node comes back. One attempt more than fits
    /// into that time, so that a deployment's deadline is heard of first.
    /// </summary>
    private static Probe? StartupProbe(HealthSettings? health)
    {
        if (health?.StartupSeconds is not { } seconds)
            return null;

        var probe = ReadinessProbe(health);
        var period = probe.PeriodSeconds ?? 1;
        return probe with { FailureThreshold = ((seconds + period - 1) / period) + 1 };
    }

    private LocalReference[]? PullSecrets()
    {
        LocalReference[] secrets =
        [
            .. options.ImagePullSecrets.Select(name => new LocalReference { Name = name }),
            .. options.ImagePullConfigFile is null ? Array.Empty<LocalReference>() : [new LocalReference { Name = StackObjects.PullSecretName }],
        ];
        return secrets.Length == 0 ? null : secrets;
    }

    private string OnNode(string path) => options.HostPlatformPath is { } folder
        ? Path.Combine(folder, Path.GetRelativePath(options.PlatformPath, path))
        : path;
}
