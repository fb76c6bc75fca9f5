using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace StackAgent.Bench.Status;

/// <summary>Agents that report about several sessions each, every agent with an API key of its own.</summary>
internal sealed class Reporters
{
    public const int Agents = 200;
    public const int Sessions = 5;
    public const string Path = "/webhook/status";

    /// <summary>Of one report's JSON, in bytes.</summary>
    public const int BodySize = 560;

    private static readonly string[] Words = ["success", "waiting_for_input", "failed", "pending"];

    private readonly string[] _keys;

    private Reporters(string[] keys) => _keys = keys;

    /// <summary>How many of the reports change their session's status.</summary>
    public const double ChangesPerReport = 2.0 / WrkRequests.OtherEvery;

    /// <summary>What one in <see cref="WrkRequests.OtherEvery"/> reports says changes the session's status, and so does the one that takes it back.</summary>
    public static string Mix => $"one report in {WrkRequests.OtherEvery / 2} changes its session's status";

    public static string Agent(int agent) => $"agent-{agent:D4}";

    public static string Topic(int session) => $"session-{session}";

    /// <summary>Makes the keys, for the account that the client is signed in with.</summary>
    public static async Task<Reporters> CreateAsync(HttpClient client)
    {
        var keys = new string[Agents];
        for (var i = 0; i < Agents; i++)
        {
            using var answer = await client.PostAsJsonAsync("api/apikeys", new { name = Agent(i), scopes = new[] { "report" } });
            answer.EnsureSuccessStatusCode();
            keys[i] = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("key").GetString()!;
        }

        return new Reporters(keys);
    }

    public string Key(int agent) => _keys[agent];

    /// <summary>A report a request, on all sessions in turn.</summary>
    public IReadOnlyCollection<WrkRequest> Singles() =>
    [
        .. from session in Enumerable.Range(0, Sessions)
           from agent in Enumerable.Range(0, Agents)
           select new WrkRequest(
               "POST", Path, _keys[agent],
               Report(Agent(agent), Topic(session), "running"),
               Report(Agent(agent), Topic(session), Words[agent % Words.Length])),
    ];

    /// <summary>Reports of one agent in an array, on its sessions in turn.</summary>
    public IReadOnlyCollection<WrkRequest> Arrays(int size) =>
    [
        .. from agent in Enumerable.Range(0, Agents)
           select new WrkRequest(
               "POST", Path, _keys[agent],
               Array(Enumerable.Range(0, size).Select(i => Report(
                   Agent(agent), Topic(i % Sessions), (i / Sessions + i % Sessions) % WrkRequests.OtherEvery == 0 ? Words[agent % Words.Length] : "running")))),
    ];

    public static string Array(IEnumerable<string> reports) => $"[{string.Join(',', reports)}]";

    /// <summary>One report's JSON, <see cref="BodySize"/> bytes of it.</summary>
    /// <param name="agent">Its <c>agent_id</c>.</param>
    /// <param name="topic">Which session.</param>
    /// <param name="status">One of the wire's words.</param>
    /// <param name="ttlMinutes">0: the session's own.</param>
    public static string Report(string agent, string topic, string status, int ttlMinutes = 0)
    {
        var fields = $$"""
            {"agent_id":"{{agent}}","agent_name":"Invoice reader {{agent}}","agent_source":"bench","session_topic":"{{topic}}","status":"{{status}}","timestamp":"2026-01-02T03:04:05.678Z","ttl_minutes":{{ttlMinutes}},"message":"Reading page 17 of 40 of the invoices of March.","content":"
            """;
        var text = new StringBuilder(fields);
        for (var i = 0; text.Length < BodySize - 2; i++)
            text.Append("Step ").Append(i).Append(": read, compared and filed. ");
        text.Length = BodySize - 2;
        return text.Append("\"}").ToString();
    }
}
