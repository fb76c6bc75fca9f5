using System.Text.Json.Serialization;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

internal sealed record PodSpec
{
    public bool? AutomountServiceAccountToken { get; init; }

    /// <summary>Whether every Service of the namespace becomes environment variables.</summary>
    public bool? EnableServiceLinks { get; init; }

    public PodSecurityContext? SecurityContext { get; init; }

    public IReadOnlyList<LocalReference>? ImagePullSecrets { get; init; }

    public int? TerminationGracePeriodSeconds { get; init; }

    /// <summary>Each has to end well before the next one, and then the others, start.</summary>
    public IReadOnlyList<Container>? InitContainers { get; init; }

    public IReadOnlyList<Container>? Containers { get; init; }

    public IReadOnlyList<Volume>? Volumes { get; init; }
}

internal sealed record PodSecurityContext
{
    public bool? RunAsNonRoot { get; init; }

    public long? RunAsUser { get; init; }

    public long? RunAsGroup { get; init; }

    public SeccompProfile? SeccompProfile { get; init; }
}

internal sealed record SeccompProfile
{
    public string Type { get; init; } = "RuntimeDefault";
}

/// <summary>An object of the same namespace.</summary>
internal sealed record LocalReference
{
    public string Name { get; init; } = "";
}

internal sealed record Container
{
    public string Name { get; init; } = "";

    public string? Image { get; init; }

    public string? ImagePullPolicy { get; init; }

    /// <summary>In place of the image's entry point. Kubernetes puts the value of a variable in place of its <c>$(NAME)</c>.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    public IReadOnlyList<string>? Args { get; init; }

    public IReadOnlyList<ContainerPort>? Ports { get; init; }

    public IReadOnlyList<EnvironmentVariable>? Env { get; init; }

    public IReadOnlyList<EnvironmentSource>? EnvFrom { get; init; }

    public ResourceRequirements? Resources { get; init; }

    /// <summary>Until it has succeeded once the other probes wait.</summary>
    public Probe? StartupProbe { get; init; }

    public Probe? ReadinessProbe { get; init; }

    public Lifecycle? Lifecycle { get; init; }

    /// <summary>Where the message of <see cref="ContainerTerminated"/> comes from.</summary>
    public string? TerminationMessagePolicy { get; init; }

    public ContainerSecurityContext? SecurityContext { get; init; }

    public IReadOnlyList<VolumeMount>? VolumeMounts { get; init; }
}

internal sealed record ContainerPort
{
    public string? Name { get; init; }

    [JsonPropertyName("containerPort")]
    public int Port { get; init; }

    public string Protocol { get; init; } = "TCP";
}

internal sealed record EnvironmentVariable
{
    public string Name { get; init; } = "";

    public string? Value { get; init; }
}

internal sealed record EnvironmentSource
{
    public LocalReference? SecretRef { get; init; }
}

/// <summary>Resource name → quantity.</summary>
internal sealed record ResourceRequirements
{
    public IReadOnlyDictionary<string, string>? Requests { get; init; }

    public IReadOnlyDictionary<string, string>? Limits { get; init; }
}

/// <summary>Either of the two actions.</summary>
internal sealed record Probe
{
    public HttpGetAction? HttpGet { get; init; }

    public TcpSocketAction? TcpSocket { get; init; }

    /// <summary>Counted from the start of the container.</summary>
    public int? InitialDelaySeconds { get; init; }

    public int? PeriodSeconds { get; init; }

    public int? TimeoutSeconds { get; init; }

    public int? FailureThreshold { get; init; }

    public int? SuccessThreshold { get; init; }
}

internal sealed record HttpGetAction
{
    public string? Path { get; init; }

    public IntOrString Port { get; init; }

    public string? Scheme { get; init; }
}

internal sealed record Lifecycle
{
    /// <summary>Runs before the container is told to end; its time counts against the pod's grace.</summary>
    public LifecycleHandler? PreStop { get; init; }
}

internal sealed record LifecycleHandler
{
    public ExecAction? Exec { get; init; }
}

internal sealed record ExecAction
{
    public IReadOnlyList<string>? Command { get; init; }
}

internal sealed record TcpSocketAction
{
    public IntOrString Port { get; init; }
}

internal sealed record ContainerSecurityContext
{
    public bool? AllowPrivilegeEscalation { get; init; }

    public bool? Privileged { get; init; }

    public bool? ReadOnlyRootFilesystem { get; init; }

    public bool? RunAsNonRoot { get; init; }

    public long? RunAsUser { get; init; }

    public Capabilities? Capabilities { get; init; }
}

internal sealed record Capabilities
{
    public IReadOnlyList<string>? Drop { get; init; }
}

internal sealed record VolumeMount
{
    public string Name { get; init; } = "";

    public string MountPath { get; init; } = "";

    public bool? ReadOnly { get; init; }
}

internal sealed record Volume
{
    public string Name { get; init; } = "";

    public HostPathVolume? HostPath { get; init; }

    public EmptyDirVolume? EmptyDir { get; init; }

    public ProjectedVolume? Projected { get; init; }
}

internal sealed record HostPathVolume
{
    public string Path { get; init; } = "";

    public string? Type { get; init; }
}

internal sealed record EmptyDirVolume
{
    public string? SizeLimit { get; init; }
}

/// <summary>Files that the cluster makes.</summary>
internal sealed record ProjectedVolume
{
    public IReadOnlyList<ProjectedSource>? Sources { get; init; }
}

internal sealed record ProjectedSource
{
    public ServiceAccountTokenSource? ServiceAccountToken { get; init; }
}

/// <summary>A token that is bound to the pod and renewed in its file.</summary>
internal sealed record ServiceAccountTokenSource
{
    public string? Audience { get; init; }

    public long? ExpirationSeconds { get; init; }

    public string Path { get; init; } = "";
}
