using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;

namespace StackAgent.Domain.Agents;

/// <summary>
/// A program that works on somebody's behalf: <i>deployed</i> (made here, belongs to a stack) or <i>reported</i> (runs anywhere
/// and appeared through its status reports).
/// </summary>
public sealed class Agent : AggregateRoot
{
    public const int KeyMaxLength = 100;
    public const int NameMaxLength = 255;
    public const int DescriptionMaxLength = 5000;

    /// <summary>Of <c>agent_name</c> and <c>agent_source</c> in a status report.</summary>
    public const int ReportedTextMaxLength = 200;

    public const int ReasonMaxLength = 100;
    public const int MessageMaxLength = 8000;

    /// <summary>The <see cref="StatusReason"/> of an agent that wasn't running in time.</summary>
    public const string DeployDeadlineExceeded = nameof(DeployDeadlineExceeded);

    /// <summary>The <see cref="StatusReason"/> of an agent that runs a revision before the one that was wanted.</summary>
    public const string RolledBack = nameof(RolledBack);

    /// <summary>A revision that begins to crash so soon after it took over gives way to the one before.</summary>
    public static readonly TimeSpan Probation = TimeSpan.FromMinutes(5);

    private Agent()
    {
    }

    public Guid OwnerId { get; private init; }

    /// <summary>
    /// <c>agent_id</c> on the wire, unique for its owner: <see cref="AggregateRoot.Id"/> as text for a deployed agent,
    /// the reporter's own text for a reported one.
    /// </summary>
    public string Key { get; private init; } = "";

    public AgentKind Kind { get; private init; }

    /// <summary>Null for a reported agent.</summary>
    public Guid? StackId { get; private init; }

    public string Name { get; private set; } = "";
    public string? Description { get; private set; }

    /// <summary>Where a reporting agent says it runs (<c>agent_source</c>); null until it says so. Follows <see cref="AgentNames"/>.</summary>
    public string? Source { get; private init; }

    public AgentStatus Status { get; private set; }

    /// <summary>The runtime's word for the cause of the status, for example <c>CrashLoopBackOff</c>; null when there is nothing to explain.</summary>
    public string? StatusReason { get; private set; }

    /// <summary>A sentence for a person, with the exit code and the last log lines where there are any; null when there is nothing to explain.</summary>
    public string? StatusMessage { get; private set; }

    /// <summary>When it became <see cref="AgentStatus.Deploying"/>; null in every other status.</summary>
    public DateTimeOffset? DeployingSince { get; private set; }

    /// <summary>The revision that should run, from 1; 0 for a reported agent. Falls when it gives way to an earlier one.</summary>
    public int Revision { get; private set; }

    /// <summary>The highest number that was given to a revision.</summary>
    public int LastRevision { get; private set; }

    /// <summary>The revision that serves, or served last; null until the first one has run.</summary>
    public int? ActiveRevision { get; private set; }

    /// <summary>When <see cref="ActiveRevision"/> took over.</summary>
    public DateTimeOffset? ActivatedAt { get; private set; }

    /// <summary>What served before <see cref="ActiveRevision"/>, for a way back during its <see cref="Probation"/>; null when there is none.</summary>
    public int? FallbackRevision { get; private set; }

    /// <summary>
    /// Counts everything after which the runtime has to do something: revisions, restarts, stops, starts, ways back. What the runtime sees is about
    /// one of them, and says nothing about the next.
    /// </summary>
    public int Rollout { get; private set; }

    /// <summary>When the runtime got the present rollout; null before, and once it has ended, well or not. A stop doesn't end.</summary>
    public DateTimeOffset? RolloutSince { get; private set; }

    /// <summary>Counts how often a restart was asked for.</summary>
    public int Restarts { get; private set; }

    /// <summary>Whether a revision that fails gives way to the one before: a copy of the revision's setting.</summary>
    public bool AutoRollback { get; private set; } = true;

    /// <summary>How long the revision may take to run, in seconds; null: as long as the server allows. A copy of the revision's setting.</summary>
    public int? StartupSeconds { get; private set; }

