using System.Net;
using System.Net.Http.Headers;
using Microsoft.EntityFrameworkCore;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing.Contract;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Idempotency;

/// <summary>A request with a key, and its repeats.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class IdempotencyTests(DatabaseProvider provider)
{
    private ProductServer _server = null!;
    private Caller _caller = null!;

    [SetUp]
    public async Task SignUpAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _caller = await _server.NewCallerAsync();
    }

    [TearDown]
    public void End() => _caller.Dispose();

    [Test]
    public async Task Repeat_AfterSuccess_GetsTheFirstAnswerAndDoesNothing()
    {
        var first = await PostAsync("/api/stacks", new { name = "one" }, "key");
        await _caller.PutAsync($"/api/stacks/{first.Text("id")}", new { name = "renamed meanwhile" });
        var repeat = await PostAsync("/api/stacks", new { name = "one" }, "key");

        Assert.That(first.Status, Is.EqualTo(HttpStatusCode.Created), first.Body.ToString());
        Assert.Multiple(async () =>
        {
            Assert.That(repeat.Status, Is.EqualTo(HttpStatusCode.Created));
            Assert.That(repeat.Body.ToString(), Is.EqualTo(first.Body.ToString()));
            Assert.That(repeat.ContentType, Is.EqualTo(first.ContentType));
            Assert.That(repeat.Headers.Location, Is.EqualTo(first.Headers.Location).And.Not.Null);
            Assert.That(repeat.Headers.ETag, Is.EqualTo(first.Headers.ETag).And.Not.Null);
            Assert.That((IsReplayed(first), IsReplayed(repeat)), Is.EqualTo((false, true)));
            Assert.That(await StacksAsync(), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Key_WhenUsedForAnotherRequest_IsRefused()
    {
        var stack = await PostAsync("/api/stacks", new { name = "one" }, "key");
        foreach (var (method, path, name) in new[]
        {
            ("POST", "/api/stacks", "two"),
            ("POST", "/api/stacks?x=1", "one"),
            ("PUT", $"/api/stacks/{stack.Text("id")}", "one"),
        })
        {
            var reply = await _caller.SendAsync(new HttpMethod(method), path, new { name }, ("Idempotency-Key", "key"));
            Assert.That((reply.Status, reply.Text("error")), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "idempotency_key_reused")), $"{method} {path}");
        }

        Assert.That(await StacksAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task Key_WhenSomebodyElseUsesIt_IsAnotherOne()
    {
        using var other = await _server.NewCallerAsync();
        var mine = await PostAsync("/api/stacks", new { name = "one" }, "shared");
        var theirs = await other.SendAsync(HttpMethod.Post, "/api/stacks", new { name = "one" }, ("Idempotency-Key", "shared"));

        Assert.That(theirs.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(theirs.Text("id"), Is.Not.EqualTo(mine.Text("id")));
    }

    [Test]
    public async Task Requests_WhenManyComeAtOnceWithOneKey_HaveOneEffect()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => PostAsync("/api/stacks", new { name = "one" }, "key")));

        var done = replies.Where(reply => reply.Status == HttpStatusCode.Created).ToList();
        var waiting = replies.Except(done).ToList();
        Assert.Multiple(async () =>
        {
            Assert.That(done.Count(reply => !IsReplayed(reply)), Is.EqualTo(1));
            Assert.That(done.Select(reply => reply.Text("id")).Distinct().Count(), Is.EqualTo(1));
            Assert.That(waiting.Select(reply => (reply.Status, reply.Text("error"))), Is.All.EqualTo((HttpStatusCode.Conflict, "idempotency_key_in_use")));
            Assert.That(waiting.Select(reply => reply.Headers.RetryAfter), Is.All.Not.Null);
            Assert.That(await StacksAsync(), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task ApiKey_WhenItsCreationIsRepeated_IsShownAgainButNotStoredInPlainText()
    {
        var first = await PostAsync("/api/apikeys", new { name = "ci" }, "key");
        var repeat = await PostAsync("/api/apikeys", new { name = "ci" }, "key");
        var stored = await _server.WithDatabaseAsync(db => db.IdempotencyRecords.AsNoTracking().SingleAsync(record => record.OwnerId == _caller.UserId));

        Assert.Multiple(() =>
        {
            Assert.That(repeat.Text("key"), Is.EqualTo(first.Text("key")));
            Assert.That(repeat.Headers.CacheControl?.NoStore, Is.True);
            Assert.That(stored.ProtectedAnswer, Is.Not.Empty.And.Not.Contain(first.Text("key")));
        });
    }

    [Test]
    public async Task Refusal_WhenTheWholeRequestWasRead_IsKept()
    {
        var first = await PostAsync("/api/stacks", new { name = "" }, "key");
        var repeat = await PostAsync("/api/stacks", new { name = "" }, "key");

        Assert.That((first.Status, repeat.Status), Is.EqualTo((HttpStatusCode.UnprocessableEntity, HttpStatusCode.UnprocessableEntity)));
        Assert.That((repeat.ContentType, IsReplayed(repeat)), Is.EqualTo(("application/problem+json", true)));
        Assert.That(repeat.Text("trace_id"), Is.EqualTo(first.Text("trace_id")), "it is the first answer");
    }

    [Test]
    public async Task Refusal_WhenGivenBeforeTheBodyWasRead_LeavesTheKeyFree()
    {
        var path = $"/api/stacks/{Guid.CreateVersion7()}/agents";
        var refused = await UploadAsync(path, "agent", SampleAgents.NothingToStart, "key");
        var stack = await _caller.CreateStackAsync();
        var created = await UploadAsync($"/api/stacks/{stack}/agents", "agent", SampleAgents.NothingToStart, "key");

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created), created.Body.ToString());
    }

    [Test]
    public async Task Upload_WhenRepeated_MakesOneAgent()
    {
        var stack = await _caller.CreateStackAsync();
        var path = $"/api/stacks/{stack}/agents";
        var first = await UploadAsync(path, "agent", SampleAgents.NothingToStart, "key");
        var repeat = await UploadAsync(path, "agent", SampleAgents.NothingToStart, "key");
        var other = await UploadAsync(path, "another", SampleAgents.NothingToStart, "key");

        Assert.Multiple(async () =>
        {
            Assert.That(first.Status, Is.EqualTo(HttpStatusCode.Created), first.Body.ToString());
            Assert.That((repeat.Status, repeat.Text("id"), IsReplayed(repeat)), Is.EqualTo((HttpStatusCode.Created, first.Text("id"), true)));
            Assert.That(other.Text("error"), Is.EqualTo("idempotency_key_reused"));
            Assert.That((await _caller.GetAsync(path)).Body.GetProperty("total").GetInt32(), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Post_WithoutABody_IsRepeatedToo()
    {
        var endpoint = await _caller.PostAsync("/api/notifications/endpoints", new { url = "https://example.com/hook" });
        var path = $"/api/notifications/endpoints/{endpoint.Text("id")}/rotate-secret";
        var first = await _caller.SendAsync(HttpMethod.Post, path, body: null, ("Idempotency-Key", "key"));
        var repeat = await _caller.SendAsync(HttpMethod.Post, path, body: null, ("Idempotency-Key", "key"));
        var ignored = await _caller.SendAsync(HttpMethod.Post, path, new { ignored = true }, ("Idempotency-Key", "other-key"));
        var ignoredAgain = await _caller.SendAsync(HttpMethod.Post, path, new { ignored = true }, ("Idempotency-Key", "other-key"));
        var changed = await _caller.SendAsync(HttpMethod.Post, path, new { ignored = false }, ("Idempotency-Key", "other-key"));

        Assert.Multiple(() =>
        {
            Assert.That(repeat.Text("secret"), Is.EqualTo(first.Text("secret")));
            Assert.That(ignoredAgain.Text("secret"), Is.EqualTo(ignored.Text("secret")).And.Not.EqualTo(first.Text("secret")));
            Assert.That(changed.Text("error"), Is.EqualTo("idempotency_key_reused"), "a body that nobody reads counts too");
        });
    }

    [TestCase("")]
    [TestCase("with space")]
    [TestCase("ключ")]
    [TestCase("256")]
    public async Task Key_WhenItIsNone_IsRefused(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/stacks") { Content = new StringContent("{}", new MediaTypeHeaderValue("application/json")) };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key == "256" ? new string('k', 256) : key);
        if (key == "ключ")
            request.Headers.TryAddWithoutValidation("Idempotency-Key", "second");
        request.Headers.Authorization = _caller.Http.DefaultRequestHeaders.Authorization;
        using var http = new HttpClient(new DocumentedAnswers(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8 })) { BaseAddress = _server.Address };
        using var answer = await http.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("Idempotency-Key"));
    }

    [Test]
    public async Task Key_WhereItDoesNotCount_IsNotKept()
    {
        using var nobody = _server.Anonymous();
        var longest = new string('~', 255);
        var refused = await nobody.SendAsync(HttpMethod.Post, "/api/stacks", new { name = "one" }, ("Idempotency-Key", longest));
        var account = await _caller.SendAsync(HttpMethod.Put, "/api/auth/me", new { full_name = "Grace" }, ("Idempotency-Key", longest));
        var report = await _caller.SendAsync(
            HttpMethod.Post, "/webhook/status", new { agent_id = "a", session_topic = "t", status = "running" }, ("Idempotency-Key", longest));
        var nothing = await _caller.SendAsync(HttpMethod.Post, "/api/nothing", new { }, ("Idempotency-Key", longest));
        var rows = await _server.WithDatabaseAsync(db => db.IdempotencyRecords.CountAsync(record => record.OwnerId == _caller.UserId));
        var good = await PostAsync("/api/stacks", new { name = "one" }, longest);

        Assert.That(
            new[] { refused.Status, account.Status, report.Status, nothing.Status, good.Status },
            Is.EqualTo(new[] { HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.Created }));
        Assert.That(rows, Is.Zero);
    }

    private static bool IsReplayed(Reply reply) => reply.Headers.TryGetValues("Idempotency-Replayed", out var values) && values.Single() == "true";

    private Task<Reply> PostAsync(string path, object body, string key) => _caller.SendAsync(HttpMethod.Post, path, body, ("Idempotency-Key", key));

    private async Task<Reply> UploadAsync(string path, string name, byte[] zip, string key)
    {
        // With a boundary of its own each form would be another body.
        using var form = new MultipartFormDataContent("boundary") { { new StringContent(name), "name" }, { new ByteArrayContent(zip), "file", "agent.zip" } };
        return await _caller.SendAsync(HttpMethod.Post, path, form, ("Idempotency-Key", key));
    }

    private async Task<int> StacksAsync() => (await _caller.GetAsync("/api/stacks")).Body.GetProperty("total").GetInt32();
}
