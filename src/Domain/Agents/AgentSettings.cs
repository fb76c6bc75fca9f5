namespace StackAgent.Domain.Agents;

/// <summary>
/// How an agent is to be run, as far as somebody said so: from the code's <c>agent.yaml</c>, or through the API. What is null is left to whoever
/// comes after: see <see cref="OverlaidBy"/>. Holds no secrets. Compare two by their JSON: lists and dictionaries have no value equality.
/// </summary>
public sealed record AgentSettings
{
    public const int EnvironmentMaxCount = 200;
    public const int EnvironmentNameMaxLength = 255;
    public const int EnvironmentValueMaxLength = 32_768;

    /// <summary>Names and values together, in UTF-8: all of them have to fit into one object of the cluster's.</summary>
    public const int EnvironmentMaxBytes = 512 * 1024;

    public const int ImageMaxLength = 500;
    public const int ArgumentMaxLength = 4_096;
    public const int ArgumentsMaxCount = 100;
    public const int ReplicasMax = 20;
    public const int PathMaxLength = 1_000;

    public static AgentSettings None { get; } = new();

    /// <summary>Variables by name. Names that begin with <c>STACKAGENT_</c>, and <c>PORT</c>, are the server's.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Container image; of no meaning to local processes.</summary>
    public string? Image { get; init; }

    /// <summary>The program and what always follows it, in place of the image's entry point or of what the code's files suggest.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>What follows the command.</summary>
    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>Where the container listens; a local process is told a free port by <c>PORT</c> in any case.</summary>
    public int? Port { get; init; }

    /// <summary>Pods at the same time, from 1; a local agent is one process.</summary>
    public int? Replicas { get; init; }

    public ResourceSettings? Resources { get; init; }

    public HealthSettings? Health { get; init; }

    /// <summary>Whether a revision that doesn't come to run gives way to the one before by itself; yes when null.</summary>
    public bool? AutoRollback { get; init; }

    /// <summary>These settings, and where <paramref name="other"/> says something, that. Environments and nested settings are overlaid entry by entry.</summary>
    public AgentSettings OverlaidBy(AgentSettings other) => new()
    {
        Environment = Environment is null || other.Environment is null
            ? other.Environment ?? Environment
            : Environment.Where(variable => !other.Environment.ContainsKey(variable.Key)).Concat(other.Environment)
                .ToDictionary(variable => variable.Key, variable => variable.Value, StringComparer.Ordinal),
        Image = other.Image ?? Image,
        Command = other.Command ?? Command,
        Args = other.Args ?? Args,
        Port = other.Port ?? Port,
        Replicas = other.Replicas ?? Replicas,
        Resources = Resources is null || other.Resources is null ? other.Resources ?? Resources : Resources.OverlaidBy(other.Resources),
        Health = Health is null || other.Health is null ? other.Health ?? Health : Health.OverlaidBy(other.Health),
        AutoRollback = other.AutoRollback ?? AutoRollback,
    };
}

/// <summary>What each pod asks for and may use at most.</summary>
public sealed record ResourceSettings
{
    public ResourceAmounts? Requests { get; init; }

    public ResourceAmounts? Limits { get; init; }

    internal ResourceSettings OverlaidBy(ResourceSettings other) => new()
    {
        Requests = Requests is null || other.Requests is null ? other.Requests ?? Requests : Requests.OverlaidBy(other.Requests),
        Limits = Limits is null || other.Limits is null ? other.Limits ?? Limits : Limits.OverlaidBy(other.Limits),
    };
}

/// <summary>Kubernetes quantities: <c>250m</c> or <c>1.5</c> processors, <c>256Mi</c> of memory.</summary>
public sealed record ResourceAmounts
{
    public const int QuantityMaxLength = 30;

    public string? Cpu { get; init; }

    public string? Memory { get; init; }

    internal ResourceAmounts OverlaidBy(ResourceAmounts other) => new() { Cpu = other.Cpu ?? Cpu, Memory = other.Memory ?? Memory };
}

/// <summary>How it is found out that an agent is ready, and by when it has to be.</summary>
public sealed record HealthSettings
{
    /// <summary>Ready when a GET of this path is answered with 2xx or 3xx; null: when the port accepts connections.</summary>
    public string? Path { get; init; }

    public int? InitialDelaySeconds { get; init; }

    public int? PeriodSeconds { get; init; }

    public int? TimeoutSeconds { get; init; }

    /// <summary>So many failures in a row make a ready agent unready.</summary>
    public int? FailureThreshold { get; init; }

    /// <summary>How long it may take until it is ready for the first time; null: the server's <c>DEPLOY_TIMEOUT_SECONDS</c>.</summary>
    public int? StartupSeconds { get; init; }

    internal HealthSettings OverlaidBy(HealthSettings other) => new()
    {
        Path = other.Path ?? Path,
        InitialDelaySeconds = other.InitialDelaySeconds ?? InitialDelaySeconds,
        PeriodSeconds = other.PeriodSeconds ?? PeriodSeconds,
        TimeoutSeconds = other.TimeoutSeconds ?? TimeoutSeconds,
        FailureThreshold = other.FailureThreshold ?? FailureThreshold,
        StartupSeconds = other.StartupSeconds ?? StartupSeconds,
    };
}
