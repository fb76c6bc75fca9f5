using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.StatusReports;

/// <summary>What becomes of sessions beside their reports: silence, removal, statistics.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class SessionUpkeepTests(DatabaseProvider provider)
{
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
    public async Task Agent_WhenItFellSilentWhileRunning_IsListedAsExpiredUntilItReports()
    {
        await ReportAsync("silent", "topic", "running", ttl: 1);
        await ReportAsync("waiting", "topic", "waiting_for_input", ttl: 1);
        await ReportAsync("loud", "topic", "running", ttl: 60);
        _clock.Advance(TimeSpan.FromMinutes(2));

        // At once where a session is looked at, within a second where agents are.
        var session = (await GetAsync("/api/agents/silent/sessions/topic")).GetProperty("session");
        Assert.That(session.GetProperty("current_status").GetString(), Is.EqualTo("expired"));
        await Eventually.TrueAsync(
            async () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return (await ExpiredAsync()).SequenceEqual(["silent"]);
            },
            "the silent agent to be listed as expired");
        Assert.That((await GetAsync("/api/agents/waiting")).TryGetProperty("latest_status", out _), Is.False, "it wasn't running, and nothing of it lives");

        await ReportAsync("silent", "topic", "success");
        Assert.That(await ExpiredAsync(), Is.Empty);
        Assert.That((await GetAsync("/api/agents/silent")).GetProperty("latest_status").GetString(), Is.EqualTo("success"));

        async Task<IEnumerable<string?>> ExpiredAsync() =>
            (await GetAsync("/api/agents?status=expired")).GetProperty("agents").EnumerateArray().Select(agent => agent.GetProperty("agent_id").GetString());
    }

    [Test]
    public async Task DeleteSession_ByTopicOrUuid_TakesItsHistoryAtOnceAndALaterReportOpensANewOne()
    {
        await ReportAsync("agent", "a/b", "running");
        await ReportAsync("agent", "stays", "failed");
        await ReportAsync("agent", "gone", "running");
        var old = (await GetAsync("/api/agents/agent/sessions/a%2Fb")).GetProperty("session").GetProperty("id").GetString()!;

        Assert.That(await DeleteAsync($"/api/agents/agent/sessions/{old.ToUpperInvariant()}"), Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await DeleteAsync("/api/agents/agent/sessions/gone"), Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await DeleteAsync("/api/agents/agent/sessions/gone"), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await DeleteAsync("/api/agents/nobody/sessions/stays"), Is.EqualTo(HttpStatusCode.NotFound));

        var status = await GetAsync("/api/agents/agent/status");
        Assert.That(status.GetProperty("status").GetString(), Is.EqualTo("failed"));
        Assert.That(status.GetProperty("history").GetArrayLength(), Is.EqualTo(1));
        var agent = await GetAsync("/api/agents/agent");
        Assert.That((agent.GetProperty("session_count").GetInt32(), agent.GetProperty("latest_status").GetString()), Is.EqualTo((1, "failed")));

        await ReportAsync("agent", "a/b", "pending");
        var fresh = await GetAsync("/api/agents/agent/sessions/a%2Fb");
        Assert.That(fresh.GetProperty("session").GetProperty("id").GetString(), Is.Not.EqualTo(old));
        Assert.That(fresh.GetProperty("status_history").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task DeleteAgent_WhenItComesBack_HasNothingOfItsOldHistory()
    {
        await ReportAsync("agent", "topic", "running");
        Assert.That(await DeleteAsync("/api/agents/agent"), Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await DeleteAsync("/api/agents/agent"), Is.EqualTo(HttpStatusCode.NotFound));
        await ReportAsync("agent", "topic", "pending");

        Assert.That((await GetAsync("/api/agents/agent/status")).GetProperty("history").GetArrayLength(), Is.EqualTo(1));
        Assert.That((await GetAsync("/api/agents/agent/sessions/topic")).GetProperty("session").GetProperty("report_count").GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public async Task Stats_OfAWeek_TellRunsAndReports()
    {
        foreach (var (minutes, end) in new[] { (1, "success"), (2, "success"), (4, "failed") })
        {
            await ReportAsync("agent", "topic", "running");
            _clock.Advance(TimeSpan.FromMinutes(minutes));
            await ReportAsync("agent", "topic", end);
        }

        _clock.Advance(TimeSpan.FromSeconds(1));
        var stats = await GetAsync("/api/agents/agent/stats");
        var later = await GetAsync($"/api/agents/agent/stats?from={InPath(_clock.GetUtcNow())}&to={InPath(_clock.GetUtcNow().AddDays(365))}");

        Assert.Multiple(() =>
        {
            Assert.That(stats.GetProperty("agent_id").GetString(), Is.EqualTo("agent"));
            Assert.That(stats.GetProperty("to").GetDateTimeOffset() - stats.GetProperty("from").GetDateTimeOffset(), Is.EqualTo(TimeSpan.FromDays(7)));
            Assert.That((Count(stats, "runs"), Count(stats, "succeeded"), Count(stats, "failed"), Count(stats, "reports")), Is.EqualTo((3, 2, 1, 6)));
            Assert.That(stats.GetProperty("success_rate").GetDouble(), Is.EqualTo(2.0 / 3).Within(1e-9));
            Assert.That(stats.GetProperty("median_duration_seconds").GetDouble(), Is.EqualTo(120).Within(0.01));
            Assert.That(stats.GetProperty("p95_duration_seconds").GetDouble(), Is.EqualTo(120 + (0.9 * 120)).Within(0.01));
            Assert.That(stats.GetProperty("reports_per_hour").GetDouble(), Is.EqualTo(6 / (7.0 * 24)).Within(1e-9));
            Assert.That(stats.GetProperty("hourly").EnumerateArray().Sum(hour => Count(hour, "reports")), Is.EqualTo(6));
            Assert.That(Count(later, "runs"), Is.Zero);
            Assert.That(later.GetProperty("success_rate").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(later.TryGetProperty("hourly", out _), Is.False, "too many hours");
        });
    }

    [TestCase("from=yesterday")]
    [TestCase("from=2026-01-01")]
    [TestCase("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z")]
    [TestCase("from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z")]
    [TestCase("from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z")]
    [TestCase("from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z")]
    public async Task Stats_WhenTheSpanIsBad_Is422AndNamesIt(string query)
    {
        await ReportAsync("agent", "topic", "running");

        using var response = await _client.GetAsync($"/api/agents/agent/stats?{query}");
        var problem = await ReportsServer.ReadAsync(response);

        Assert.That((int)response.StatusCode, Is.EqualTo(422));
        Assert.That(problem.GetProperty("errors").TryGetProperty("from", out _), Is.True, problem.GetRawText());
    }

    private static string InPath(DateTimeOffset moment) => Uri.EscapeDataString(moment.ToString("O"));

    private static long Count(JsonElement element, string name) => element.GetProperty(name).GetInt64();

    private async Task<HttpStatusCode> DeleteAsync(string path)
    {
        using var response = await _client.DeleteAsync(path);
        return response.StatusCode;
    }

    private async Task ReportAsync(string agent, string topic, string status, int ttl = 0)
    {
        using var response = await _client.PostAsJsonAsync("/webhook/status", new { agent_id = agent, session_topic = topic, status, ttl_minutes = ttl });
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var response = await _client.GetAsync(path);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), $"{path} {await response.Content.ReadAsStringAsync()}");
        return await ReportsServer.ReadAsync(response);
    }
}
