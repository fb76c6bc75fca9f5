using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Sessions;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Sessions;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>
/// Writes one batch in one transaction: finds or registers the agents, finds or opens the sessions, lets each session record its reports
/// in the order of the batch. Whoever writes an agent's reports holds the lock on the agent's row, so sessions, sequences and event ids of
/// one agent are never written by two servers at once. Locks are taken in one order everywhere (existing agents by owner and id, then new
/// agents by owner and key), so two servers wait for each other and never in a circle.
/// </summary>
internal sealed class ReportWriter(IApplicationDbContext database, ReportClock clock)
{
    private static readonly ReportOutcome AgentIsGone =
        new(new NotFoundException("The agent that this API key belongs to no longer exists."));

    private readonly Dictionary<(Guid OwnerId, string Key), Agent> _agents = [];
    private readonly Dictionary<(Guid AgentId, string Topic), Session> _sessions = [];
    private readonly HashSet<(Guid AgentId, string EventId)> _events = [];

    /// <summary>The outcomes in the order of the entries. When it throws, nothing of the batch was written.</summary>
    public Task<ReportOutcome[]> WriteAsync(IReadOnlyList<StatusReportEntry> entries, CancellationToken cancellationToken) =>
        database.InTransactionAsync(token => WriteInTransactionAsync(entries, token), cancellationToken);

    private async Task<ReportOutcome[]> WriteInTransactionAsync(IReadOnlyList<StatusReportEntry> entries, CancellationToken cancellationToken)
    {
        await LockAgentsAsync(entries, cancellationToken);
        await RegisterNewAgentsAsync(entries, cancellationToken);
        await LoadSessionsAsync(entries, cancellationToken);
        await LoadEventsAsync(entries, cancellationToken);

        var outcomes = new ReportOutcome[entries.Count];
        for (var i = 0; i < outcomes.Length; i++)
            outcomes[i] = Apply(entries[i], clock.Next());

        await database.SaveChangesAsync(cancellationToken);
        return outcomes;
    }

    private async Task LockAgentsAsync(IReadOnlyList<StatusReportEntry> entries, CancellationToken cancellationToken)
    {
        foreach (var ownersEntries in entries.GroupBy(entry => entry.OwnerId).OrderBy(group => group.Key))
        {
            var keys = ownersEntries.SelectMany(CandidateKeys).Distinct(StringComparer.Ordinal).ToList();
            var known = database.Agents.Where(agent => agent.OwnerId == ownersEntries.Key && keys.Contains(agent.Key));
            await database.AgentActivities
                .Where(activity => known.Any(agent => agent.Id == activity.AgentId))
                .OrderBy(activity => activity.AgentId)
                .ForUpdate()
                .LoadAsync(cancellationToken);
            var agents = await known.Include(agent => agent.Activity).ToListAsync(cancellationToken);
            foreach (var agent in agents)
                _agents.Add((agent.OwnerId, agent.Key), agent);
        }
    }

    private async Task RegisterNewAgentsAsync(IReadOnlyList<StatusReportEntry> entries, CancellationToken cancellationToken)
    {
        var strangers = entries
            .Where(entry => entry.BoundAgentId is null && Find(entry) is null)
            .Select(entry => (entry.OwnerId, Key: entry.AgentKey))
            .Distinct()
            .OrderBy(stranger => stranger.OwnerId)
            .ThenBy(stranger => stranger.Key, StringComparer.Ordinal)
            .ToList();
        foreach (var (ownerId, key) in strangers)
        {
            var agent = Agent.Reported(ownerId, key, clock.Next());
            database.Agents.Add(agent);

            // One by one: a batched insert would take the locks of the unique index in an order of its own.
            await database.SaveChangesAsync(cancellationToken);
            _agents.Add((ownerId, key), agent);
        }
    }

    private async Task LoadSessionsAsync(IReadOnlyList<StatusReportEntry> entries, CancellationToken cancellationToken)
    {
        var agentIds = _agents.Values.Select(agent => agent.Id).ToList();
        var topics = entries.Select(entry => entry.Topic).Distinct(StringComparer.Ordinal).ToList();
        var sessions = await database.Sessions
            .Where(session => agentIds.Contains(session.AgentId) && topics.Contains(session.Topic))
            .OrderBy(session => session.Id)
            .ForUpdate()
            .ToListAsync(cancellationToken);
        foreach (var session in sessions)
            _sessions.Add((session.AgentId, session.Topic), session);
    }

    private async Task LoadEventsAsync(IReadOnlyList<StatusReportEntry> entries, CancellationToken cancellationToken)
    {
        var eventIds = entries.Select(entry => entry.Content.EventId).Where(id => !string.IsNullOrEmpty(id)).Distinct(StringComparer.Ordinal).ToList();
        if (eventIds.Count == 0)
            return;

        var agentIds = _agents.Values.Select(agent => agent.Id).ToList();
        var known = await database.StatusReports
            .Where(report => agentIds.Contains(report.AgentId) && eventIds.Contains(report.EventId))
            .Select(report => new { report.AgentId, report.EventId })
            .ToListAsync(cancellationToken);
        foreach (var report in known)
            _events.Add((report.AgentId, report.EventId!));
    }

    private ReportOutcome Apply(StatusReportEntry entry, DateTimeOffset now)
    {
        if (Find(entry) is not { } agent)
            return AgentIsGone;
        if (entry.Content.EventId is { Length: > 0 } eventId && !_events.Add((agent.Id, eventId)))
            return ReportOutcome.Accepted;

        if (!_sessions.TryGetValue((agent.Id, entry.Topic), out var session))
        {
            session = Session.Open(agent.Id, entry.Topic, now);
            _sessions.Add((agent.Id, entry.Topic), session);
            database.Sessions.Add(session);
        }

        agent.Seen(entry.AgentName, entry.AgentSource);
        var (isNew, isRevived) = (session.ReportCount == 0, session.ExpiredAt is not null);
        database.StatusReports.Add(session.Record(entry.Content, now));
        agent.Activity!.Follow(session, isNew, isRevived);
        return ReportOutcome.Accepted;
    }

    /// <summary>A deployed agent's UUID wins over a text that looks the same in another letter case.</summary>
    private Agent? Find(StatusReportEntry entry)
    {
        foreach (var key in CandidateKeys(entry))
        {
            if (_agents.TryGetValue((entry.OwnerId, key), out var agent) && (agent.Kind == AgentKind.Deployed || key == entry.AgentKey))
                return agent;
        }

        return null;
    }

    private static IEnumerable<string> CandidateKeys(StatusReportEntry entry)
    {
        if (AgentLookup.AsId(entry.AgentKey) is { } id)
            yield return id.ToString();
        yield return entry.AgentKey;
    }
}
