using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using StackAgent.Infrastructure.Persistence;
using StackAgent.WebApi.FunctionalTests.Accounts;
using StackAgent.WebApi.Streaming;

namespace StackAgent.WebApi.FunctionalTests.Agents;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
[NonParallelizable]
internal sealed class AgentTests(DatabaseProvider provider)
{
    private static readonly string[] AgentFields =
    [
        "id", "agent_id", "kind", "stack_id", "name", "description", "source", "status", "status_reason", "status_message", "api_url", "ui_url", "disk_path",
        "revision", "created_at", "created_by", "updated_at", "updated_by", "registered", "last_seen", "session_count", "active_session_count",
    ];

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
    public void End() => _caller.Dispose();

    [Test]
    public async Task Upload_WhenAccepted_AnswersThePendingAgentAndWhereItIs()
    {
        var reply = await _caller.UploadAsync(_stack, "研究 🚀", SampleAgents.NothingToStart, "about it");

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Body.ToString());
        var agent = reply.Body;
        var id = agent.GetProperty("id").GetGuid();
        var url = new Uri(_server.Address, $"/stacks/{_stack}/agents/{id}/").AbsoluteUri;
        Assert.Multiple(() =>
        {
            Assert.That(reply.Fields, Is.EqualTo(AgentFields));
            Assert.That(id.Version, Is.EqualTo(7));
            Assert.That(reply.Text("agent_id"), Is.EqualTo(id.ToString()));
            Assert.That(reply.Text("kind"), Is.EqualTo("deployed"));
            Assert.That(agent.GetProperty("stack_id").GetGuid(), Is.EqualTo(_stack));
            Assert.That(reply.Text("name"), Is.EqualTo("研究 🚀"));
            Assert.That(reply.Text("description"), Is.EqualTo("about it"));
            Assert.That(reply.Text("api_url"), Is.EqualTo(url));
            Assert.That(reply.Text("ui_url"), Is.EqualTo(url));
            Assert.That(reply.Text("disk_path"), Is.EqualTo(Path.Combine(_server.AgentFolder(_stack, id), "extracted")));
            Assert.That(agent.GetProperty("revision").GetInt32(), Is.EqualTo(1));
            Assert.That(reply.Text("registered"), Is.EqualTo(reply.Text("created_at")));
            Assert.That(agent.GetProperty("created_by").GetProperty("id").GetGuid(), Is.EqualTo(_caller.UserId));
            Assert.That(agent.GetProperty("session_count").GetInt32() + agent.GetProperty("active_session_count").GetInt32(), Is.Zero);
            foreach (var field in new[] { "source", "last_seen" })
                Assert.That(agent.GetProperty(field).ValueKind, Is.EqualTo(JsonValueKind.Null), field);
            Assert.That(reply.Headers.Location, Is.EqualTo(new Uri(_server.Address, $"/api/agents/{id}")));
        });
        var read = await _caller.UntilAsync(reply.Headers.Location!.AbsolutePath, "failed");
        Assert.That(read.Fields, Is.EqualTo(AgentFields));
        Assert.That(File.ReadAllBytes(Path.Combine(_server.AgentFolder(_stack, id), "agent.zip")), Is.EqualTo(SampleAgents.NothingToStart));
        Assert.That(File.ReadAllText(Path.Combine(read.Text("disk_path"), "notes.txt")), Is.EqualTo("no program"));
    }

    [Test]
    public async Task Get_WhenTheAgentHasReported_AddsItsNewestReport()
    {
        var id = await _caller.DeployAsync(_stack, "agent", SampleAgents.NothingToStart);
        await _caller.ReportAsync(id.ToString(), "waiting_for_input", "which one?");
        var agent = await _caller.GetAsync($"/api/agents/{id.ToString().ToUpperInvariant()}");

        Assert.That(agent.Fields, Is.EqualTo(AgentFields.Concat(["latest_status", "latest_message"])));
        Assert.That((agent.Text("latest_status"), agent.Text("latest_message")), Is.EqualTo(("waiting_for_input", "which one?")));
        Assert.That(agent.Body.GetProperty("active_session_count").GetInt32(), Is.EqualTo(1));
        Assert.That(agent.Text("last_seen"), Does.EndWith("Z"));

        await _caller.ReportAsync("my own/agent");
        var reported = await _caller.GetAsync("/api/agents/my%20own%2Fagent");
        Assert.That(reported.Fields, Is.EqualTo(AgentFields.Append("latest_status")), "an empty message is absent");
        Assert.That((reported.Text("kind"), reported.Text("status"), reported.Text("agent_id")), Is.EqualTo(("reported", "external", "my own/agent")));
        foreach (var field in new[] { "stack_id", "api_url", "ui_url", "disk_path", "status_reason", "status_message", "description" })
            Assert.That(reported.Body.GetProperty(field).ValueKind, Is.EqualTo(JsonValueKind.Null), field);
        Assert.That(reported.Body.GetProperty("revision").GetInt32(), Is.Zero);
    }

    [Test]
    public async Task Upload_WhenTheNameIsTaken_Is409AndLeavesNothing()
    {
        var id = await _caller.DeployAsync(_stack, "agent", SampleAgents.NothingToStart);
        var reply = await _caller.UploadAsync(_stack, "agent", SampleAgents.NothingToStart);

        Assert.That((reply.Status, reply.Text("error")), Is.EqualTo((HttpStatusCode.Conflict, "conflict")));
        Assert.That(reply.Text("detail"), Is.EqualTo("An agent with this name already exists in this stack."));
        AssertOnDisk(id);

        var elsewhere = await _caller.CreateStackAsync();
        await _caller.DeployAsync(elsewhere, "agent", SampleAgents.NothingToStart);
        var second = await _caller.DeployAsync(_stack, "Agent", SampleAgents.NothingToStart);
        var renamed = await _caller.PutAsync($"/api/agents/{second}", new { name = "agent" });
        Assert.That(renamed.Status, Is.EqualTo(HttpStatusCode.Conflict), "a rename meets the same rule");
    }

    [Test]
    public async Task Upload_WhenManyComeWithOneNameAtOnce_AcceptsOne()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, UploadPlaces.MaxOfOwner).Select(_ => _caller.UploadAsync(_stack, "agent", SampleAgents.NothingToStart)));

        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.Created), Is.EqualTo(1));
        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.Conflict), Is.EqualTo(UploadPlaces.MaxOfOwner - 1));
        AssertOnDisk(replies.Single(reply => reply.Status == HttpStatusCode.Created).Body.GetProperty("id").GetGuid());
    }

    [TestCase("", 422, "name")]
    [TestCase("  ", 422, "name")]
    [TestCase("a\0b", 422, "name")]
    public async Task Upload_WhenTheNameIsBad_IsRefusedAndLeavesNothing(string name, int status, string field)
    {
        AssertRefused(await _caller.UploadAsync(_stack, name, SampleAgents.NothingToStart), status, field);
        Assert.That((await _caller.GetAsync("/api/agents")).Body.GetProperty("total").GetInt32(), Is.Zero);
    }

    [Test]
    public async Task Upload_WhenTextsAreAtTheirLimitInCodePoints_IsAcceptedAndOneMoreIsNot()
    {
        static string Rockets(int count) => string.Concat(Enumerable.Repeat("🚀", count));

        var longest = await _caller.UploadAsync(_stack, Rockets(255), SampleAgents.NothingToStart, Rockets(5000));
        Assert.That(longest.Status, Is.EqualTo(HttpStatusCode.Created), longest.Body.ToString());
        Assert.That((longest.Text("name"), longest.Text("description")), Is.EqualTo((Rockets(255), Rockets(5000))));
        AssertRefused(await _caller.UploadAsync(_stack, Rockets(256), SampleAgents.NothingToStart), 422, "name");
        AssertRefused(await _caller.UploadAsync(_stack, "a", SampleAgents.NothingToStart, Rockets(5001)), 422, "description");
    }

    [Test]
    public async Task Upload_WhenTheFormIsBad_IsRefusedAndLeavesNothing()
    {
        AssertRefused(await _caller.UploadAsync(_stack, "a", "no zip"u8.ToArray()), 422, "file");
        AssertRefused(await _caller.UploadAsync(_stack, "a", []), 422, "file");
        AssertRefused(await _caller.UploadAsync(_stack, "a", SampleAgents.Healthy[..^30]), 422, "file");

        using var noFile = new MultipartFormDataContent { { new StringContent("a"), "name" } };
        AssertRefused(await PostAsync(noFile), 422, "file");
        using var noName = new MultipartFormDataContent { { new ByteArrayContent(SampleAgents.NothingToStart), "file", "a.zip" } };
        AssertRefused(await PostAsync(noName), 422, "name");
        using var nameLast = new MultipartFormDataContent
        {
            { new ByteArrayContent(SampleAgents.NothingToStart), "file", "a.zip" },
            { new StringContent(" "), "name" },
        };
        AssertRefused(await PostAsync(nameLast), 422, "name");
        using var json = new StringContent("{}", Encoding.UTF8, "application/json");
        Assert.That((await PostAsync(json)).Status, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));

        Assert.That(Directory.Exists(_server.StackFolder(_stack)), Is.False);
        Assert.That(_server.StagedFiles(), Is.Empty);

        Task<Reply> PostAsync(HttpContent body) => _caller.SendAsync(HttpMethod.Post, $"/api/stacks/{_stack}/agents", body);
    }

    [Test]
    public async Task Upload_WhenTheStackIsUnknown_IsRefusedBeforeTheBodyIsAskedFor()
    {
        var first = await SendHeadersAsync(Guid.NewGuid());
        Assert.That(first, Does.StartWith("HTTP/1.1 404"), "and no 100 Continue");
        Assert.That(await SendHeadersAsync(_stack), Does.StartWith("HTTP/1.1 100"), "where there is one, the body is asked for");

        async Task<string> SendHeadersAsync(Guid stack)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, _server.Address.Port);
            await using var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /api/stacks/{stack}/agents HTTP/1.1\r\nHost: {_server.Address.Authority}\r\nAuthorization: {_caller.Http.DefaultRequestHeaders.Authorization}\r\n"
                + "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 200000000\r\nExpect: 100-continue\r\n\r\n"));
            var buffer = new byte[1024];
            return Encoding.ASCII.GetString(buffer, 0, await stream.ReadAtLeastAsync(buffer, 12, throwOnEndOfStream: false));
        }
    }

    [Test]
    public async Task Update_WhenFieldsAreAbsentOrNull_ChangesOnlyWhatIsGiven()
    {
        var id = await _caller.DeployAsync(_stack, "before", SampleAgents.NothingToStart);
        var path = $"/api/agents/{id}";
        var described = await _caller.PutAsync(path, new { description = "words" });
        var renamed = await _caller.PutAsync(path, """{"name":"after"}""");
        var same = await _caller.PutAsync(path, """{"name":null}""");
        var cleared = await _caller.PutAsync(path, """{"description":null}""");

        Assert.That((described.Text("name"), described.Text("description")), Is.EqualTo(("before", "words")));
        Assert.That((renamed.Text("name"), renamed.Text("description")), Is.EqualTo(("after", "words")));
        Assert.That((same.Text("name"), same.Text("updated_at")), Is.EqualTo(("after", renamed.Text("updated_at"))));
        Assert.That(cleared.Text("name"), Is.EqualTo("after"));
        Assert.That(cleared.Body.GetProperty("description").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(cleared.Body.GetProperty("revision").GetInt32(), Is.EqualTo(1), "a name is neither code nor configuration");

        Assert.That((int)(await _caller.PutAsync(path, new { name = "" })).Status, Is.EqualTo(422));
        Assert.That((int)(await _caller.PutAsync(path, """{"name":"\u0000"}""")).Status, Is.EqualTo(422));
        Assert.That((int)(await _caller.PutAsync(path, "nonsense")).Status, Is.EqualTo(400));
        Assert.That((int)(await _caller.PutAsync("/api/agents/unknown", new { name = "a" })).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task Delete_WhenTheAgentIsReported_GoesAtOnceWithItsHistoryAndComesBackWithItsNextReport()
    {
        await _caller.ReportAsync("reported");
        await _caller.ReportAsync("reported", "failed");

        Assert.That((await _caller.DeleteAsync("/api/agents/reported")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await _caller.GetAsync("/api/agents/reported")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _caller.DeleteAsync("/api/agents/reported")).Status, Is.EqualTo(HttpStatusCode.NotFound));

        await _caller.ReportAsync("reported");
        var history = await _caller.GetAsync("/api/agents/reported/status");
        Assert.That(history.Body.GetProperty("history").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task ListOfStack_WhenPaged_ShowsEachAgentOnceOldestFirst()
    {
        var made = new List<Guid>();
        for (var i = 0; i < 3; i++)
            made.Add(await _caller.DeployAsync(_stack, $"agent-{i}", SampleAgents.NothingToStart));

        var all = await _caller.GetAsync($"/api/stacks/{_stack}/agents");
        var second = await _caller.GetAsync($"/api/stacks/{_stack}/agents?page=2&limit=2");
        Assert.That(all.Fields, Is.EqualTo(new[] { "items", "total", "page", "limit", "pages" }));
        Assert.That(Ids(all, "items"), Is.EqualTo(made));
        Assert.That(all.Body.GetProperty("limit").GetInt32(), Is.EqualTo(20));
        Assert.That(Ids(second, "items"), Is.EqualTo(made.Skip(2)));
        Assert.That((second.Body.GetProperty("total").GetInt32(), second.Body.GetProperty("pages").GetInt32()), Is.EqualTo((3, 2)));
        Assert.That((int)(await _caller.GetAsync($"/api/stacks/{_stack}/agents?limit=101")).Status, Is.EqualTo(422));
    }

    [Test]
    public async Task List_WhenAskedForAll_ShowsThoseSeenLastFirst()
    {
        var deployed = await _caller.DeployAsync(_stack, "deployed", SampleAgents.NothingToStart);
        await _caller.ReportAsync("first");
        await _caller.ReportAsync("second");
        await _caller.ReportAsync("first");

        var list = await _caller.GetAsync("/api/agents");
        Assert.That(list.Fields, Is.EqualTo(new[] { "agents", "total", "page", "limit", "pages" }));
        Assert.That(AgentIds(list), Is.EqualTo(new[] { "first", "second", deployed.ToString() }));
        Assert.That((list.Body.GetProperty("total").GetInt32(), list.Body.GetProperty("limit").GetInt32()), Is.EqualTo((3, 1000)));
        Assert.That(AgentIds(await _caller.GetAsync("/api/agents?page=2&limit=1")), Is.EqualTo(new[] { "second" }));
    }

    [Test]
    public async Task List_WhenFiltered_ShowsOnlyWhatFits()
    {
        var broken = (await _caller.DeployAsync(_stack, "100% broken", SampleAgents.NothingToStart)).ToString();
        await _caller.UntilAsync($"/api/agents/{broken}", "failed");
        await _caller.ReportAsync("runs", "running");
        await _caller.ReportAsync("fails_x", "failed");

        await AssertListAsync("kind=deployed", broken);
        await AssertListAsync("kind=reported", "fails_x", "runs");
        await AssertListAsync($"stack_id={_stack}", broken);
        await AssertListAsync($"stack_id={Guid.NewGuid()}");
        await AssertListAsync("status=failed", "fails_x", broken);
        await AssertListAsync("status=running", "runs");
        await AssertListAsync("status=external", "fails_x", "runs");
        await AssertListAsync("status=deploying");
        await AssertListAsync("status=deleting");
        await AssertListAsync("status=success");
        await AssertListAsync("search=%25", broken);
        await AssertListAsync("search=_", "fails_x");
        await AssertListAsync($"search={broken[..13].ToUpperInvariant()}", broken);
        await AssertListAsync("search=BROKEN&status=failed&kind=deployed&page=1&limit=1", broken);
        await AssertListAsync("search=broken&kind=reported");

        async Task AssertListAsync(string query, params string[] expected)
        {
            var list = await _caller.GetAsync($"/api/agents?{query}");
            Assert.That(AgentIds(list), Is.EqualTo(expected), query);
            Assert.That(list.Body.GetProperty("total").GetInt32(), Is.EqualTo(expected.Length), query);
        }
    }

    [TestCase("status=unknown", 422, "status")]
    [TestCase("status=Running", 422, "status")]
    [TestCase("kind=other", 422, "kind")]
    [TestCase("stack_id=x", 400, "stack_id")]
    [TestCase("limit=1001", 422, "limit")]
    [TestCase("limit=0", 422, "limit")]
    [TestCase("page=0", 422, "page")]
    [TestCase("search=%00", 422, "search")]
    public async Task List_WhenAParameterIsBad_SaysWhich(string query, int status, string field) =>
        AssertRefused(await _caller.GetAsync($"/api/agents?{query}"), status, field);

    private static IEnumerable<string?> AgentIds(Reply list) =>
        list.Body.GetProperty("agents").EnumerateArray().Select(agent => agent.GetProperty("agent_id").GetString());

    private static IEnumerable<Guid> Ids(Reply list, string field) =>
        list.Body.GetProperty(field).EnumerateArray().Select(agent => agent.GetProperty("id").GetGuid());

    private static void AssertRefused(Reply reply, int status, string field)
    {
        Assert.That((int)reply.Status, Is.EqualTo(status), reply.Body.ToString());
        Assert.That(reply.Body.GetProperty("errors").EnumerateObject().Select(member => member.Name), Is.EqualTo(new[] { field }));
        Assert.That(reply.Text("error"), Is.EqualTo("validation_failed"));
    }

    private void AssertOnDisk(params Guid[] agents)
    {
        Assert.That(
            Directory.GetDirectories(Path.Combine(_server.StackFolder(_stack), "agents")).Select(folder => Guid.Parse(Path.GetFileName(folder))),
            Is.EquivalentTo(agents));
        Assert.That(_server.StagedFiles(), Is.Empty);
    }
}
