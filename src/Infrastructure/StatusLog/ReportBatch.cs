using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Events;
using StackAgent.Application.Sessions;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Sessions;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>
/// Reports that are committed together, and what has to be written for them. The agents and sessions decide what a report changes; nothing
/// here knows a database.
/// </summary>
internal sealed class ReportBatch(IReadOnlyList<StatusReportEntry> entries)
{
    private static readonly ReportOutcome AgentIsGone =
        new(new NotFoundException("The agent that this API key belongs to no longer exists."));

    private HashSet<(Guid AgentId, string EventId)>? _stored;
    private HashSet<(Guid AgentId, string EventId)>? _recorded;
    private Dictionary<Guid, int>? _room;
    private ReportOutcome _full = AgentIsGone;

    public IReadOnlyList<StatusReportEntry> Entries { get; } = entries;

    /// <summary>In the order of the entries.</summary>
    public ReportOutcome[] Outcomes { get; } = new ReportOutcome[entries.Count];

    /// <summary>Agents that register themselves, in the order of owner and key: that of their locks.</summary>
    public List<Registration> NewAgents { get; } = [];

    public List<TrackedAgent> ChangedAgents { get; } = [];

    public List<TrackedSession> NewSessions { get; } = [];

    public List<TrackedSession> ChangedSessions { get; } = [];

    public List<StatusReport> Reports { get; } = [];

    /// <summary>What happened, in its order.</summary>
    public List<EventRecord> Events { get; } = [];

    /// <summary>A report of the attempt before this one, whose outcome isn't known: when it is stored, all of that attempt is. Null at first.</summary>
    public StatusReport? Attempted => Reports.Count > 0 ? Reports[0] : null;

    /// <summary>Every <c>agent_id</c> that the entries may mean: of a UUID its lower-case form as well.</summary>
    public IEnumerable<(Guid OwnerId, string Key)> AgentKeys() =>
        Entries.SelectMany(entry => KeysOf(entry).Select(key => (entry.OwnerId, key))).Distinct();

    /// <summary>The sessions of the entries, of agents as above.</summary>
    public IEnumerable<(Guid OwnerId, string Key, string Topic)> SessionKeys() => Named(entry => entry.Topic);

    /// <summary>The event ids of the entries, of agents as above.</summary>
    public IEnumerable<(Guid OwnerId, string Key, string EventId)> EventKeys() => Named(entry => entry.Content.EventId);

    /// <summary>An event id that the database has already.</summary>
    public void AddKnownEvent(Guid agentId, string eventId) => (_stored ??= []).Add((agentId, eventId));

    /// <summary>Accounts to which the reports would add agents; usually none.</summary>
    public List<Guid> OwnersOfNewAgents(StatusBook book)
    {
        List<Guid> owners = [];
        foreach (var entry in Entries)
        {
            if (IsNew(entry, book) && !owners.Contains(entry.OwnerId))
                owners.Add(entry.OwnerId);
        }

        return owners;
    }

    /// <summary>Before <see cref="Record(StatusBook, ReportClock)"/>, where the number of agents that register themselves is bounded.</summary>
    /// <param name="ownerId">One of <see cref="OwnersOfNewAgents"/>.</param>
    /// <param name="present">How many it has.</param>
    /// <param name="most">How many it may have.</param>
    public void Bound(Guid ownerId, int present, int most)
    {
        (_room ??= [])[ownerId] = Math.Max(0, most - present);
        _full = new ReportOutcome(new QuotaExceededException(
            $"An account may have {most} agents here that registered themselves by their reports. Delete those that no longer report, or report under fewer names."));
    }

    /// <summary>Lets the sessions record the reports, in their order.</summary>
    /// <param name="book">Knows every agent and session of the entries that the database has.</param>
    /// <param name="clock">Gives each report its moment.</param>
    public void Record(StatusBook book, ReportClock clock)
    {
        NewAgents.Clear();
        ChangedAgents.Clear();
        NewSessions.Clear();
        ChangedSessions.Clear();
        Reports.Clear();
        Events.Clear();
        // What an attempt recorded that failed is stored nowhere.
        _recorded?.Clear();
        RegisterNewAgents(book, clock);
        for (var i = 0; i < Outcomes.Length; i++)
            Outcomes[i] = Record(Entries[i], book, clock.Next());
    }

