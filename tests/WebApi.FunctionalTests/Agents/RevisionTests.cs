using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Agents;

/// <summary>An agent's code and configuration, changed and looked at. Whether the code can be started doesn't matter here.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
[NonParallelizable]
internal sealed class RevisionTests(DatabaseProvider provider)
{
    private static readonly byte[] OtherCode = Zip.Of(("notes.txt", "no program either"), ("more.txt", "more"));

    private static readonly byte[] CodeWithSettings = Zip.Of(
        ("notes.txt", "no program"), ("agent.yaml", "environment:\n  A: code\n  B: code\nport: 9000\nhealth:\n  path: /health\n"));

    private ProductServer _server;
    private Caller _caller;
    private Guid _stack;
    private Guid _agent;
    private string _path;

    [SetUp]
    public async Task UploadAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _caller = await _server.NewCallerAsync();
        _stack = await _caller.CreateStackAsync();
        _agent = await _caller.DeployAsync(_stack, "agent", SampleAgents.NothingToStart);
        _path = $"/api/agents/{_agent}";
    }

    [TearDown]
    public void End() => _caller.Dispose();

    [Test]
    public async Task ChangeCode_WhenAccepted_MakesARevisionAndKeepsTheOneBefore()
    {
        var reply = await _caller.ChangeCodeAsync(_agent, OtherCode, """{"environment":{"A":"1"}}""", "words");
        var first = await GetRevisionAsync(1);

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
            Assert.That(reply.Fields, Is.EqualTo(new[]
            {
                "number", "state", "cause", "rollback_of", "code", "config", "note", "created_at", "created_by", "activated_at", "failed_at",
                "failure_reason", "failure_message",
            }));
            Assert.That((Number(reply), reply.Text("cause"), reply.Text("note")), Is.EqualTo((2, "code", "words")));
            Assert.That(reply.Body.GetProperty("created_by").GetProperty("email").GetString(), Is.EqualTo(_caller.Email));
            var code = reply.Body.GetProperty("code");
            Assert.That(code.GetProperty("digest").GetString(), Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(OtherCode))));
            Assert.That((code.GetProperty("size").GetInt32(), code.GetProperty("revision").GetInt32()), Is.EqualTo((OtherCode.Length, 2)));
            Assert.That(Variable(reply.Body.GetProperty("config"), "A"), Is.EqualTo("1"));
            Assert.That((Number(first), first.Text("cause")), Is.EqualTo((1, "created")));
        });
        Assert.That((await _caller.GetAsync(_path)).Body.GetProperty("revision").GetInt32(), Is.EqualTo(2));
        Assert.That(_server.StagedFiles(), Is.Empty);
    }

    [Test]
    public async Task ChangeCode_WhenTheCodeIsKnown_StoresItOnce()
    {
        var second = await _caller.ChangeCodeAsync(_agent, OtherCode);
        var third = await _caller.ChangeCodeAsync(_agent, SampleAgents.NothingToStart);

        Assert.That(Number(second), Is.EqualTo(2));
        Assert.That((Number(third), third.Body.GetProperty("code").GetProperty("revision").GetInt32()), Is.EqualTo((3, 1)));
        Assert.That(StoredRevisions(), Is.EqualTo(new[] { "1", "2" }));
        Assert.That(_server.StagedFiles(), Is.Empty);
    }

    [Test]
    public async Task ChangeCode_WhenRefused_LeavesNothing()
    {
        AssertRefused(await _caller.ChangeCodeAsync(_agent, "no zip"u8.ToArray()), "file");
        AssertRefused(await _caller.ChangeCodeAsync(_agent, OtherCode, """{"port":0}"""), "config.port");
        AssertRefused(await _caller.ChangeCodeAsync(_agent, OtherCode, """{"health":{"period_seconds":"x"}}"""), "config.health.period_seconds");
        AssertRefused(await _caller.ChangeCodeAsync(_agent, OtherCode, "{"), "config");
        AssertRefused(await _caller.ChangeCodeAsync(_agent, OtherCode, note: new string('x', 1001)), "note");
        AssertRefused(await _caller.ChangeCodeAsync(_agent, Zip.Of(("agent.yaml", "port: none"))), "agent.yaml.port");

        Assert.That((await _caller.GetAsync($"{_path}/revisions")).Body.GetProperty("items").GetArrayLength(), Is.EqualTo(1));
        Assert.That(StoredRevisions(), Is.EqualTo(new[] { "1" }));
        Assert.That(_server.StagedFiles(), Is.Empty);
    }

    [Test]
    public async Task Create_WhenItBringsItsConfiguration_HasItInItsFirstRevision()
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("configured"), "name" },
            { new StringContent("the first"), "note" },
            { new StringContent("""{"environment":{"B":"api"},"secrets":{"KEY":"hush"},"auto_rollback":false}"""), "config" },
            { new ByteArrayContent(CodeWithSettings), "file", "agent.zip" },
        };
        var created = await _caller.SendAsync(HttpMethod.Post, $"/api/stacks/{_stack}/agents", form);
        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created), created.Body.ToString());
        var path = $"/api/agents/{created.Text("agent_id")}";
        var config = (await _caller.GetAsync($"{path}/config")).Body;
        var revision = await _caller.GetAsync($"{path}/revisions/1");

        Assert.Multiple(() =>
        {
            Assert.That((Variable(config, "A"), Variable(config, "B")), Is.EqualTo(("code", "api")));
            Assert.That(config.GetProperty("secrets").ToString(), Is.EqualTo("""[{"name":"KEY"}]"""));
            Assert.That(config.GetProperty("port").GetInt32(), Is.EqualTo(9000));
            Assert.That(config.GetProperty("image").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(config.GetProperty("auto_rollback").GetBoolean(), Is.False);
            Assert.That(config.GetProperty("sources").EnumerateObject().Select(source => $"{source.Name}: {source.Value}"), Is.EquivalentTo(new[]
            {
                "environment.A: code", "environment.B: api", "port: code", "health.path: code", "auto_rollback: api", "secrets.KEY: api",
            }));
            Assert.That((revision.Text("note"), revision.Text("cause")), Is.EqualTo(("the first", "created")));
        });
    }

    [Test]
    public async Task ChangeConfig_WhenFieldsAreAbsentNullOrGiven_MergesThem()
    {
        await _caller.ChangeCodeAsync(_agent, CodeWithSettings);
        await PatchAsync("""{"environment":{"B":"api","C":"api"},"args":["--fast"],"resources":{"limits":{"cpu":"1","memory":"1Gi"}},"note":"why"}""");
        var merged = await PatchAsync("""{"environment":{"C":null,"D":"api"},"resources":{"limits":{"cpu":null}},"args":null,"unknown":1}""");
        var config = merged.Body.GetProperty("config");

        Assert.Multiple(() =>
        {
            Assert.That((Number(merged), merged.Text("cause")), Is.EqualTo((4, "config")));
            Assert.That(
                config.GetProperty("environment").EnumerateObject().Select(variable => $"{variable.Name}={variable.Value}"),
                Is.EquivalentTo(new[] { "A=code", "B=api", "D=api" }));
            Assert.That(config.GetProperty("args").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(config.GetProperty("resources").GetProperty("limits").GetProperty("memory").GetString(), Is.EqualTo("1Gi"));
            Assert.That(config.GetProperty("resources").GetProperty("limits").GetProperty("cpu").ValueKind, Is.EqualTo(JsonValueKind.Null));
        });
        Assert.That((await GetRevisionAsync(3)).Text("note"), Is.EqualTo("why"));

        var cleared = await PatchAsync("""{"environment":null,"resources":null}""");
        Assert.That(cleared.Body.GetProperty("config").GetProperty("resources").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(Variable(cleared.Body.GetProperty("config"), "B"), Is.EqualTo("code"), "what the code says is left");
    }

    [Test]
    public async Task ChangeConfig_WhenNothingChanges_AnswersThePresentRevision()
    {
        await PatchAsync("""{"environment":{"B":"2","A":"1"},"secrets":{"S":"1"}}""");
        foreach (var same in new[] { "{}", """{"environment":{"A":"1"}}""", """{"secrets":{"S":"1"},"port":null}""", """{"note":"nothing"}""", """{"secrets":{"T":null}}""" })
            Assert.That(Number(await PatchAsync(same)), Is.EqualTo(2), same);
    }

    [Test]
    public async Task Secrets_WhenSet_AreNeverShownAgainNorStoredAsTheyAre()
    {
        const string Value = "s3cr3t-that-nobody-sees";
        var set = await PatchAsync($$$"""{"secrets":{"KEY":"{{{Value}}}","OTHER":"x"}}""");
        var changed = await PatchAsync("""{"secrets":{"OTHER":null},"environment":{"A":"1"}}""");
        string[] elsewhere =
        [
            $"{_path}/revisions/2?compare_to=1", $"{_path}/config", $"{_path}/revisions", _path, "/api/audit", $"/api/stacks/{_stack}/agents",
        ];
        var others = await Task.WhenAll(elsewhere.Select(path => _caller.GetAsync(path)));

        Assert.Multiple(() =>
        {
            Assert.That(set.Body.GetProperty("config").GetProperty("secrets").ToString(), Is.EqualTo("""[{"name":"KEY"},{"name":"OTHER"}]"""));
            Assert.That(changed.Body.GetProperty("config").GetProperty("secrets").ToString(), Is.EqualTo("""[{"name":"KEY"}]"""));
            foreach (var reply in others.Concat([set, changed]))
            {
                Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
                Assert.That(reply.Body.ToString(), Does.Not.Contain(Value));
            }
        });
        var stored = await _server.WithDatabaseAsync(db => db.AgentRevisions.Where(revision => revision.AgentId == _agent).Select(revision => revision.ProtectedSecrets).ToListAsync());
        Assert.That(stored.OfType<string>(), Has.Exactly(2).Items.And.None.Contains(Value));
    }

    [TestCase("""{"environment":{"A":"1"},"secrets":{"A":"2"}}""", "secrets.A")]
    [TestCase("""{"secrets":{"PORT":"2"}}""", "secrets.PORT")]
    [TestCase("""{"environment":{"STACKAGENT_URL":"x"}}""", "environment.STACKAGENT_URL")]
    [TestCase("""{"resources":{"limits":{"memory":"much"}}}""", "resources.limits.memory")]
    [TestCase("""{"health":{"path":"health"}}""", "health.path")]
    [TestCase("""{"args":["a",null]}""", "args[1]")]
    [TestCase("""{"replicas":21}""", "replicas")]
    [TestCase("""{"note":"\u0000"}""", "note")]
    public async Task ChangeConfig_WhenAValueIsBad_IsRefusedWithItsPath(string patch, string field)
    {
        AssertRefused(await _caller.PatchAsync($"{_path}/config", patch), field);
        Assert.That((await _caller.GetAsync(_path)).Body.GetProperty("revision").GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public async Task ChangeConfig_WhenAFieldIsOfAnotherType_Is400WithItsPath()
    {
        var reply = await _caller.PatchAsync($"{_path}/config", """{"health":{"period_seconds":"often"}}""");
        Assert.That((int)reply.Status, Is.EqualTo(400));
        Assert.That(reply.Body.GetProperty("errors").EnumerateObject().Select(member => member.Name), Is.EqualTo(new[] { "health.period_seconds" }));
    }

    [Test]
    public async Task Compare_WhenCodeAndConfigurationDiffer_SaysHow()
    {
        await _caller.ChangeCodeAsync(_agent, OtherCode, """{"environment":{"A":"1"},"secrets":{"S":"1"},"args":["x"]}""");
        var reply = await _caller.GetAsync($"{_path}/revisions/2?compare_to=1");
        var same = await _caller.GetAsync($"{_path}/revisions/2?compare_to=2");

        var difference = reply.Body.GetProperty("difference");
        Assert.Multiple(() =>
        {
            Assert.That(difference.GetProperty("code_changed").GetBoolean());
            Assert.That(difference.GetProperty("files").GetProperty("added").ToString(), Is.EqualTo("""["more.txt"]"""));
            Assert.That(difference.GetProperty("files").GetProperty("removed").ToString(), Is.EqualTo("[]"));
            Assert.That(difference.GetProperty("files").GetProperty("changed").ToString(), Is.EqualTo("""["notes.txt"]"""));
            Assert.That(difference.GetProperty("fields").EnumerateArray().Select(field => field.ToString()), Is.EqualTo(new[]
            {
                """{"field":"args","from":null,"to":["x"]}""",
                """{"field":"environment.A","from":null,"to":"1"}""",
                """{"field":"secrets.S","from":null,"to":null}""",
            }));
            Assert.That(same.Body.GetProperty("difference").GetProperty("code_changed").GetBoolean(), Is.False);
            Assert.That(same.Body.GetProperty("difference").GetProperty("fields").GetArrayLength(), Is.Zero);
        });
        Assert.That((int)(await _caller.GetAsync($"{_path}/revisions/2?compare_to=9")).Status, Is.EqualTo(404));
        Assert.That((int)(await _caller.GetAsync($"{_path}/revisions/9")).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task RollBack_WhenAnEarlierRevisionIsThere_RepeatsItUnderANewNumber()
    {
        await PatchAsync("""{"environment":{"A":"1"},"secrets":{"S":"1"}}""");
        await _caller.ChangeCodeAsync(_agent, OtherCode, """{"environment":null,"secrets":null}""");
        var reply = await _caller.PostAsync($"{_path}/rollback", new { revision = 2, note = "back" });

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
            Assert.That((Number(reply), reply.Text("cause"), reply.Text("note")), Is.EqualTo((4, "rollback", "back")));
            Assert.That(reply.Body.GetProperty("rollback_of").GetInt32(), Is.EqualTo(2));
            Assert.That(reply.Body.GetProperty("code").GetProperty("revision").GetInt32(), Is.EqualTo(1));
            Assert.That(Variable(reply.Body.GetProperty("config"), "A"), Is.EqualTo("1"));
            Assert.That(reply.Body.GetProperty("config").GetProperty("secrets").GetArrayLength(), Is.EqualTo(1));
        });
        Assert.That((int)(await _caller.PostAsync($"{_path}/rollback", new { revision = 4 })).Status, Is.EqualTo(409), "the present one");
        Assert.That((int)(await _caller.PostAsync($"{_path}/rollback", new { revision = 9 })).Status, Is.EqualTo(404));
        AssertRefused(await _caller.PostAsync($"{_path}/rollback", new { }), "revision");
        AssertRefused(await _caller.PostAsync($"{_path}/rollback", new { revision = 1, note = new string('x', 1001) }), "note");
    }

    [Test]
    public async Task List_WhenThereAreSeveral_ShowsEachOnceNewestFirst()
    {
        for (var i = 0; i < 4; i++)
            await PatchAsync($$$"""{"environment":{"A":"{{{i}}}"}}""");

        var first = await _caller.GetAsync($"{_path}/revisions?limit=2");
        var second = await _caller.GetAsync($"{_path}/revisions?limit=3&cursor={first.Text("next_cursor")}");
        Assert.That(Numbers(first), Is.EqualTo(new[] { 5, 4 }));
        Assert.That(Numbers(second), Is.EqualTo(new[] { 3, 2, 1 }));
        Assert.That(second.Body.GetProperty("next_cursor").ValueKind, Is.EqualTo(JsonValueKind.Null));
        AssertRefused(await _caller.GetAsync($"{_path}/revisions?limit=101"), "limit");
        AssertRefused(await _caller.GetAsync($"{_path}/revisions?cursor=x"), "cursor");
    }

    [Test]
    public async Task List_WhenMoreAreMadeThanAreKept_ShowsTheNewest()
    {
        for (var i = 0; i < 12; i++)
            Assert.That((await _caller.ChangeCodeAsync(_agent, Zip.Of(("notes.txt", $"{i}")))).Status, Is.EqualTo(HttpStatusCode.OK));

        // All kept ones but perhaps one that was to be run while it was decided, and went with the next.
        await Eventually.TrueAsync(
            async () => Numbers(await _caller.GetAsync($"{_path}/revisions")).SequenceEqual(Enumerable.Range(4, 10).Reverse()), "the old ones to go");
        await Eventually.TrueAsync(() => StoredRevisions().Count == 10, "their code to go");
    }

    [Test]
    public async Task Download_WhenAsked_GivesTheZipAsItWasUploaded()
    {
        await _caller.ChangeCodeAsync(_agent, OtherCode);
        var digest = Convert.ToHexStringLower(SHA256.HashData(OtherCode));
        using var whole = await _caller.Http.GetAsync($"{_path}/revisions/2/code");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_path}/revisions/2/code") { Headers = { Range = new RangeHeaderValue(4, 9) } };
        using var part = await _caller.Http.SendAsync(request);
        using var conditional = new HttpRequestMessage(HttpMethod.Get, $"{_path}/revisions/2/code");
        conditional.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{digest}\""));
        using var unchanged = await _caller.Http.SendAsync(conditional);

        Assert.That(await whole.Content.ReadAsByteArrayAsync(), Is.EqualTo(OtherCode));
        Assert.That(await part.Content.ReadAsByteArrayAsync(), Is.EqualTo(OtherCode[4..10]));
        Assert.Multiple(() =>
        {
            Assert.That(whole.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/zip"));
            Assert.That(whole.Content.Headers.ContentDisposition?.FileName, Does.EndWith("-revision-2.zip"));
            Assert.That(whole.Headers.ETag?.Tag, Is.EqualTo($"\"{digest}\""));
            Assert.That(part.StatusCode, Is.EqualTo(HttpStatusCode.PartialContent));
            Assert.That(unchanged.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
        });
    }

    [Test]
    public async Task Calls_WhenTheAgentOnlyReports_AreConflicts()
    {
        await _caller.ReportAsync("reported");
        foreach (var call in new[]
        {
            "GET config", "PATCH config", "PUT code", "GET revisions", "GET revisions/1", "GET revisions/1/code", "POST rollback", "POST restart", "POST stop", "POST start",
        })
        {
            var (method, path) = (call.Split(' ')[0], call.Split(' ')[1]);
            var reply = await _caller.SendAsync(new HttpMethod(method), $"/api/agents/reported/{path}", method == "GET" ? null : new { revision = 1 });
            Assert.That((reply.Status, reply.Text("error")), Is.EqualTo((HttpStatusCode.Conflict, "conflict")), $"{call}: {reply.Body}");
        }
    }

    [Test]
    public async Task Calls_WhenTheAgentIsBeingDeleted_AreConflicts()
    {
        // Behind the server's back, so that it stays long enough.
        await _server.WithDatabaseAsync(db => db.Database.ExecuteSqlAsync($"UPDATE agents SET status = 'deleting' WHERE id = {_agent}"));
        var change = await _caller.ChangeCodeAsync(_agent, OtherCode);
        Assert.That(change.Status, Is.EqualTo(HttpStatusCode.Conflict).Or.EqualTo(HttpStatusCode.NotFound));
    }

    private static int Number(Reply reply) => reply.Body.GetProperty("number").GetInt32();

    private static IEnumerable<int> Numbers(Reply page) => page.Body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("number").GetInt32());

    private static string? Variable(JsonElement config, string name) => config.GetProperty("environment").GetProperty(name).GetString();

    private static void AssertRefused(Reply reply, string field)
    {
        Assert.That((int)reply.Status, Is.EqualTo(422), reply.Body.ToString());
        Assert.That(reply.Body.GetProperty("errors").EnumerateObject().Select(member => member.Name), Is.EqualTo(new[] { field }));
    }

    private Task<Reply> GetRevisionAsync(int number) => _caller.GetAsync($"{_path}/revisions/{number}");

    private async Task<Reply> PatchAsync(string patch)
    {
        var reply = await _caller.PatchAsync($"{_path}/config", patch);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        return reply;
    }

    private IReadOnlyList<string?> StoredRevisions() =>
        [.. Directory.GetDirectories(Path.Combine(_server.AgentFolder(_stack, _agent), "revisions")).Select(Path.GetFileName).Order(StringComparer.Ordinal)];
}
