using System.Globalization;
using StackAgent.Application.Events;

namespace StackAgent.WebApi.FunctionalTests.Events;

/// <summary>Events that nothing caused, for tests that only need some.</summary>
internal static class EventRows
{
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
            Data = $$"""{"text":"{{text}}"}""",
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

    public static string Text(this Testing.SseBlock block) => block.Payload.GetProperty("text").GetString() ?? "";
}
