using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.WebApi.FunctionalTests.Mcp;

/// <summary>The tools for models, called by the protocol's own client and by hand.</summary>
[TestFixture]
internal sealed class McpTests
{
    private const string Initialize =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}""";

    private ProductServer _server = null!;
    private Caller _caller = null!;
    private string _reportKey = "";
    private string _readKey = "";

    [OneTimeSetUp]
    public async Task SignUpAsync()
    {
        _server = await ProductServer.SharedAsync(DatabaseProvider.Sqlite);
        _caller = await _server.NewCallerAsync();
        _reportKey = await _caller.NewKeyAsync("report");
        _readKey = await _caller.NewKeyAsync("read");
    }

    [OneTimeTearDown]
    public void End() => _caller.Dispose();

    [Test]
    public async Task Initialize_WhenTheCredentialIsGood_IntroducesTheServer()
    {
        await using var client = await ConnectAsync(_reportKey);

        Assert.Multiple(() =>
        {
            Assert.That(client.ServerInfo?.Name, Is.EqualTo("stackagent"));
            Assert.That(client.ServerInfo?.Version, Is.Not.Empty);
            Assert.That(client.ServerInstructions, Does.Contain("start_session"));
            Assert.That(client.ServerCapabilities?.Tools, Is.Not.Null);
        });
    }

    [Test]
    public async Task Tools_WhenListed_AreThoseThatTheKeyAllows()
    {
        await using var reporter = await ConnectAsync(_reportKey);
        await using var reader = await ConnectAsync(_readKey);
        await using var person = await ConnectAsync(_caller.Http.DefaultRequestHeaders.Authorization!.Parameter!);
        string[] reporting = ["start_session", "report_status", "end_session"];
        string[] reading = ["list_agents", "get_agent", "list_sessions", "get_session", "get_agent_logs"];

        var reporters = await reporter.ListToolsAsync();

        Assert.Multiple(async () =>
        {
            Assert.That(reporters.Select(tool => tool.Name), Is.EquivalentTo(reporting));
            Assert.That((await reader.ListToolsAsync()).Select(tool => tool.Name), Is.EquivalentTo(reading));
            Assert.That((await person.ListToolsAsync()).Select(tool => tool.Name), Is.EquivalentTo(reporting.Concat(reading)));
            Assert.That(reporters.Select(tool => tool.JsonSchema.GetProperty("properties").GetProperty("session_topic").GetProperty("type").GetString()), Has.All.EqualTo("string"));
            Assert.That(reporters.Select(tool => tool.Description.Length), Has.All.GreaterThan(80));
        });
    }

    [Test]
    public async Task Session_WhenToldByTheToolsOfKubeagents_IsTheApisSession()
    {
        await using var client = await ConnectAsync(_reportKey);
        var (agent, topic) = ("mcp agent / 1", "implement the endpoint");

        var started = await CallAsync(client, "start_session", new { agent_id = agent, session_topic = topic, agent_name = "Dev", agent_source = "editor", ttl_minutes = 60 });
        await CallAsync(client, "report_status", new { agent_id = agent, session_topic = topic, status = "waiting_for_input", message = "Which name?" });
        await CallAsync(client, "end_session", new { agent_id = agent, session_topic = topic, status = "success", message = "Done." });

        var session = (await _caller.GetAsync($"/api/agents/{Uri.EscapeDataString(agent)}/sessions/{Uri.EscapeDataString(topic)}")).Body;
        Assert.Multiple(() =>
        {
            Assert.That(started.Body.GetProperty("success").GetBoolean(), Is.True);
            Assert.That(session.GetProperty("session").GetProperty("ttl_minutes").GetInt32(), Is.EqualTo(60));
            Assert.That(
                session.GetProperty("status_history").EnumerateArray().Select(status => status.GetProperty("status").GetString()),
                Is.EqualTo(new[] { "success", "waiting_for_input", "running" }));
        });
    }

    [Test]
    public async Task Reading_WhenThereIsSomething_AnswersWhatTheApiAnswers()
    {
        await _caller.ReportAsync("read-by-mcp", message: "at work");
        await using var client = await ConnectAsync(_readKey);

        var list = await CallAsync(client, "list_agents", new { search = "read-by-mcp", kind = "reported" });
        var agent = await CallAsync(client, "get_agent", new { agent_id = "read-by-mcp" });
        var sessions = await CallAsync(client, "list_sessions", new { agent_id = "read-by-mcp", expired = false, limit = 5 });
        var session = await CallAsync(client, "get_session", new { agent_id = "read-by-mcp", session_topic = "topic" });

        Assert.Multiple(async () =>
        {
            Assert.That(list.Body.GetProperty("agents")[0].GetProperty("latest_message").GetString(), Is.EqualTo("at work"));
            Assert.That(agent.Body.GetRawText(), Is.EqualTo((await _caller.GetAsync("/api/agents/read-by-mcp")).Body.GetRawText()));
            Assert.That(agent.Text, Is.EqualTo(agent.Body.GetRawText()), "as text for clients that know nothing else");
            Assert.That(sessions.Body.GetProperty("limit").GetInt32(), Is.EqualTo(5));
            Assert.That(session.Body.GetProperty("status_history").GetArrayLength(), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Logs_WhenTheAgentRunsElsewhere_AreRefusedInTheApisWords()
    {
        await _caller.ReportAsync("no-logs");
        await using var client = await ConnectAsync(_readKey);

        var refused = await CallAsync(client, "get_agent_logs", new { agent_id = "no-logs" });

        Assert.That(refused.IsError, Is.True);
        Assert.That(refused.Text, Is.EqualTo((await _caller.GetAsync("/api/agents/no-logs/logs")).Text("detail")));
    }

    [TestCase("report_status", """{"agent_id":"a"}""", "session_topic: ")]
    [TestCase("report_status", """{"session_topic":"t"}""", "agent_id: ")]
    [TestCase("report_status", """{"agent_id":"a","session_topic":"t","status":"dancing"}""", "status: This field is required and must be one of")]
    [TestCase("report_status", """{"agent_id":"a","session_topic":"t","ttl_minutes":"long"}""", "ttl_minutes: ")]
    [TestCase("report_status", """{"agent_id":7,"session_topic":"t"}""", "agent_id: ")]
    [TestCase("end_session", """{"agent_id":"a","session_topic":"t","status":"running"}""", "status: A session ends with success or failed")]
    [TestCase("list_agents", """{"limit":1000}""", "limit: This must be a whole number from 1 to 100.")]
    [TestCase("list_agents", """{"status":"dancing"}""", "status: This must be one of")]
    [TestCase("list_agents", """{"kind":"other"}""", "kind: This must be one of deployed, reported.")]
    [TestCase("get_agent", "{}", "agent_id: This argument is required")]
    [TestCase("get_agent", """{"agent_id":"nobody"}""", "There is no such agent.")]
    [TestCase("list_sessions", """{"agent_id":"a","expired":"no"}""", "expired: This must be true or false.")]
    public async Task Call_WhenSomethingIsWrong_IsAnErrorThatSaysWhat(string tool, string arguments, string sentence)
    {
        await using var client = await ConnectAsync(_caller.Http.DefaultRequestHeaders.Authorization!.Parameter!);

        var refused = await CallAsync(client, tool, JsonSerializer.Deserialize<JsonElement>(arguments));

        Assert.Multiple(() =>
        {
            Assert.That(refused.IsError, Is.True);
            Assert.That(refused.Text, Does.Contain(sentence));
            Assert.That(refused.Body.GetProperty("detail").GetString(), Is.EqualTo(refused.Text));
        });
    }

    [Test]
    public async Task Call_WhenTheKeyMayOnlyRead_ReportsNothing()
    {
        await using var client = await ConnectAsync(_readKey);

        var refused = await CallAsync(client, "start_session", new { agent_id = "forbidden", session_topic = "t" });

        Assert.Multiple(async () =>
        {
            Assert.That(refused.IsError, Is.True);
            Assert.That(refused.Body.GetProperty("error").GetString(), Is.EqualTo("forbidden"));
            Assert.That((await _caller.GetAsync("/api/agents/forbidden")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        });
    }

    [Test]
    public async Task Call_WithSomebodyElsesKey_SeesNothing()
    {
        await _caller.ReportAsync("mine");
        using var stranger = await _server.NewCallerAsync();
        await using var client = await ConnectAsync(await stranger.NewKeyAsync("read"));

        var refused = await CallAsync(client, "get_agent", new { agent_id = "mine" });

        Assert.That(refused.Text, Is.EqualTo("There is no such agent."));
    }

    [TestCase(null)]
    [TestCase("sak_0000000000000000000000000000000000000000000")]
    public async Task Request_WithoutAGoodCredential_Is401(string? key)
    {
        using var response = await PostAsync(Initialize, key);

        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(response.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer"));
            Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        });
    }

    [TestCase("https://evil.example", HttpStatusCode.Forbidden)]
    [TestCase("null", HttpStatusCode.Forbidden)]
    [TestCase(null, HttpStatusCode.OK)]
    public async Task Request_FromAPage_NeedsAKnownOrigin(string? origin, HttpStatusCode expected)
    {
        using var response = await PostAsync(Initialize, _reportKey, origin);

        Assert.That(response.StatusCode, Is.EqualTo(expected));
    }

    [Test]
    public async Task Request_FromAPageOfThisServer_IsAnswered()
    {
        using var response = await PostAsync(Initialize, _reportKey, _server.Address.GetLeftPart(UriPartial.Authority));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(response.Headers.Contains("Mcp-Session-Id"), Is.False, "any replica may answer the next one");
    }

    private async Task<HttpResponseMessage> PostAsync(string body, string? key, string? origin = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Address, "/mcp")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (key is not null)
            request.Headers.Add("X-API-Key", key);
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        return await http.SendAsync(request);
    }

    private Task<McpClient> ConnectAsync(string credential) => McpClient.CreateAsync(new HttpClientTransport(new HttpClientTransportOptions
    {
        Endpoint = new Uri(_server.Address, "/mcp"),
        TransportMode = HttpTransportMode.StreamableHttp,
        AdditionalHeaders = new Dictionary<string, string>(StringComparer.Ordinal) { ["Authorization"] = $"Bearer {credential}" },
    }));

    private static async Task<(bool IsError, string Text, JsonElement Body)> CallAsync(McpClient client, string tool, object arguments)
    {
        var values = JsonSerializer.SerializeToElement(arguments).Deserialize<Dictionary<string, object?>>();
        var result = await client.CallToolAsync(tool, values);
        return (result.IsError == true, result.Content.OfType<TextContentBlock>().Single().Text, result.StructuredContent ?? default);
    }
}