    /// <summary>Why an earlier revision runs than the one that was wanted; null unless that is so.</summary>
    public string? RollbackMessage { get; private set; }

    /// <summary>Counts its user's changes, for conditional requests.</summary>
    public int Version { get; private set; } = 1;

    public DateTimeOffset CreatedAt { get; private init; }
    public Guid CreatedById { get; private init; }
    public DateTimeOffset UpdatedAt { get; private set; }
    public Guid UpdatedById { get; private set; }

    /// <summary>What its sessions say about it; null when whoever read the agent didn't ask for it.</summary>
    public AgentActivity? Activity { get; private init; }

    /// <summary>Made by <see cref="Stack.AddAgent"/>: the stack decides whether it takes agents.</summary>
    internal static Agent Deployed(Guid id, Stack stack, string name, string? description, Guid by, DateTimeOffset now)
    {
        var agent = new Agent
        {
            Id = id,
            OwnerId = stack.OwnerId,
            Key = id.ToString(),
            Kind = AgentKind.Deployed,
            StackId = stack.Id,
            Name = name,
            Description = description,
            Status = AgentStatus.Pending,
            Revision = 1,
            LastRevision = 1,
            Rollout = 1,
            CreatedAt = now,
            CreatedById = by,
            UpdatedAt = now,
            UpdatedById = by,
            Activity = AgentActivity.None(id, stack.OwnerId, now),
        };
        agent.Raise(new AgentCreated(agent.Id, agent.StackId, agent.OwnerId));
        return agent;
    }

    /// <summary>An agent that registers itself by its first status report.</summary>
    public static Agent Reported(Guid ownerId, string key, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7();
        var agent = new Agent
        {
            Id = id,
            OwnerId = ownerId,
            Key = key,
            Kind = AgentKind.Reported,
            Name = key,
            Status = AgentStatus.External,
            CreatedAt = now,
            CreatedById = ownerId,
            UpdatedAt = now,
            UpdatedById = ownerId,
            Activity = AgentActivity.None(id, ownerId, now),
        };
        agent.Raise(new AgentRegistered(agent.Id, ownerId));
        return agent;
    }

    public void Rename(string name, Guid by, DateTimeOffset now)
    {
        RequireAlive();
        Name = name;
        Update(by, now);
    }

    public void Describe(string? description, Guid by, DateTimeOffset now)
    {
        RequireAlive();
        Description = description;
        Update(by, now);
    }

    /// <summary>Throws <see cref="ConflictException"/> when there is nothing to deploy: the agent runs elsewhere, or is being deleted.</summary>
    public void RequireDeployed()
    {
        RequireAlive();
        if (Kind == AgentKind.Reported)
            throw new ConflictException("This agent runs elsewhere and only reports here; there is nothing to deploy.");
    }

    /// <summary>
    /// Another revision should run; what runs goes on until that one is ready. Returns its number, under which the caller adds the
    /// <see cref="AgentRevision"/> in the same transaction.
    /// </summary>
    public int BeginRevision(AgentSettings settings, Guid by, DateTimeOffset now)
    {
        RequireDeployed();
        Revision = ++LastRevision;
        ApplySettings(settings);
        RollOut(Status == AgentStatus.Stopped ? AgentStatus.Stopped : AgentStatus.Pending);
        Update(by, now);
        return Revision;
    }

    /// <summary>Copies what the agent's rules need of the settings of its present revision: its first one, or one that it went back to.</summary>
    public void ApplySettings(AgentSettings settings)
    {
        AutoRollback = settings.AutoRollback ?? true;
        StartupSeconds = settings.Health?.StartupSeconds;
    }

    /// <summary>The same revision in new processes.</summary>
    public void Restart(Guid by, DateTimeOffset now)
    {
        RequireDeployed();
        if (Status == AgentStatus.Stopped)
            throw new ConflictException("This agent is stopped. Start it instead.");

        Restarts++;
        RollOut(AgentStatus.Pending);
        Update(by, now);
    }

    /// <summary>No process until it is started again; everything else stays. Asking twice is the same as asking once.</summary>
    public void Stop(Guid by, DateTimeOffset now)
    {
        RequireDeployed();
        if (Status == AgentStatus.Stopped)
            return;

        RollOut(AgentStatus.Stopped);
        Update(by, now);
    }

