using StackAgent.Domain.Common;

namespace StackAgent.Domain.Agents;

/// <summary>
/// One state of an agent's code and configuration. What it consists of never changes; whether it runs is said by the agent
/// (<see cref="Agent.Revision"/>, <see cref="Agent.ActiveRevision"/>), so that there can't be two active ones.
/// </summary>
public sealed class AgentRevision
{
    public const int NoteMaxLength = 1_000;
    public const int DigestLength = 64;

    private AgentRevision()
    {
    }

    public Guid AgentId { get; private init; }

    /// <summary>From 1, growing; numbers of revisions that are gone aren't used again.</summary>
    public int Number { get; private init; }

    public RevisionCause Cause { get; private init; }

    /// <summary>The revision that a rollback repeats; null for everything else.</summary>
    public int? RollbackOf { get; private init; }

    /// <summary>The revision that came with this code: code that is the same is stored once.</summary>
    public int CodeRevision { get; private init; }

    /// <summary>SHA-256 of the ZIP, 64 hexadecimal digits in lower case.</summary>
    public string CodeDigest { get; private init; } = "";

    /// <summary>Of the ZIP, in bytes.</summary>
    public long CodeSize { get; private init; }

    /// <summary>Of all that is in it, in bytes; 0 for a revision that was made before this was noted.</summary>
    public long CodeUnpackedSize { get; private init; }

    /// <summary>What the code's own <c>agent.yaml</c> says.</summary>
    public AgentSettings CodeSettings { get; private init; } = AgentSettings.None;

    /// <summary>What was said through the API, which comes before <see cref="CodeSettings"/>.</summary>
    public AgentSettings Settings { get; private init; } = AgentSettings.None;

    /// <summary>Names and values of the secrets, as one protected text; null when there are none.</summary>
    public string? ProtectedSecrets { get; private init; }

    /// <summary>What whoever made it wrote down.</summary>
    public string? Note { get; private init; }

    public DateTimeOffset CreatedAt { get; private init; }
    public Guid CreatedById { get; private init; }

    /// <summary>When it first ran; null when it never did.</summary>
    public DateTimeOffset? ActivatedAt { get; private set; }

    /// <summary>When it was given up; null when it wasn't, or when it ran after all.</summary>
    public DateTimeOffset? FailedAt { get; private set; }

    /// <summary>Why it was given up: the runtime's word, and a sentence.</summary>
    public string? FailureReason { get; private set; }

    public string? FailureMessage { get; private set; }

    /// <summary>What holds for its agent: the code's settings with the API's over them.</summary>
    public AgentSettings EffectiveSettings => CodeSettings.OverlaidBy(Settings);

    /// <summary>A revision of other code.</summary>
    public static AgentRevision OfCode(
        Agent agent, RevisionCause cause, RevisionCode code, RevisionConfiguration configuration, string? note, Guid by, DateTimeOffset now) =>
        Make(agent, cause, rollbackOf: null, code, configuration, note, by, now);

    /// <summary>The same code otherwise configured.</summary>
    public AgentRevision Reconfigured(Agent agent, RevisionConfiguration configuration, string? note, Guid by, DateTimeOffset now) =>
        Make(agent, RevisionCause.Config, rollbackOf: null, Code, configuration, note, by, now);

    /// <summary>This revision once more, under a new number.</summary>
    public AgentRevision Repeated(Agent agent, string? note, Guid by, DateTimeOffset now) =>
        Make(agent, RevisionCause.Rollback, Number, Code, new RevisionConfiguration(Settings, ProtectedSecrets), note, by, now);

    /// <summary>Where it stands, given what its agent says.</summary>
    public RevisionState StateIn(Agent agent) =>
        agent.ActiveRevision == Number ? RevisionState.Active
        : FailedAt is not null ? RevisionState.Failed
        : agent.Revision == Number ? RevisionState.Deploying
        : RevisionState.Superseded;

    /// <summary>It runs.</summary>
    public void Activate(DateTimeOffset now)
    {
        ActivatedAt ??= now;
        FailedAt = null;
        FailureReason = null;
        FailureMessage = null;
    }

    /// <summary>It was given up.</summary>
    public void Fail(string reason, string message, DateTimeOffset now)
    {
        FailedAt = now;
        FailureReason = Text.Truncate(reason, Agent.ReasonMaxLength);
        FailureMessage = Text.Truncate(message, Agent.MessageMaxLength);
    }

    private RevisionCode Code => new(CodeRevision, CodeDigest, CodeSize, CodeUnpackedSize, CodeSettings);

    private static AgentRevision Make(
        Agent agent, RevisionCause cause, int? rollbackOf, RevisionCode code, RevisionConfiguration configuration, string? note, Guid by, DateTimeOffset now) => new()
        {
            AgentId = agent.Id,
            Number = agent.LastRevision,
            Cause = cause,
            RollbackOf = rollbackOf,
            CodeRevision = code.Revision,
            CodeDigest = code.Digest,
            CodeSize = code.Size,
            CodeUnpackedSize = code.UnpackedSize,
            CodeSettings = code.Settings,
            Settings = configuration.Settings,
            ProtectedSecrets = configuration.ProtectedSecrets,
            Note = note,
            CreatedAt = now,
            CreatedById = by,
        };
}

/// <summary>Stored code.</summary>
/// <param name="Revision">The revision that came with it.</param>
/// <param name="Digest">SHA-256 of the ZIP, in hexadecimal.</param>
/// <param name="Size">Of the ZIP, in bytes.</param>
/// <param name="UnpackedSize">Of all that is in it, in bytes.</param>
/// <param name="Settings">What its <c>agent.yaml</c> says.</param>
public sealed record RevisionCode(int Revision, string Digest, long Size, long UnpackedSize, AgentSettings Settings);

/// <summary>What was said through the API.</summary>
/// <param name="Settings">All but secrets.</param>
/// <param name="ProtectedSecrets">Null when there are none.</param>
public sealed record RevisionConfiguration(AgentSettings Settings, string? ProtectedSecrets);

/// <summary>What a revision was made for.</summary>
public enum RevisionCause
{
    /// <summary>The agent was created.</summary>
    Created,

    /// <summary>Other code was uploaded.</summary>
    Code,

    /// <summary>The configuration was changed.</summary>
    Config,

    /// <summary>An earlier one was wanted back.</summary>
    Rollback,
}

/// <summary><c>deploying → active → superseded</c>, or <c>failed</c>.</summary>
public enum RevisionState
{
    Deploying,
    Active,
    Superseded,
    Failed,
}
