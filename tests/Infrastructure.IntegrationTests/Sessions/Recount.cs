using Microsoft.EntityFrameworkCore;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.IntegrationTests.StatusLog;

namespace StackAgent.Infrastructure.IntegrationTests.Sessions;

/// <summary>What agents' activity should be, looked up in their sessions in the plainest way.</summary>
internal static class Recount
{
    /// <summary>Every agent's activity is what its sessions say.</summary>
    public static async Task AssertActivityAgreesAsync(this StatusLogServer server)
    {
        var sessions = (await server.SessionsAsync()).ToLookup(session => session.AgentId);
        var activities = await server.QueryAsync(database => database.AgentActivities.AsNoTracking().ToListAsync());
        Assert.Multiple(() =>
        {
            foreach (var activity in activities)
                Assert.That(Told(activity), Is.EqualTo(Counted(activity, [.. sessions[activity.AgentId]])));
        });
    }

    private static (int All, int Active, SessionState? Status, string? Message) Told(AgentActivity activity) =>
        (activity.SessionCount, activity.ActiveSessionCount, activity.LatestStatus, activity.LatestMessage);

    private static (int All, int Active, SessionState? Status, string? Message) Counted(AgentActivity activity, List<Session> sessions)
    {
        var newestFirst = sessions.OrderByDescending(session => session.LastUpdated).ToList();
        var living = newestFirst.FindAll(session => session.ExpiredAt is null);

        // The newest report is that of the session which moved last_seen: another's may bear a later time when a clock was set back.
        var newest = newestFirst.Find(session => session.LastUpdated <= activity.LastSeen);
        var shown = newest is { ExpiredAt: null } or { CurrentStatus: SessionStatus.Running } ? newest : living.FirstOrDefault();
        return (sessions.Count, living.Count, shown?.CurrentStatus.ToState(shown.ExpiredAt is not null), shown?.LastMessage);
    }
}