    /// <summary>The runtime knows that the agent is to be stopped; about a stop that was another rollout this says nothing.</summary>
    public void ConfirmStop(int rollout, DateTimeOffset now)
    {
        if (Status == AgentStatus.Stopped && Rollout == rollout)
            RolloutSince ??= now;
    }

    /// <summary>Ends a stop; an agent that isn't stopped stays as it is.</summary>
    public void Start(Guid by, DateTimeOffset now)
    {
        RequireDeployed();
        if (Status != AgentStatus.Stopped)
            return;

        RollOut(AgentStatus.Pending);
        Update(by, now);
    }

    /// <summary>The reconciler hands the agent to the runtime.</summary>
    public void Deploy(DateTimeOffset now)
    {
        if (Status != AgentStatus.Pending)
            return;

        RolloutSince = now;
        Become(AgentStatus.Deploying, reason: null, message: null, now);
    }

    /// <summary>
    /// What the runtime sees of the agent. Says nothing new about an agent that is stopped or being deleted, nor when it is about an
    /// earlier rollout.
    /// </summary>
    public void Observe(AgentObservation observation, DateTimeOffset now)
    {
        if (Kind == AgentKind.Reported || Status is AgentStatus.Stopped or AgentStatus.Deleting || (observation.Rollout ?? Rollout) != Rollout)
            return;

        // An agent that is too late only ever starts; to call that deploying again would begin its time anew, for ever.
        if (observation.State == ObservedState.Starting && Status == AgentStatus.Failed && StatusReason == DeployDeadlineExceeded)
            return;

        // Whoever sees something of this rollout has got it.
        if (Status == AgentStatus.Pending)
            RolloutSince ??= now;
        switch (observation.State)
        {
            case ObservedState.Starting:
                Become(AgentStatus.Deploying, observation.Reason, observation.Message, now);
                break;
            case ObservedState.Running:
                Activate(now);
                Become(AgentStatus.Running, observation.Reason, observation.Message, now);
                break;
            default:
                Become(AgentStatus.Failed, observation.Reason, observation.Message, now);
                if (observation.IsLasting)
                    GiveUp(observation.Reason ?? "Failed", observation.Message ?? "The runtime didn't say why.", now);
                break;
        }
    }

    /// <summary>
    /// Says why the agent has to wait: the runtime can't act on it now. The status stays. An agent that waits for nothing, since it runs or
    /// has failed, keeps what was last seen of it.
    /// </summary>
    public void Explain(string reason, string message)
    {
        if (Status is AgentStatus.Pending or AgentStatus.Deploying or AgentStatus.Deleting)
            Show(Status, reason, message);
    }

    /// <summary>
    /// The runtime acts on the agent again. While it is being deployed the explanation may be what the runtime sees, which the next
    /// observation replaces.
    /// </summary>
    public void ClearExplanation()
    {
        if (Status is AgentStatus.Pending or AgentStatus.Deleting)
            Show(Status, reason: null, message: null);
    }

    /// <summary>
    /// The agent was <see cref="AgentStatus.Deploying"/> for longer than it may. Nothing but its running, or a failure that the runtime can
    /// explain, takes that back.
    /// </summary>
    /// <param name="limit">How long it was allowed to take.</param>
    /// <param name="now">The present moment.</param>
    public void MissDeadline(TimeSpan limit, DateTimeOffset now)
    {
        if (Status == AgentStatus.Deploying)
        {
            var lastKnown = StatusMessage is null
                ? "The runtime didn't say why: look at the agent's log, or ask whoever runs this server whether its runtime works."
                : $"The last that is known: {StatusMessage}";
            Become(AgentStatus.Failed, DeployDeadlineExceeded, $"The agent wasn't running within {limit.TotalSeconds:0.##} s. {lastKnown}", now);
        }
        else if (Status != AgentStatus.Failed || RolloutSince is null)
        {
            return;
        }

        GiveUp(StatusReason ?? DeployDeadlineExceeded, StatusMessage ?? "", now);
    }

