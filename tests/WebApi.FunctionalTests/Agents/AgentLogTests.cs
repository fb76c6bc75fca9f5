using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.WebApi.Streaming;

namespace StackAgent.WebApi.FunctionalTests.Agents;

/// <summary>Logs of real processes over HTTP.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class AgentLogTests(DatabaseProvider provider)
{
    private const string Text = "text/plain";
    private const string Json = "application/x-ndjson";

    private ProductServer _server;
    private Caller _caller;
    private Guid _stack;

    [SetUp]
    public async Task SignUpAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _caller = await _server.NewCallerAsync();
        _stack = await _caller.CreateStackAsync();
    }

    [TearDown]
    public async Task EndAsync()
    {
        await _caller.DeleteAsync($"/api/stacks/{_stack}");
        await _caller.UntilGoneAsync($"/api/stacks/{_stack}");
        _caller.Dispose();
    }

    [Test]
    public async Task Logs_WhenAskedForAsTextOrJsonLines_HaveTimePodAndText()
    {
        var id = await RunAsync("agent", SampleAgents.Answering("hello"));

        using var text = await OpenAsync($"/api/agents/{id}/logs");
        var lines = (await text.Content.ReadAsStringAsync()).Split('\n');
        Assert.That(text.Content.Headers.ContentType?.ToString(), Is.EqualTo("text/plain; charset=utf-8"));
        Assert.That(lines[0], Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z r1-1 starting `python3 "));
        Assert.That(lines[1], Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z r1-1 hello begins$"));

        using var json = await OpenAsync($"/api/agents/{id}/logs?search=HELLO&tail=1", Json);
        var line = JsonDocument.Parse((await json.Content.ReadAsStringAsync()).TrimEnd('\n')).RootElement;
        Assert.That(json.Content.Headers.ContentType?.ToString(), Is.EqualTo(Json));
        Assert.That(line.EnumerateObject().Select(field => field.Name), Is.EqualTo(new[] { "time", "pod", "source", "message" }));
        Assert.That(
            (line.GetProperty("pod").GetString(), line.GetProperty("source").GetString(), line.GetProperty("message").GetString()),
            Is.EqualTo(("r1-1", "stdout", "hello begins")));
    }

    [TestCase("?tail=0", "")]
    [TestCase("?since=10m&search=begins", "hello begins")]
    [TestCase("?since=2020-01-01T00:00:00Z&search=begins", "hello begins")]
    [TestCase("?since=2120-01-01T00:00:00Z", "")]
    [TestCase("?pod=r9-9", "")]
    [TestCase("?pod=r1-1&tail=1&search=begins", "hello begins")]
    [TestCase("?previous=true&search=begins", "")]
    public async Task Logs_WhenAPartIsAskedFor_AnswerThat(string query, string expected)
    {
        var id = await RunAsync("agent", SampleAgents.Answering("hello"));

        using var answer = await OpenAsync($"/api/agents/{id}/logs{query}");

        var texts = (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 3)[2]);
        Assert.That(string.Join('\n', texts), Is.EqualTo(expected));
    }

    [Test]
    public async Task Logs_WhenFollowed_GoOnOverARestartUntilTheAgentIsGone()
    {
        var id = await RunAsync("agent", SampleAgents.Answering("hello"));
        using var answer = await OpenAsync($"/api/agents/{id}/logs?follow=true&search=begins");
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.That(await lines.ReadLineAsync(), Does.EndWith("r1-1 hello begins"));

        Assert.That((await _caller.PostAsync($"/api/agents/{id}/restart", new { })).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await lines.ReadLineAsync(), Does.EndWith("r1-2 hello begins"));

        await _caller.DeleteAsync($"/api/agents/{id}");
        Assert.That(await lines.ReadLineAsync(), Is.Null);
    }

    [Test]
    public async Task Logs_WhenTheAgentCrashesOrIsStopped_StillAnswer()
    {
        var crashing = await _caller.DeployAsync(_stack, "crashing", SampleAgents.Crashing);
        await _caller.UntilAsync($"/api/agents/{crashing}", "failed");
        using var crashed = await OpenAsync($"/api/agents/{crashing}/logs?previous=true");
        Assert.That(await crashed.Content.ReadAsStringAsync(), Does.Contain("no database at 10.0.0.1").And.Contain("ended with exit code 3"));

        var stopping = await RunAsync("stopping", SampleAgents.Answering("hello"));
        await _caller.PostAsync($"/api/agents/{stopping}/stop", new { });
        await _caller.UntilAsync($"/api/agents/{stopping}", "stopped");
        using var stopped = await OpenAsync($"/api/agents/{stopping}/logs");
        Assert.That(await stopped.Content.ReadAsStringAsync(), Does.Contain("hello begins"));
    }

    [TestCase("tail=-1", "tail", 422)]
    [TestCase("tail=100001", "tail", 422)]
    [TestCase("tail=many", "tail", 400)]
    [TestCase("follow=perhaps", "follow", 400)]
    [TestCase("since=yesterday", "since", 422)]
    [TestCase("since=2026-01-01", "since", 422)]
    [TestCase("search=%00", "search", 422)]
    [TestCase("previous=true&follow=true", "previous", 422)]
    public async Task Logs_WhenTheQueryIsBad_NameTheField(string query, string field, int status)
    {
        var id = await _caller.DeployAsync(_stack, "agent", SampleAgents.NothingToStart);

        var reply = await _caller.GetAsync($"/api/agents/{id}/logs?{query}");

        Assert.That((int)reply.Status, Is.EqualTo(status));
        Assert.That(reply.Body.GetProperty("errors").EnumerateObject().Select(error => error.Name), Is.EqualTo(new[] { field }));
    }

    [Test]
    public async Task Logs_WhenTheAgentIsForeignOrElsewhere_AreRefused()
    {
        var id = await _caller.DeployAsync(_stack, "agent", SampleAgents.NothingToStart);
        await _caller.ReportAsync("reported");
        using var stranger = await _server.NewCallerAsync();
        using var anonymous = _server.Anonymous();

        Assert.That((await stranger.GetAsync($"/api/agents/{id}/logs")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _caller.GetAsync("/api/agents/unknown/logs")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _caller.GetAsync("/api/agents/reported/logs")).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await anonymous.GetAsync($"/api/agents/{id}/logs")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        using var image = await OpenAsync($"/api/agents/{id}/logs", "image/png");
        Assert.That(image.StatusCode, Is.EqualTo(HttpStatusCode.NotAcceptable));
    }

    [Test]
    public async Task Logs_WhenAskedForWithAKey_NeedTheScopeRead()
    {
        var id = await _caller.DeployAsync(_stack, "agent", SampleAgents.NothingToStart);
        using var reader = _server.Anonymous(await _caller.NewKeyAsync("read"));
        using var reporter = _server.Anonymous(await _caller.NewKeyAsync("report"));

        using var read = await reader.Http.GetAsync($"/api/agents/{id}/logs");
        Assert.That(read.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await reporter.GetAsync($"/api/agents/{id}/logs")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Logs_WhenTooManyAreFollowed_AreRefusedUntilOneEnds()
    {
        var id = await _caller.DeployAsync(_stack, "agent", SampleAgents.NothingToStart);
        var path = $"/api/agents/{id}/logs?follow=true";
        var open = new List<HttpResponseMessage>();
        try
        {
            while (open.Count < LogFollowers.MaxOfOwner)
            {
                open.Add(await OpenAsync(path));
                Assert.That(open[^1].StatusCode, Is.EqualTo(HttpStatusCode.OK));
            }

            Assert.That((await _caller.GetAsync(path)).Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
            open[0].Dispose();
            await Eventually.TrueAsync(
                async () =>
                {
                    open.Add(await OpenAsync(path));
                    return open[^1].StatusCode == HttpStatusCode.OK;
                },
                "a place to be free");
        }
        finally
        {
            open.ForEach(answer => answer.Dispose());
        }
    }

    private async Task<Guid> RunAsync(string name, byte[] zip)
    {
        var id = await _caller.DeployAsync(_stack, name, zip);
        await _caller.UntilAsync($"/api/agents/{id}", "running");
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await OpenAsync($"/api/agents/{id}/logs?search=begins");
                return (await answer.Content.ReadAsStringAsync()).Length > 0;
            },
            "the agent's first line");
        return id;
    }

    private async Task<HttpResponseMessage> OpenAsync(string path, string accept = Text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        return await _caller.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
