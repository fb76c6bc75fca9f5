using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using StackAgent.Application.Events;

namespace StackAgent.Infrastructure.Notifications.FanOut;

/// <summary>
/// The part of a notification's data that says how many failures alike it stands for:
/// <c>"repeated": {count, first_at, last_at, session_ids}</c>, at most <see cref="MaxSessions"/> of the sessions.
/// </summary>
internal static class RepeatedFailures
{
    public const int MaxSessions = 100;

    private const string Name = "repeated";
    private const string Count = "count";
    private const string FirstAt = "first_at";
    private const string LastAt = "last_at";
    private const string SessionIds = "session_ids";

    // As the event's own data is written.
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The data with one failure more.</summary>
    public static string Add(string data, EventRecord failure)
    {
        var root = JsonNode.Parse(data)!.AsObject();
        var at = failure.At.UtcDateTime;
        if (root[Name] is not JsonObject repeated)
            root[Name] = repeated = new JsonObject { [Count] = 0, [FirstAt] = at, [LastAt] = at, [SessionIds] = new JsonArray() };

        repeated[Count] = repeated[Count]!.GetValue<int>() + 1;
        repeated[LastAt] = at;
        var sessions = repeated[SessionIds]!.AsArray();
        if (failure.SessionId is { } session && sessions.Count < MaxSessions && !Includes(sessions, session))
            sessions.Add(session);
        return root.ToJsonString(Relaxed);
    }

    /// <summary>Whether a failure of the session is among them; also true when there are too many to know.</summary>
    public static bool MayInclude(string data, Guid session)
    {
        var sessions = JsonNode.Parse(data)![Name]![SessionIds]!.AsArray();
        return sessions.Count == MaxSessions || Includes(sessions, session);
    }

    private static bool Includes(JsonArray sessions, Guid session) => sessions.Any(known => known!.GetValue<Guid>() == session);
}