    private IEnumerable<(Guid OwnerId, string Key, string Text)> Named(Func<StatusReportEntry, string?> text) =>
        from entry in Entries
        let name = text(entry)
        where !string.IsNullOrEmpty(name)
        from key in KeysOf(entry)
        select (entry.OwnerId, key, name);

    private static string[] KeysOf(StatusReportEntry entry) =>
        AgentLookup.AsId(entry.AgentKey) is { } id && id.ToString() is var text && text != entry.AgentKey
            ? [text, entry.AgentKey]
            : [entry.AgentKey];

    private void RegisterNewAgents(StatusBook book, ReportClock clock)
    {
        for (var i = 0; i < Entries.Count; i++)
        {
            var entry = Entries[i];
            if (!IsNew(entry, book) || !TakesRoom(entry.OwnerId))
                continue;

            var (id, now) = (Guid.CreateVersion7(), clock.Next());
            var agent = new TrackedAgent
            {
                Id = id,
                OwnerId = entry.OwnerId,
                Key = entry.AgentKey,
                Kind = AgentKind.Reported,
                StackId = null,
                Names = new AgentNames(entry.AgentKey, Source: null).After(AgentKind.Reported, entry.AgentName, entry.AgentSource),
                Activity = AgentActivity.None(id, entry.OwnerId, now),
                Batch = this,
            };
            book.Add(agent);
            NewAgents.Add(new Registration(agent, now));
            Events.Add(AgentEvents.Registered(Subject(agent), now));
        }

        NewAgents.Sort((one, other) => (one.Agent.OwnerId.CompareTo(other.Agent.OwnerId), string.CompareOrdinal(one.Agent.Key, other.Agent.Key)) switch
        {
            (0, var keys) => keys,
            (var owners, _) => owners,
        });
    }

    private ReportOutcome Record(StatusReportEntry entry, StatusBook book, DateTimeOffset now)
    {
        if (book.Find(entry) is not { } agent)
            return entry.BoundAgentId is null ? _full : AgentIsGone;
        if (entry.Content.EventId is { Length: > 0 } eventId && IsRepeated((agent.Id, eventId)))
            return ReportOutcome.Repeated;

        Touch(agent);
        if (!agent.Sessions.TryGetValue(entry.Topic, out var tracked))
        {
            tracked = new TrackedSession(agent, Session.Open(agent.Id, entry.Topic, now)) { Batch = this };
            book.Add(tracked);
            NewSessions.Add(tracked);
        }
        else if (tracked.Batch != this)
        {
            tracked.Batch = this;
            ChangedSessions.Add(tracked);
        }

        var session = tracked.Session;
        var (isNew, isRevived) = (session.ReportCount == 0, session.ExpiredAt is not null);
        Reports.Add(session.Record(entry.Content, now));
        agent.Activity.Follow(session, isNew, isRevived);

        var names = agent.Names.After(agent.Kind, entry.AgentName, entry.AgentSource);
        agent.IsRenamed |= names != agent.Names;
        agent.Names = names;
        Tell(agent, session, now);
        return ReportOutcome.Accepted;
    }

    private static bool IsNew(StatusReportEntry entry, StatusBook book) => entry.BoundAgentId is null && book.Find(entry) is null;

    private bool TakesRoom(Guid ownerId)
    {
        if (_room is null || !_room.TryGetValue(ownerId, out var room))
            return true;
        if (room == 0)
            return false;

        _room[ownerId] = room - 1;
        return true;
    }

    private bool IsRepeated((Guid AgentId, string EventId) report) => _stored?.Contains(report) == true || !(_recorded ??= []).Add(report);

    private void Tell(TrackedAgent agent, Session session, DateTimeOffset now)
    {
        if (session.DomainEvents.Count == 0)
            return;

        foreach (var happened in session.DomainEvents)
        {
            if (SessionEvents.From(Subject(agent), SessionSubject.Of(session), happened, now) is { } told)
                Events.Add(told);
        }

        session.ClearDomainEvents();
    }

    private static AgentSubject Subject(TrackedAgent agent) =>
        new(agent.Id, agent.OwnerId, agent.Key, agent.Names.Name, agent.Kind, agent.StackId);

    private void Touch(TrackedAgent agent)
    {
        if (agent.Batch == this)
            return;

        agent.Batch = this;
        agent.VersionBefore = agent.Activity.Version;
        agent.IsRenamed = false;
        ChangedAgents.Add(agent);
    }
}

/// <summary>An agent that registers itself by its first report.</summary>
internal readonly record struct Registration(TrackedAgent Agent, DateTimeOffset At);
