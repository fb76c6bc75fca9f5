using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.StatusLog;

namespace StackAgent.WebApi.FunctionalTests.StatusReports;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class StatusReportTests(DatabaseProvider provider)
{
    private ReportsServer _server = null!;
    private Guid _owner;
    private HttpClient _client = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await ReportsServer.StartAsync(provider);

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [SetUp]
    public async Task LogInAsync() => (_owner, _client) = await _server.LogInAsync();

    [TearDown]
    public void LogOut() => _client.Dispose();

    [Test]
    public async Task Report_WhenAllFieldsAreGiven_IsAcknowledgedAndReadBackAsItWasSent()
    {
        var (status, answer) = await PostAsync("""
            {"agent_id":"实现 agent","agent_name":"Name","agent_source":"laptop","session_topic":"topic 🚀","status":"waiting_for_input",
             "timestamp":"2026-01-02T03:04:05.123456789+01:00","message":"a message","content":"a\ncontent","ttl_minutes":5,"event_id":"e1",
             "unknown":{"deep":[1,{"deeper":null}]}}
            """);
        var session = await GetAsync($"/api/agents/{Escape("实现 agent")}/sessions/{Escape("topic 🚀")}");

        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.GetRawText(), Is.EqualTo("""{"success":true,"message":"Status reported successfully"}"""));
        var report = session.GetProperty("status_history")[0];
        Assert.Multiple(() =>
        {
            Assert.That(report.GetProperty("agent_id").GetString(), Is.EqualTo("实现 agent"));
            Assert.That(report.GetProperty("session_topic").GetString(), Is.EqualTo("topic 🚀"));
            Assert.That(report.GetProperty("status").GetString(), Is.EqualTo("waiting_for_input"));
            Assert.That(report.GetProperty("reported_at").GetString(), Is.EqualTo("2026-01-02T02:04:05.123456Z"));
            Assert.That(report.GetProperty("timestamp").GetDateTimeOffset(), Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
            Assert.That(report.GetProperty("message").GetString(), Is.EqualTo("a message"));
            Assert.That(report.GetProperty("content").GetString(), Is.EqualTo("a\ncontent"));
            Assert.That(session.GetProperty("next_cursor").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(session.GetProperty("session").GetProperty("ttl_minutes").GetInt32(), Is.EqualTo(5));
            Assert.That(session.GetProperty("session").GetProperty("expired").GetBoolean(), Is.False);
            Assert.That(session.GetProperty("session").TryGetProperty("expired_at", out _), Is.False);
            Assert.That(session.GetProperty("session").TryGetProperty("started_at", out _), Is.False);
        });
    }

    [Test]
    public async Task Report_WhenItsAgentWasRenamedMeanwhile_OverwritesTheNameAgain()
    {
        const string Report = """{"agent_id":"renamed","agent_name":"Reported","session_topic":"topic","status":"running"}""";
        await PostAsync(Report);
        await PostAsync(Report);
        using var rename = await _client.PutAsJsonAsync("/api/agents/renamed", new { name = "Given by hand" });
        var between = await GetAsync("/api/agents/renamed");

        await PostAsync(Report);

        Assert.That(between.GetProperty("name").GetString(), Is.EqualTo("Given by hand"));
        Assert.That((await GetAsync("/api/agents/renamed")).GetProperty("name").GetString(), Is.EqualTo("Reported"));
    }

    [Test]
    public async Task Report_WhenTextsAreAsLongAsAllowedInCodePoints_IsAccepted()
    {
        static string Long(int codePoints) => string.Concat(Enumerable.Repeat("🚀", codePoints));
        var report = new
        {
            agent_id = Long(100),
            session_topic = Long(500),
            status = "running",
            message = Long(1000),
            content = Long(10_000),
            event_id = Long(100),
            agent_name = Long(200),
            agent_source = Long(200),
        };
        using var response = await _client.PostAsJsonAsync("/webhook/status", report);
        var session = await GetAsync($"/api/agents/{Escape(report.agent_id)}/sessions/{Escape(report.session_topic)}");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(session.GetProperty("session").GetProperty("session_topic").GetString(), Is.EqualTo(report.session_topic));
    }

    [TestCase("", 400, "body")]
    [TestCase("not json", 400, "body")]
    [TestCase("""{"agent_id":"a",""", 400, "body")]
    [TestCase("""{"agent_id":"a"} trailing""", 400, "body")]
    [TestCase("null", 400, "body")]
    [TestCase("5", 400, "body")]
    [TestCase("""[{"agent_id":"a"}""", 400, "body")]
    [TestCase("""{"agent_id":5,"session_topic":"t","status":"running"}""", 400, "agent_id")]
    [TestCase("""{"agent_id":"a","session_topic":"t","status":"running","ttl_minutes":"5"}""", 400, "ttl_minutes")]
    [TestCase("""{"agent_id":"a","session_topic":"t","status":"running","message":{}}""", 400, "message")]
    [TestCase("""{"agent_id":"a","session_topic":"t","status":"running","message":"\ud800"}""", 400, "message")]
    [TestCase("""{"session_topic":"t","status":"running"}""", 422, "agent_id")]
    [TestCase("""{"agent_id":" ","session_topic":"t","status":"running"}""", 422, "agent_id")]
    [TestCase("""{"agent_id":"a","status":"running"}""", 422, "session_topic")]
    [TestCase("""{"agent_id":"a","session_topic":"t"}""", 422, "status")]
    [TestCase("""{"agent_id":"a","session_topic":"t","status":"Running"}""", 422, "status")]
    [TestCase("""{"agent_id":"a","session_topic":"t","status":"running","ttl_minutes":1441}""", 422, "ttl_minutes")]
    [TestCase("""{"agent_id":"a","session_topic":"t","status":"running","ttl_minutes":-1}""", 422, "ttl_minutes")]
    [TestCase("""{"agent_id":"a","session_topic":"t","status":"running","timestamp":"yesterday"}""", 422, "timestamp")]
    [TestCase("""{"agent_id":"a","session_topic":"t","status":"running","timestamp":"2026-01-01T00:00:00"}""", 422, "timestamp")]
    [TestCase("""{"agent_id":"a","session_topic":"t","status":"running","message":"\u0000"}""", 422, "message")]
    [TestCase("[]", 422, "reports")]
    public async Task Report_WhenTheBodyIsBad_SaysWhichFieldAndStoresNothing(string body, int expected, string field)
    {
        var (status, problem) = await PostAsync(body);

        Assert.That((int)status, Is.EqualTo(expected));
        Assert.That(problem.GetProperty("errors").TryGetProperty(field, out _), Is.True, problem.GetRawText());
        using var agents = await _client.GetAsync("/api/agents/a/sessions");
        Assert.That(agents.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Report_WhenTextsAreTooLong_NamesEachField()
    {
        var (status, problem) = await PostAsync(JsonSerializer.Serialize(new
        {
            agent_id = new string('a', 101),
            session_topic = new string('a', 501),
            status = "running",
            message = new string('a', 1001),
            content = new string('a', 10_001),
            event_id = new string('a', 101),
            agent_name = new string('a', 201),
            agent_source = new string('a', 201),
        }));

        Assert.That((int)status, Is.EqualTo(422));
        Assert.That(
            problem.GetProperty("errors").EnumerateObject().Select(field => field.Name),
            Is.EquivalentTo(["agent_id", "session_topic", "message", "content", "event_id", "agent_name", "agent_source"]));
    }

    [Test]
    public async Task Report_WhenNestedTooDeep_IsRefusedCheaply()
    {
        var (status, _) = await PostAsync($$"""{"x":{{new string('[', 500_000)}}""");

        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [TestCase(false, (1 << 20) + 1, 413)]
    [TestCase(true, (1 << 20) + 1, 200)]
    [TestCase(true, (16 << 20) + 1, 413)]
    public async Task Report_WhenTheBodyIsLarge_TakesAnArrayUpToItsOwnLimit(bool isArray, int size, int expected)
    {
        const string Report = """{"agent_id":"large","session_topic":"t","status":"running"}""";
        var body = (isArray ? $"[{Report}]" : Report).PadLeft(size);
        var (status, _) = await PostAsync(body);

        Assert.That((int)status, Is.EqualTo(expected));
    }

    [Test]
    public async Task ReportArray_WhenSomeAreBad_AcceptsTheOthersAndTellsWhich()
    {
        var (status, answer) = await PostAsync("""
            [{"agent_id":"mixed","session_topic":"t","status":"running"},
             {"agent_id":"mixed","session_topic":"t","status":"no such"},
             {"agent_id":"mixed","session_topic":7,"status":"running"},
             null,
             {"agent_id":"mixed","session_topic":"t","status":"success"}]
            """);
        var session = await GetAsync("/api/agents/mixed/sessions/t");

        Assert.That((int)status, Is.EqualTo(207));
        Assert.That(
            answer.GetProperty("results").EnumerateArray().Select(result =>
                (result.GetProperty("index").GetInt32(), result.GetProperty("status").GetInt32(), result.TryGetProperty("error", out _))),
            Is.EqualTo([(0, 200, false), (1, 422, true), (2, 400, true), (3, 400, true), (4, 200, false)]));
        Assert.That(session.GetProperty("session").GetProperty("report_count").GetInt32(), Is.EqualTo(2));
        Assert.That(session.GetProperty("session").GetProperty("current_status").GetString(), Is.EqualTo("success"));
    }

    [TestCase(1000, 200)]
    [TestCase(1001, 422)]
    public async Task ReportArray_WhenFull_IsTaken(int count, int expected)
    {
        var report = """{"agent_id":"many","session_topic":"t","status":"running"}""";
        var (status, _) = await PostAsync($"[{string.Join(',', Enumerable.Repeat(report, count))}]");

        Assert.That((int)status, Is.EqualTo(expected));
    }

    [Test]
    public async Task Report_WhenTheEventIdRepeats_IsAcknowledgedAndStoredOnce()
    {
        for (var i = 0; i < 3; i++)
            Assert.That((await PostAsync("""{"agent_id":"e","session_topic":"t","status":"running","event_id":"1"}""")).Status, Is.EqualTo(HttpStatusCode.OK));

        var session = await GetAsync("/api/agents/e/sessions/t");
        Assert.That(session.GetProperty("session").GetProperty("report_count").GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public async Task Report_WithoutCredentialsOrWithBadOnes_Is401()
    {
        using var nobody = _server.Client();
        using var impostor = _server.Client("nonsense");
        foreach (var client in new[] { nobody, impostor })
        {
            using var response = await client.PostAsJsonAsync("/webhook/status", new { agent_id = "a", session_topic = "t", status = "running" });
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(response.Headers.WwwAuthenticate, Is.Not.Empty);
        }
    }

    [Test]
    public async Task Report_WithAnAgentsOwnKey_IsForThatAgentAlone()
    {
        var (agent, key) = await _server.DeployAsync(_owner);
        using var client = _server.Client(key);

        using var own = await client.PostAsJsonAsync("/webhook/status", new { agent_id = agent.ToString().ToUpperInvariant(), session_topic = "t", status = "running" });
        using var other = await client.PostAsJsonAsync("/webhook/status", new { agent_id = "other", session_topic = "t", status = "running" });
        using var both = await client.PostAsJsonAsync("/webhook/status", new[]
        {
            new { agent_id = agent.ToString(), session_topic = "t", status = "success" },
            new { agent_id = "other", session_topic = "t", status = "running" },
        });
        var status = await GetAsync($"/api/agents/{agent}/status");

        Assert.That(own.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((int)both.StatusCode, Is.EqualTo(207));
        Assert.That((await ReportsServer.ReadAsync(both)).GetProperty("results")[1].GetProperty("status").GetInt32(), Is.EqualTo(403));
        Assert.That(status.GetProperty("history").GetArrayLength(), Is.EqualTo(2));
        Assert.That(status.GetProperty("agent_id").GetString(), Is.EqualTo(agent.ToString()));
    }

    [Test]
    public async Task Report_WhenNoRoomIsLeft_Is503WithRetryAfter()
    {
        await using var server = await ReportsServer.StartAsync(provider, log: new StatusLogOptions { Capacity = 0 });
        var (_, client) = await server.LogInAsync();
        using (client)
        {
            using var response = await client.PostAsJsonAsync("/webhook/status", new { agent_id = "a", session_topic = "t", status = "running" });
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(response.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
        }
    }

    [Test]
    public async Task Report_WithoutCredentialsWhereAnOwnerIsNamed_BelongsToTheOwner()
    {
        await using var server = await ReportsServer.StartAsync(provider, anonymousOwner: "Owner@Example.com");
        var report = new { agent_id = "a", session_topic = "t", status = "running" };
        using var anonymous = server.Client();
        using var early = await anonymous.PostAsJsonAsync("/webhook/status", report);
        var (_, owner) = await server.LogInAsync("owner@example.com");
        using var accepted = await anonymous.PostAsJsonAsync("/webhook/status", report);
        using var seen = await owner.GetAsync("/api/agents/a/sessions/t");
        using var read = await anonymous.GetAsync("/api/agents/a/sessions/t");
        using var impostor = server.Client("sak_wrong");
        using var refused = await impostor.PostAsJsonAsync("/webhook/status", report);
        owner.Dispose();

        Assert.Multiple(() =>
        {
            Assert.That(early.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(accepted.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(seen.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(read.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        });
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = await _client.PostAsync("/webhook/status", content);
        return (response.StatusCode, await ReportsServer.ReadAsync(response));
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var response = await _client.GetAsync(path);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), path);
        return await ReportsServer.ReadAsync(response);
    }
}
