using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.StatusReports;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class SessionQueryTests(DatabaseProvider provider)
{
    private const string OddAgent = "实现 /api/agents/{agent_id}/status 端点";
    private static readonly string[] OddTopics = ["a/b", "a%2Fb", "100%"];

    private readonly ManualTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private ReportsServer _server = null!;
    private HttpClient _client = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await ReportsServer.StartAsync(provider, clock: _clock);

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [SetUp]
    public async Task LogInAsync() => (_, _client) = await _server.LogInAsync();

    [TearDown]
    public void LogOut() => _client.Dispose();

    [Test]
    public async Task GetSession_WhenAgentAndTopicsHoldAnyCharacter_FindsEachItsOwn()
    {
        foreach (var topic in OddTopics)
            await ReportAsync(OddAgent, topic, message: topic);

        foreach (var topic in OddTopics)
        {
            var session = await GetAsync($"/api/agents/{Escape(OddAgent)}/sessions/{Escape(topic)}");
            Assert.That(session.GetProperty("session").GetProperty("session_topic").GetString(), Is.EqualTo(topic));
            Assert.That(session.GetProperty("session").GetProperty("agent_id").GetString(), Is.EqualTo(OddAgent));
            Assert.That(session.GetProperty("status_history").EnumerateArray().Single().GetProperty("message").GetString(), Is.EqualTo(topic));
        }

        Assert.That((await GetAsync($"/api/agents/{Escape(OddAgent)}/sessions")).GetProperty("total").GetInt32(), Is.EqualTo(3));
        Assert.That((await GetAsync($"/api/agents/{Escape(OddAgent)}/status")).GetProperty("message").GetString(), Is.EqualTo("100%"));
    }

    [TestCase("v1.2")]
    [TestCase("...")]
    [TestCase("..%")]
    [TestCase("%2E%2E")]
    [TestCase("../../etc/passwd")]
    [TestCase("a?b#c&d=e;f,g:h@i+j")]
    [TestCase("a\\b\"c'd<e>")]
    [TestCase("line\nbreak\ttab")]
    [TestCase(" leading and trailing ")]
    [TestCase("sessions")]
    [TestCase("{agent_id}")]
    [TestCase("𝒜 👩‍👩‍👧 é é")]
    public async Task GetSession_WhateverTheText_FindsIt(string text)
    {
        await ReportAsync(text, text);

        var session = await GetAsync($"/api/agents/{Escape(text)}/sessions/{Escape(text)}");
        Assert.That(session.GetProperty("session").GetProperty("session_topic").GetString(), Is.EqualTo(text));
        Assert.That(session.GetProperty("session").GetProperty("agent_id").GetString(), Is.EqualTo(text));
    }

    [TestCase("/api/agents/a/b/sessions/t")]
    [TestCase("/api/agents/a/sessions/b/t")]
    public async Task GetSession_WhenASlashIsNotEncoded_Is404(string path)
    {
        await ReportAsync("a/b", "b/t");

        using var response = await _client.GetAsync(path);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task GetSession_WhenTheTargetIsInAbsoluteForm_FindsIt()
    {
        await ReportAsync("absolute", "100%2F");
        var authorization = _client.DefaultRequestHeaders.Authorization!;

        using var connection = new TcpClient();
        await connection.ConnectAsync(_server.Address.Host, _server.Address.Port);
        await using var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {_server.Address}api/agents/absolute/sessions/100%252F?limit=1 HTTP/1.1\r\nHost: {_server.Address.Authority}\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream);

        Assert.That(await reader.ReadLineAsync(), Does.Contain(" 200 "));
    }

    [Test]
    public async Task GetSession_ByItsUuidAndWithATopicThatLooksLikeOne_FindsTheTopicFirst()
    {
        await ReportAsync("agent", "topic");
        var id = (await GetAsync("/api/agents/agent/sessions/topic")).GetProperty("session").GetProperty("id").GetString()!;

        Assert.That(await TopicAsync(id.ToUpperInvariant()), Is.EqualTo("topic"));
        await ReportAsync("agent", id);
        Assert.That(await TopicAsync(id), Is.EqualTo(id));

        async Task<string?> TopicAsync(string path) =>
            (await GetAsync($"/api/agents/agent/sessions/{path}")).GetProperty("session").GetProperty("session_topic").GetString();
    }

    [Test]
    public async Task GetSession_ByCursor_ReadsTheWholeHistoryOnceThoughReportsKeepComing()
    {
        for (var i = 1; i <= 25; i++)
            await ReportAsync("agent", "long", message: Number(i));

        var read = await ReadPagesAsync("/api/agents/agent/sessions/long?limit=10", "status_history", meanwhile: () => ReportAsync("agent", "long", message: "late"));

        Assert.That(read, Is.EqualTo(Enumerable.Range(1, 25).Reverse().Select(Number)));
    }

    [Test]
    public async Task GetStatus_ByCursor_ReadsAllSessionsReportsNewestFirstAndAlwaysTellsTheLatest()
    {
        for (var i = 1; i <= 25; i++)
            await ReportAsync("agent", $"topic {i % 3}", message: Number(i));

        var read = await ReadPagesAsync("/api/agents/agent/status?limit=10", "history", meanwhile: () => ReportAsync("agent", "other", message: "late"));
        var older = await GetAsync($"/api/agents/agent/status?limit=1&cursor={(await GetAsync("/api/agents/agent/status?limit=5")).GetProperty("next_cursor").GetString()}");

        Assert.That(read, Is.EqualTo(Enumerable.Range(1, 25).Reverse().Select(Number)));
        Assert.That(older.GetProperty("message").GetString(), Is.EqualTo("late"));
        Assert.That(older.GetProperty("history")[0].GetProperty("message").GetString(), Is.Not.EqualTo("late"));
    }

    [TestCase("/api/agents/agent/status?cursor=nonsense", 422, "cursor")]
    [TestCase("/api/agents/agent/status?cursor=AAAAAAAAAAE", 422, "cursor")]
    [TestCase("/api/agents/agent/sessions/topic?cursor=%00", 422, "cursor")]
    [TestCase("/api/agents/agent/sessions/topic?limit=0", 422, "limit")]
    [TestCase("/api/agents/agent/sessions/topic?limit=1001", 422, "limit")]
    [TestCase("/api/agents/agent/sessions?limit=1001", 422, "limit")]
    [TestCase("/api/agents/agent/sessions?page=0", 422, "page")]
    [TestCase("/api/agents/agent/sessions?page=x", 400, "page")]
    [TestCase("/api/agents/agent/sessions?expired=maybe", 400, "expired")]
    public async Task Get_WhenAParameterIsBad_NamesIt(string path, int status, string field)
    {
        await ReportAsync("agent", "topic");

        using var response = await _client.GetAsync(path);
        var problem = await ReportsServer.ReadAsync(response);
        Assert.That((int)response.StatusCode, Is.EqualTo(status));
        Assert.That(problem.GetProperty("errors").TryGetProperty(field, out _), Is.True, problem.GetRawText());
    }

    [Test]
    public async Task ListSessions_WhenSomeExpired_HidesThemOnRequestAndTheNextReportBringsThemBack()
    {
        await ReportAsync("agent", "short", ttl: 1);
        await ReportAsync("agent", "long", ttl: 60);
        _clock.Advance(TimeSpan.FromMinutes(2));

        var all = await GetAsync("/api/agents/agent/sessions");
        var living = await GetAsync("/api/agents/agent/sessions?expired=false");
        var expired = all.GetProperty("sessions")[1];
        await ReportAsync("agent", "short");
        var revived = await GetAsync("/api/agents/agent/sessions?expired=false");

        Assert.That(Topics(all), Is.EqualTo(["long", "short"]));
        Assert.That(Topics(living), Is.EqualTo(["long"]));
        Assert.That(expired.GetProperty("expired").GetBoolean(), Is.True);
        Assert.That(expired.GetProperty("expired_at").GetString(), Is.EqualTo(expired.GetProperty("expires_at").GetString()));
        Assert.That(Topics(revived), Is.EqualTo(["short", "long"]));
    }

    [Test]
    public async Task ListSessions_WhenPaged_CountsAllAndAnEmptyPageKeepsTheTotal()
    {
        for (var i = 0; i < 5; i++)
            await ReportAsync("agent", $"topic {i}");

        var second = await GetAsync("/api/agents/agent/sessions?page=2&limit=2");
        var beyond = await GetAsync("/api/agents/agent/sessions?page=2147483647&limit=1000");

        Assert.That(Topics(second), Is.EqualTo(["topic 2", "topic 1"]));
        Assert.That(
            (second.GetProperty("total").GetInt32(), second.GetProperty("page").GetInt32(), second.GetProperty("limit").GetInt32(), second.GetProperty("pages").GetInt32()),
            Is.EqualTo((5, 2, 2, 3)));
        Assert.That(beyond.GetProperty("total").GetInt32(), Is.EqualTo(5));
        Assert.That(Topics(beyond), Is.Empty);
    }

    [Test]
    public async Task Session_AfterASecondRun_TellsThatRunsDuration()
    {
        await ReportAsync("agent", "run", "running");
        _clock.Advance(TimeSpan.FromMinutes(1));
        await ReportAsync("agent", "run", "success");
        _clock.Advance(TimeSpan.FromMinutes(5));
        await ReportAsync("agent", "run", "running");
        _clock.Advance(TimeSpan.FromSeconds(90));
        await ReportAsync("agent", "run", "failed");

        var session = (await GetAsync("/api/agents/agent/sessions/run")).GetProperty("session");
        Assert.That(session.GetProperty("duration_seconds").GetDouble(), Is.EqualTo(90).Within(0.001));
        Assert.That(session.GetProperty("current_status").GetString(), Is.EqualTo("failed"));
        Assert.That(session.GetProperty("report_count").GetInt32(), Is.EqualTo(4));
    }

    [TestCase("sessions")]
    [TestCase("sessions/topic")]
    [TestCase("status")]
    public async Task Get_SomebodyElsesOrNothing_Is404AndWithoutCredentials401(string what)
    {
        await ReportAsync("mine", "topic");
        var (_, stranger) = await _server.LogInAsync();
        using var _ = stranger;
        using var nobody = _server.Client();

        Assert.That(await StatusAsync(_client, "mine"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await StatusAsync(stranger, "mine"), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await StatusAsync(_client, "nothing"), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await StatusAsync(nobody, "mine"), Is.EqualTo(HttpStatusCode.Unauthorized));

        async Task<HttpStatusCode> StatusAsync(HttpClient client, string agent)
        {
            using var response = await client.GetAsync($"/api/agents/{agent}/{what}");
            return response.StatusCode;
        }
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<string?> Topics(JsonElement list) =>
        list.GetProperty("sessions").EnumerateArray().Select(session => session.GetProperty("session_topic").GetString());

    private async Task<List<string?>> ReadPagesAsync(string path, string property, Func<Task> meanwhile)
    {
        var read = new List<string?>();
        for (string? cursor = null; ;)
        {
            var page = await GetAsync(cursor is null ? path : $"{path}&cursor={cursor}");
            read.AddRange(page.GetProperty(property).EnumerateArray().Select(report => report.GetProperty("message").GetString()));
            if ((cursor = page.GetProperty("next_cursor").GetString()) is null)
                return read;
            await meanwhile();
        }
    }

    private async Task ReportAsync(string agent, string topic, string status = "running", string? message = null, int ttl = 0)
    {
        using var response = await _client.PostAsJsonAsync(
            "/webhook/status", new { agent_id = agent, session_topic = topic, status, message, ttl_minutes = ttl });
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var response = await _client.GetAsync(path);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), path);
        return await ReportsServer.ReadAsync(response);
    }
}
