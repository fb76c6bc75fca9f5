using System.Globalization;
using System.Text.Json;
using StackAgent.Application.Events;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.WebApi.Json;

namespace StackAgent.WebApi.FunctionalTests.Events;

/// <summary>Events that nothing caused, for tests that only need some.</summary>
internal static class EventRows
{
    private static readonly JsonSerializerOptions Wire = JsonDefaults.Create();

    /// <summary>An event whose agent or stack has the text for its name.</summary>
    public static EventRecord Of(
        Guid owner,
        string text,
        string type = EventTypes.AgentUpdated,
        Guid? stackId = null,
        string? agentKey = null,
        Guid? agentId = null,
        DateTimeOffset? at = null) => new()
        {
            OwnerId = owner,
            Type = type,
            At = at ?? new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            StackId = stackId,
            AgentId = agentId,
            AgentKey = agentKey,
            Data = JsonSerializer.Serialize(DataOf(type, text), Wire),
        };

    public static IEnumerable<EventRecord> Numbered(Guid owner, int first, int count) =>
        Enumerable.Range(first, count).Select(number => Of(owner, number.ToString(CultureInfo.InvariantCulture)));

    /// <summary>As a use case appends them: in one transaction, as its last act.</summary>
    public static Task AppendAsync(this ProductServer server, params IEnumerable<EventRecord> rows) =>
        server.WithDatabaseAsync(db => db.InTransactionAsync(
            token =>
            {
                db.Events.AddRange(rows);
                return db.SaveChangesAsync(token);
            },
            CancellationToken.None));

    /// <summary>What <see cref="Of"/> was given.</summary>
    public static string Text(this Testing.SseBlock block) =>
        block.Payload.GetProperty(block.Payload.TryGetProperty("agent", out _) ? "agent" : "stack").GetProperty("name").GetString() ?? "";

    private static object DataOf(string type, string name)
    {
        var agent = new EventAgent(Guid.Empty, "agent", name, AgentKind.Reported, StackId: null);
        return type switch
        {
            EventTypes.AgentUpdated => new AgentUpdatedEvent(agent, Description: null),
            EventTypes.AgentDeleted => new AgentEvent(agent),
            EventTypes.StackUpdated => new StackUpdatedEvent(new EventStack(Guid.Empty, name), Description: null),
            EventTypes.SessionExpired => new SessionExpiredEvent(
                agent, new EventSession(Guid.Empty, "topic"), SessionStatus.Running, SessionState.Expired, DateTimeOffset.UnixEpoch),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No test has needed one yet."),
        };
    }
}
