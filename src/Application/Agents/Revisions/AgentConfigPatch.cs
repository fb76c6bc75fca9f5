using StackAgent.Application.Common;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>
/// A change of an agent's configuration, as a JSON merge patch (RFC 7396): what is absent stays as it is, `null` clears it, and what isn't set is left
/// to the code's `agent.yaml` and then to the server.
/// </summary>
public sealed record AgentConfigPatch
{
    /// <summary>Changes nothing.</summary>
    public static AgentConfigPatch Nothing { get; } = new();

    /// <summary>Variables by name; those that aren't named stay, `null` removes one. Names that begin with `STACKAGENT_`, and `PORT`, are the server's.</summary>
    public Optional<IReadOnlyDictionary<string, string?>> Environment { get; init; }

    /// <summary>Like variables, but encrypted where they are stored, and never shown again. A name can't be both.</summary>
    public Optional<IReadOnlyDictionary<string, string?>> Secrets { get; init; }

    /// <summary>Container image; local processes don't care.</summary>
    public Optional<string> Image { get; init; }

    /// <summary>The program and what always follows it, in place of the image's entry point or of what the code's files suggest.</summary>
    public Optional<IReadOnlyList<string>> Command { get; init; }

    /// <summary>What follows the command.</summary>
    public Optional<IReadOnlyList<string>> Args { get; init; }

    /// <summary>Where the container listens. A local process is told a free port by `PORT` in any case.</summary>
    public Optional<int?> Port { get; init; }

    /// <summary>Pods at the same time; a local agent is one process.</summary>
    public Optional<int?> Replicas { get; init; }

    /// <summary>What each pod asks for, and may use at most.</summary>
    public Optional<ResourcesPatch> Resources { get; init; }

    /// <summary>How it is found out that the agent is ready, and by when it has to be.</summary>
    public Optional<HealthPatch> Health { get; init; }

    /// <summary>Whether a revision that doesn't come to run gives way to the one before by itself: yes, unless it is set to false.</summary>
    public Optional<bool?> AutoRollback { get; init; }

    /// <summary>What to remember about this change; at most 1,000 characters.</summary>
    public Optional<string> Note { get; init; }

    /// <summary>What comes of <paramref name="settings"/>. Says nothing of secrets.</summary>
    internal AgentSettings ApplyTo(AgentSettings settings) => new()
    {
        Environment = Environment.IsPresent ? MergePatch.Apply(Environment.Value, settings.Environment) : settings.Environment,
        Image = Image.Or(settings.Image),
        Command = Command.Or(settings.Command),
        Args = Args.Or(settings.Args),
        Port = Port.Or(settings.Port),
        Replicas = Replicas.Or(settings.Replicas),
        Resources = Resources.IsPresent ? Resources.Value?.ApplyTo(settings.Resources ?? new ResourceSettings()) : settings.Resources,
        Health = Health.IsPresent ? Health.Value?.ApplyTo(settings.Health ?? new HealthSettings()) : settings.Health,
        AutoRollback = AutoRollback.Or(settings.AutoRollback),
    };
}

/// <summary>What each pod asks for, and may use at most.</summary>
public sealed record ResourcesPatch
{
    /// <summary>What is reserved.</summary>
    public Optional<AmountsPatch> Requests { get; init; }

    /// <summary>More isn't given.</summary>
    public Optional<AmountsPatch> Limits { get; init; }

    internal ResourceSettings? ApplyTo(ResourceSettings settings) => MergePatch.OrNull(new ResourceSettings
    {
        Requests = Requests.IsPresent ? Requests.Value?.ApplyTo(settings.Requests ?? new ResourceAmounts()) : settings.Requests,
        Limits = Limits.IsPresent ? Limits.Value?.ApplyTo(settings.Limits ?? new ResourceAmounts()) : settings.Limits,
    });
}

/// <summary>Amounts as Kubernetes writes them.</summary>
public sealed record AmountsPatch
{
    /// <summary>Processors: `250m`, `1.5`.</summary>
    public Optional<string> Cpu { get; init; }

    /// <summary>Bytes: `256Mi`, `1Gi`.</summary>
    public Optional<string> Memory { get; init; }

    internal ResourceAmounts? ApplyTo(ResourceAmounts amounts) => MergePatch.OrNull(new ResourceAmounts
    {
        Cpu = Cpu.Or(amounts.Cpu),
        Memory = Memory.Or(amounts.Memory),
    });
}

/// <summary>How it is found out that an agent is ready.</summary>
public sealed record HealthPatch
{
    /// <summary>Ready when a GET of this path is answered with 2xx or 3xx; without it, when the port accepts connections.</summary>
    public Optional<string> Path { get; init; }

    /// <summary>Before the first look.</summary>
    public Optional<int?> InitialDelaySeconds { get; init; }

    /// <summary>Between looks.</summary>
    public Optional<int?> PeriodSeconds { get; init; }

    /// <summary>How long an answer may take.</summary>
    public Optional<int?> TimeoutSeconds { get; init; }

    /// <summary>So many failures in a row make a ready agent unready.</summary>
    public Optional<int?> FailureThreshold { get; init; }

    /// <summary>How long a revision may take until it is ready for the first time.</summary>
    public Optional<int?> StartupSeconds { get; init; }

    internal HealthSettings? ApplyTo(HealthSettings settings) => MergePatch.OrNull(new HealthSettings
    {
        Path = Path.Or(settings.Path),
        InitialDelaySeconds = InitialDelaySeconds.Or(settings.InitialDelaySeconds),
        PeriodSeconds = PeriodSeconds.Or(settings.PeriodSeconds),
        TimeoutSeconds = TimeoutSeconds.Or(settings.TimeoutSeconds),
        FailureThreshold = FailureThreshold.Or(settings.FailureThreshold),
        StartupSeconds = StartupSeconds.Or(settings.StartupSeconds),
    });
}

/// <summary>What RFC 7396 says of objects.</summary>
internal static class MergePatch
{
    /// <summary>The entries in the order of their names, so that the same ones are always written alike; null when there are none.</summary>
    public static IReadOnlyDictionary<string, string>? Apply(
        IReadOnlyDictionary<string, string?>? patch, IReadOnlyDictionary<string, string>? present)
    {
        if (patch is null)
            return null;

        var merged = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in present ?? new Dictionary<string, string>(StringComparer.Ordinal))
            merged[name] = value;
        foreach (var (name, value) in patch)
        {
            if (value is null)
                merged.Remove(name);
            else
                merged[name] = value;
        }

        return merged.Count == 0 ? null : merged;
    }

    /// <summary>An object in which nothing is set says nothing.</summary>
    public static T? OrNull<T>(T settings)
        where T : class, new() => settings.Equals(new T()) ? null : settings;
}