    /// <summary>Asks for the end of the agent. Asking twice is the same as asking once.</summary>
    public void Delete(Guid by, DateTimeOffset now)
    {
        if (Status == AgentStatus.Deleting)
            return;

        Become(AgentStatus.Deleting, reason: null, message: null, now);
        Touch(by, now);
        Raise(new AgentDeletionRequested(Id, StackId, OwnerId));
    }

    /// <summary>The row is about to be deleted, because nothing else of the agent is left. Whoever calls this deletes it.</summary>
    public void Remove() => Raise(new AgentRemoved(Id, StackId, OwnerId));

    /// <summary>The revision runs.</summary>
    private void Activate(DateTimeOffset now)
    {
        RolloutSince = null;
        if (ActiveRevision == Revision)
            return;

        FallbackRevision = ActiveRevision;
        ActiveRevision = Revision;
        ActivatedAt = now;
        Raise(new AgentRevisionActivated(Id, StackId, OwnerId, Revision));
    }

    /// <summary>The revision won't run. What served before it goes on, or comes back, where there is one and its user didn't decline that.</summary>
    private void GiveUp(string reason, string message, DateTimeOffset now)
    {
        var wasRollingOut = RolloutSince is not null;
        RolloutSince = null;
        var earlier = ActiveRevision;
        if (ActiveRevision == Revision)
        {
            // It has run, so it is an agent in trouble and no failed revision, unless there is something better to go back to.
            earlier = AutoRollback && now < ActivatedAt + Probation ? FallbackRevision : null;
            if (earlier is null)
                return;
            FallbackRevision = null;
        }
        else if (!wasRollingOut)
        {
            // Said once: a crash loop goes on saying so.
            return;
        }

        var failed = Revision;
        Raise(new AgentRevisionFailed(Id, StackId, OwnerId, failed, reason, message));
        if (!AutoRollback || earlier is not { } target)
            return;

        Revision = target;
        ActiveRevision = target;
        RollOut(
            AgentStatus.Pending,
            Text.Truncate($"Revision {failed} was rolled back to {target}. It failed with {reason}: {message}", MessageMaxLength));
    }

    /// <summary>The runtime has something to do.</summary>
    /// <param name="status">What the agent is until the runtime has got it.</param>
    /// <param name="rollbackMessage">Why an earlier revision is wanted again; null unless that is so.</param>
    private void RollOut(AgentStatus status, string? rollbackMessage = null)
    {
        Rollout++;
        RolloutSince = null;
        DeployingSince = null;
        RollbackMessage = rollbackMessage;
        Show(status, rollbackMessage is null ? null : RolledBack, rollbackMessage);
        RaiseOnce(new AgentRolloutRequested(Id, StackId, OwnerId));
    }

    private void Become(AgentStatus status, string? reason, string? message, DateTimeOffset now)
    {
        if (Status == AgentStatus.Deleting)
            return;

        DeployingSince = status == AgentStatus.Deploying ? DeployingSince ?? now : null;
        if (reason is null && RollbackMessage is not null)
            (reason, message) = (RolledBack, RollbackMessage);
        Show(status, reason, message);
    }

    private void Show(AgentStatus status, string? reason, string? message)
    {
        reason = reason is null ? null : Text.Truncate(reason, ReasonMaxLength);
        message = message is null ? null : Text.Truncate(message, MessageMaxLength);
        if (Status == status && StatusReason == reason && StatusMessage == message)
            return;

        var previous = Status;
        Status = status;
        StatusReason = reason;
        StatusMessage = message;
        Raise(new AgentStatusChanged(Id, StackId, OwnerId, previous, status, reason, message));
    }

    private void RequireAlive()
    {
        if (Status == AgentStatus.Deleting)
            throw new ConflictException("This agent is being deleted and can't be changed.");
    }

    private void Update(Guid by, DateTimeOffset now)
    {
        Touch(by, now);
        RaiseOnce(new AgentUpdated(Id, OwnerId));
    }

    private void Touch(Guid by, DateTimeOffset now)
    {
        Version++;
        UpdatedAt = now;
        UpdatedById = by;
    }
}
