using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Sessions;
using StackAgent.Domain.Agents;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>
/// The agents and sessions that the writer met lately, as they are in the database unless somebody else has changed them since; the
/// version of an agent's activity tells. Bounded: when it is full it begins anew.
/// </summary>
internal sealed class StatusBook
{
    /// <summary>A session is some 500 bytes, and 2 KB more with a long message.</summary>
    private const int MaxSessions = 20_000;

    private readonly Dictionary<(Guid OwnerId, string Key), TrackedAgent> _agents = [];
    private int _sessions;

    /// <summary>The agent that a report is about; null when it isn't here. A deployed agent's UUID wins over a text that looks the same in another letter case.</summary>
    public TrackedAgent? Find(StatusReportEntry entry) => Find(entry.OwnerId, entry.AgentKey);

    public TrackedAgent? Find(Guid ownerId, string key)
    {
        if (_agents.TryGetValue((ownerId, key), out var exact) && exact.Kind == AgentKind.Deployed)
            return exact;

        return AgentLookup.AsId(key) is { } id
            && _agents.TryGetValue((ownerId, id.ToString()), out var deployed)
            && deployed.Kind == AgentKind.Deployed
                ? deployed
                : exact;
    }

    /// <summary>Whether the agents and sessions of all the reports are here.</summary>
    public bool Covers(IReadOnlyList<StatusReportEntry> entries)
    {
        for (var i = 0; i < entries.Count; i++)
        {
            if (Find(entries[i]) is not { } agent || !agent.Sessions.ContainsKey(entries[i].Topic))
                return false;
        }

        return true;
    }

    public void Add(TrackedAgent agent) => _agents[(agent.OwnerId, agent.Key)] = agent;

    /// <summary>Takes an agent as it has just been read. What is known of it and its sessions stays if nobody has changed them since.</summary>
    public TrackedAgent Refresh(TrackedAgent read)
    {
        if (_agents.TryGetValue((read.OwnerId, read.Key), out var known) && known.Id == read.Id && known.Activity.Version == read.Activity.Version)
        {
            known.Names = read.Names;
            return known;
        }

        Add(read);
        return read;
    }

    /// <summary>The database has no agent of that key.</summary>
    public void Remove(Guid ownerId, string key) => _agents.Remove((ownerId, key));

    public void Add(TrackedSession session)
    {
        session.Agent.Sessions[session.Session.Topic] = session;
        _sessions++;
    }

    /// <summary>Keeps what is here within its bound. Between batches only: a batch relies on what it has found.</summary>
    public void Trim()
    {
        if (_sessions > MaxSessions)
            Clear();
    }

    public void Clear()
    {
        _agents.Clear();
        _sessions = 0;
    }
}
