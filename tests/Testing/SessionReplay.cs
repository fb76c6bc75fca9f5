using Microsoft.EntityFrameworkCore;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Testing;

/// <summary>Holds what the database says of sessions and agents against what their histories say.</summary>
public static class SessionReplay
{
    /// <summary>
    /// A line for each session that isn't what a replay of its reports gives, and each agent whose counts aren't those of its sessions; for
    /// histories in which nothing expired.
    /// </summary>
    public static async Task<IReadOnlyList<string>> FindDifferencesAsync(ApplicationDbContext database)
    {
        var differences = new List<string>();
        var sessions = await database.Sessions.AsNoTracking().ToListAsync();
        var histories = (await database.StatusReports.AsNoTracking().OrderBy(report => report.Sequence).ToListAsync()).ToLookup(report => report.SessionId);
        foreach (var session in sessions)
        {
            var replay = Session.Open(session.AgentId, session.Topic, session.Created);
            var next = 1L;
            foreach (var report in histories[session.Id])
            {
                if (report.Sequence != next++)
                    differences.Add($"{session.Topic}: report {next - 1} is missing before {report.Sequence}");
                replay.Record(new ReportContent(report.Status, report.Message), report.ReceivedAt);
            }

            if (State(session) != State(replay))
                differences.Add($"{session.Topic}: {State(session)} instead of {State(replay)}");
        }

        differences.AddRange(histories.Where(history => sessions.TrueForAll(session => session.Id != history.Key)).Select(history => $"{history.Count()} reports of no session"));
        var ofAgents = sessions.ToLookup(session => session.AgentId);
        foreach (var activity in await database.AgentActivities.AsNoTracking().ToListAsync())
        {
            var told = (activity.SessionCount, activity.ActiveSessionCount, activity.LastSeen);
            var counted = (ofAgents[activity.AgentId].Count(), ofAgents[activity.AgentId].Count(), ofAgents[activity.AgentId].Max(session => (DateTimeOffset?)session.LastUpdated));
            if (told != counted)
                differences.Add($"agent {activity.AgentId}: {told} instead of {counted}");
        }

        return differences;
    }

    private static string State(Session session) =>
        $"{session.ReportCount} reports, {session.CurrentStatus} '{session.LastMessage}' {session.LastUpdated:O}, run {session.StartedAt:O}…{session.EndedAt:O}, TTL {session.TtlMinutes}";
}
