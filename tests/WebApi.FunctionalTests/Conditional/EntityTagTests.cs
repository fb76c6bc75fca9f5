using System.Net;
using StackAgent.Infrastructure.Persistence;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Conditional;

/// <summary>Changes that are meant for one state of a stack or an agent.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class EntityTagTests(DatabaseProvider provider)
{
    private Caller _caller = null!;
    private string _stack = "";
    private string _agent = "";

    [SetUp]
    public async Task SignUpAsync()
    {
        var server = await ProductServer.SharedAsync(provider);
        _caller = await server.NewCallerAsync();
        var stack = await _caller.CreateStackAsync();
        _stack = $"/api/stacks/{stack}";
        _agent = $"/api/agents/{await _caller.DeployAsync(stack, "agent", SampleAgents.NothingToStart)}";
        await _caller.ReportAsync("reported");
    }

    [TearDown]
    public void End() => _caller.Dispose();

    private IEnumerable<string> Resources => [_stack, _agent, "/api/agents/reported"];

    [Test]
    public async Task Change_WhenTheStateIsTheOneMeant_IsMadeAndAnswersTheNextTag()
    {
        foreach (var path in Resources)
        {
            var read = await _caller.GetAsync(path);
            var changed = await ChangeAsync(path, Tag(read));
            var again = await _caller.GetAsync(path);

            Assert.That(Tag(read), Does.Match("^\"v[0-9]+\"$"), path);
            Assert.That((changed.Status, changed.Text("name")), Is.EqualTo((HttpStatusCode.OK, "changed")), path);
            Assert.That(Tag(changed), Is.Not.EqualTo(Tag(read)).And.EqualTo(Tag(again)), path);
        }
    }

    [Test]
    public async Task Change_WhenSomebodyElseWasFaster_IsRefused()
    {
        foreach (var path in Resources)
        {
            var read = await _caller.GetAsync(path);
            await _caller.PutAsync(path, new { name = "faster" });
            foreach (var tags in new[] { Tag(read), $"W/{Tag(await _caller.GetAsync(path))}", $"\"x\", {Tag(read)}" })
            {
                var changed = await ChangeAsync(path, tags);
                Assert.That((changed.Status, changed.Text("error")), Is.EqualTo((HttpStatusCode.PreconditionFailed, "precondition_failed")), $"{path} {tags}");
                Assert.That(changed.ContentType, Is.EqualTo("application/problem+json"));
            }

            var deleted = await _caller.SendAsync(HttpMethod.Delete, path, body: null, ("If-Match", Tag(read)));
            Assert.That(deleted.Status, Is.EqualTo(HttpStatusCode.PreconditionFailed), path);
            Assert.That((await _caller.GetAsync(path)).Text("name"), Is.EqualTo("faster"), path);
        }
    }

    [Test]
    public async Task Changes_WhenManyAreMeantForOneState_AreMadeOnce()
    {
        foreach (var path in Resources)
        {
            var tag = Tag(await _caller.GetAsync(path));
            var replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ChangeAsync(path, tag)));
            Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.OK), Is.EqualTo(1), path);
            Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.PreconditionFailed), Is.EqualTo(5), path);
        }
    }

    [Test]
    public async Task IfMatch_WhenItListsTheStateOrTakesAny_Passes()
    {
        foreach (var path in Resources)
        {
            Assert.That((await ChangeAsync(path, $"\"other\", {Tag(await _caller.GetAsync(path))}")).Status, Is.EqualTo(HttpStatusCode.OK), path);
            Assert.That((await ChangeAsync(path, "*")).Status, Is.EqualTo(HttpStatusCode.OK), path);
        }
    }

    [TestCase("v1")]
    [TestCase("\"v1")]
    [TestCase("")]
    public async Task IfMatch_WhenItCannotBeRead_IsRefused(string header)
    {
        var reply = await ChangeAsync(_stack, header);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest), reply.Body.ToString());
        Assert.That(reply.Text("detail"), Does.Contain("If-Match"));
    }

    [Test]
    public async Task IfMatch_WhenTheResourceIsSomebodyElses_SaysNothingOfIt()
    {
        using var stranger = await (await ProductServer.SharedAsync(provider)).NewCallerAsync();
        foreach (var path in Resources)
        {
            var reply = await stranger.SendAsync(HttpMethod.Put, path, new { name = "mine" }, ("If-Match", "\"v0\""));
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.NotFound), path);
        }
    }

    [Test]
    public async Task Delete_WhenTheStateIsTheOneMeant_IsDone()
    {
        foreach (var path in Resources.Reverse())
        {
            var tag = Tag(await _caller.GetAsync(path));
            Assert.That((await _caller.SendAsync(HttpMethod.Delete, path, body: null, ("If-Match", tag))).Status, Is.EqualTo(HttpStatusCode.NoContent), path);
        }
    }

    [Test]
    public async Task Configuration_WhenChanged_HasAnotherTagAndTakesNoChangeMeantForTheOne()
    {
        var path = $"{_agent}/config";
        var read = await _caller.GetAsync(path);
        var changed = await PatchAsync(path, "one", Tag(read));
        var late = await PatchAsync(path, "two", Tag(read));
        var next = await PatchAsync(path, "three", Tag(changed));
        using var form = new MultipartFormDataContent { { new ByteArrayContent(SampleAgents.NothingToStart), "file", "agent.zip" } };
        var code = await _caller.SendAsync(HttpMethod.Put, $"{_agent}/code", form, ("If-Match", Tag(read)));

        Assert.Multiple(async () =>
        {
            Assert.That((changed.Status, next.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)), $"{changed.Body} {next.Body}");
            Assert.That((late.Status, late.Text("error")), Is.EqualTo((HttpStatusCode.PreconditionFailed, "precondition_failed")));
            Assert.That(code.Status, Is.EqualTo(HttpStatusCode.PreconditionFailed));
            Assert.That(Tag(await _caller.GetAsync(path)), Is.EqualTo(Tag(next)).And.Not.EqualTo(Tag(read)));
        });
    }

    private static string Tag(Reply reply) => reply.Headers.ETag!.ToString();

    private Task<Reply> PatchAsync(string path, string level, string ifMatch) =>
        _caller.SendAsync(HttpMethod.Patch, path, new { environment = new { LEVEL = level } }, ("If-Match", ifMatch));

    private Task<Reply> ChangeAsync(string path, string ifMatch) =>
        _caller.SendAsync(HttpMethod.Put, path, new { name = "changed" }, ("If-Match", ifMatch));
}
