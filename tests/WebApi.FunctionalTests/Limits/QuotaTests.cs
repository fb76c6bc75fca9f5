using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Limits;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class QuotaTests(DatabaseProvider provider)
{
    private const int CodeQuota = 20_000;

    private ProductServer _server;
    private Caller _caller;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await ProductServer.StartAsync(provider, environment: new Dictionary<string, string>
    {
        ["QUOTA_STACKS"] = "2",
        ["QUOTA_AGENTS"] = "2",
        ["QUOTA_REPORTED_AGENTS"] = "2",
        ["QUOTA_CODE_BYTES"] = CodeQuota.ToString(CultureInfo.InvariantCulture),
    });

    [OneTimeTearDown]
    public async Task EndAsync() => await _server.DisposeAsync();

    [SetUp]
    public async Task SignUpAsync() => _caller = await _server.NewCallerAsync();

    [TearDown]
    public void End() => _caller.Dispose();

    [Test]
    public async Task CreateStack_WhenMoreAreAskedForAtOnceThanMayBe_MakesAsManyAsMayBe()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => _caller.PostAsync("/api/stacks", new { name = $"stack {i}" })));

        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.Created), Is.EqualTo(2));
        var refused = replies.Where(reply => reply.Status != HttpStatusCode.Created).ToList();
        Assert.That(refused.Select(reply => (reply.Status, reply.Text("error"))), Is.All.EqualTo((HttpStatusCode.Conflict, "quota_exceeded")));
        Assert.That(refused[0].Text("detail"), Is.EqualTo("You have 2 stacks, and an account may have 2 here. Delete one that is no longer needed."));

        var stack = replies.First(reply => reply.Status == HttpStatusCode.Created).Text("id");
        await _caller.DeleteAsync($"/api/stacks/{stack}");
        await _caller.UntilGoneAsync($"/api/stacks/{stack}");
        await _caller.CreateStackAsync("after");
    }

    [Test]
    public async Task CreateAgent_WhenThereAreAsManyAsMayBe_IsRefusedBeforeTheCodeIsStored()
    {
        var (first, second) = (await _caller.CreateStackAsync("first"), await _caller.CreateStackAsync("second"));
        var one = await _caller.DeployAsync(first, "one", Code(10));
        await _caller.DeployAsync(second, "two", Code(10));
        await _caller.ReportAsync("reported agents aren't counted");

        foreach (var query in new[] { "", "?dry_run=true" })
        {
            using var form = new MultipartFormDataContent { { new StringContent("three"), "name" }, { new ByteArrayContent(Code(10)), "file", "agent.zip" } };
            var refused = await _caller.SendAsync(HttpMethod.Post, $"/api/stacks/{first}/agents{query}", form);
            Assert.That((refused.Status, refused.Text("error")), Is.EqualTo((HttpStatusCode.Conflict, "quota_exceeded")), query);
            Assert.That(refused.Text("detail"), Does.StartWith("You have 2 deployed agents, and an account may have 2 here."));
        }

        Assert.That((await _caller.ChangeCodeAsync(one, Code(20))).Status, Is.EqualTo(HttpStatusCode.OK), "those that are there can be changed");
        using var other = await _server.NewCallerAsync();
        await other.DeployAsync(await other.CreateStackAsync(), "one", Code(10));
    }

    [Test]
    public async Task Report_WhenItWouldRegisterMoreAgentsThanMayBe_IsRefusedAndTheOthersAreStored()
    {
        const string Full = "An account may have 2 agents here that registered themselves by their reports. "
            + "Delete those that no longer report, or report under fewer names.";
        await _caller.ReportAsync("first");

        var mixed = await _caller.PostAsync("/webhook/status", new[] { "first", "second", "third", "second" }
            .Select(agent => new { agent_id = agent, session_topic = "topic", status = "running" }));
        Assert.That(mixed.Status, Is.EqualTo(HttpStatusCode.MultiStatus));
        Assert.That(
            mixed.Body.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("status").GetInt32()), Is.EqualTo(new[] { 200, 200, 409, 200 }));
        Assert.That(mixed.Body.GetProperty("results")[2].GetProperty("error").GetString(), Is.EqualTo(Full));

        var alone = await _caller.PostAsync("/webhook/status", new { agent_id = "third", session_topic = "topic", status = "running" });
        Assert.That((alone.Status, alone.Text("error"), alone.Text("detail")), Is.EqualTo((HttpStatusCode.Conflict, "quota_exceeded", Full)));
        Assert.That((await _caller.GetAsync("/api/agents/third")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        await _caller.DeployAsync(await _caller.CreateStackAsync(), "deployed ones don't count", Code(10));
        await _caller.ReportAsync("second");

        await _caller.DeleteAsync("/api/agents/first");
        await _caller.ReportAsync("third");
    }

    [Test]
    public async Task Upload_WhenItsCodeWouldTakeMoreThanMayBe_IsRefusedWithTheFigures()
    {
        var stack = await _caller.CreateStackAsync();
        var tooLarge = await _caller.UploadAsync(stack, "one", Code(CodeQuota));
        Assert.That((tooLarge.Status, tooLarge.Text("error")), Is.EqualTo((HttpStatusCode.Conflict, "quota_exceeded")));
        Assert.That(tooLarge.Text("detail"), Does.Match(@"^The code of your agents takes 0 bytes, this upload would take \d+ bytes, and an account's may take 20000 bytes here\. "));

        var code = Code(6_000);
        var agent = await _caller.DeployAsync(stack, "one", code);
        Assert.That((await _caller.ChangeCodeAsync(agent, Code(6_000))).Text("error"), Is.EqualTo("quota_exceeded"));
        Assert.That((await _caller.UploadAsync(stack, "two", Code(6_000))).Text("error"), Is.EqualTo("quota_exceeded"));
        var same = await _caller.ChangeCodeAsync(agent, code, config: """{"env":{"A":"b"}}""");
        Assert.That(same.Status, Is.EqualTo(HttpStatusCode.OK), "code that is there already takes nothing");
        Assert.That((await _caller.ChangeCodeAsync(agent, Code(1_000))).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    /// <summary>Takes about twice so many bytes: once packed, for it can't be made smaller, and once unpacked.</summary>
    private static byte[] Code(int bytes) =>
        Zip.Of(("main.py", "import time\ntime.sleep(600)\n"), ("data.txt", Convert.ToBase64String(RandomNumberGenerator.GetBytes(bytes * 3 / 4))));
}
