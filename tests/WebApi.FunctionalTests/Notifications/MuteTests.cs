using System.Net;
using StackAgent.Infrastructure.Persistence;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Notifications;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class MuteTests(DatabaseProvider provider)
{
    // In whole seconds, and written with an offset on the way in.
    private static readonly DateTimeOffset Soon = DateTimeOffset.UnixEpoch.AddSeconds(DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds());

    private ProductServer _server = null!;
    private Caller _owner = null!;
    private Guid _stack;
    private Guid _agent;

    [SetUp]
    public async Task SetUpAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _owner = await _server.NewCallerAsync();
        _stack = await _owner.CreateStackAsync();
        _agent = await _owner.DeployAsync(_stack, "agent", SampleAgents.NothingToStart);
        await _owner.ReportAsync("my bot/1");
    }

    [TearDown]
    public void TearDown() => _owner.Dispose();

    [TestCase("/api/agents/my%20bot%2F1", "agent")]
    [TestCase("/api/agents/{agent}", "agent")]
    [TestCase("/api/stacks/{stack}", "stack")]
    public async Task Mute_WhenSetMovedAndEnded_IsWhatIsSeen(string subject, string by)
    {
        var path = $"{Fill(subject)}/mute";
        var before = await _owner.GetAsync(path);
        var set = await _owner.PutAsync(path, new { until = Soon.ToOffset(TimeSpan.FromHours(2)) });
        var moved = await _owner.PutAsync(path, new { until = Soon.AddDays(7) });
        var seen = await _owner.GetAsync(path);
        var ended = await _owner.DeleteAsync(path);
        var after = await _owner.GetAsync(path);

        Assert.Multiple(async () =>
        {
            Assert.That(before.Body.ToString(), Is.EqualTo("""{"muted":false,"until":null,"by":null}"""));
            Assert.That(set.Status, Is.EqualTo(HttpStatusCode.OK), set.Body.ToString());
            Assert.That((set.Body.GetProperty("until").GetDateTimeOffset(), set.Text("by")), Is.EqualTo((Soon, by)));
            Assert.That(moved.Body.GetProperty("until").GetDateTimeOffset(), Is.EqualTo(Soon.AddDays(7)));
            Assert.That(seen.Body.ToString(), Is.EqualTo(moved.Body.ToString()));
            Assert.That(ended.Status, Is.EqualTo(HttpStatusCode.NoContent));
            Assert.That(after.Body.ToString(), Is.EqualTo(before.Body.ToString()));
            Assert.That((await _owner.DeleteAsync(path)).Status, Is.EqualTo(HttpStatusCode.NoContent), "ending it twice");
        });
    }

    [Test]
    public async Task Mute_OfAStack_CoversItsAgentsAndNoOthers()
    {
        var agent = $"/api/agents/{_agent}/mute";
        await _owner.PutAsync(agent, new { until = Soon });
        await _owner.PutAsync($"/api/stacks/{_stack}/mute", new { until = Soon.AddHours(1) });
        var both = await _owner.GetAsync(agent);
        await _owner.DeleteAsync(agent);

        Assert.Multiple(async () =>
        {
            Assert.That((both.Text("by"), both.Body.GetProperty("until").GetDateTimeOffset()), Is.EqualTo(("stack", Soon.AddHours(1))), "the one that lasts longer");
            Assert.That((await _owner.GetAsync(agent)).Text("by"), Is.EqualTo("stack"));
            Assert.That((await _owner.GetAsync("/api/agents/my%20bot%2F1/mute")).Body.GetProperty("muted").GetBoolean(), Is.False);
        });
    }

    [TestCase("""{"until":null}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"until":"2020-01-01T00:00:00Z"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"until":"9999-12-31T23:59:59.9999999Z"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"until":"tomorrow"}""", HttpStatusCode.BadRequest)]
    public async Task Mute_WhenTheMomentIsBad_NamesIt(string body, HttpStatusCode expected)
    {
        foreach (var subject in new[] { $"/api/agents/{_agent}", $"/api/stacks/{_stack}" })
        {
            var reply = await _owner.SendAsync(HttpMethod.Put, $"{subject}/mute", body);
            Assert.That(reply.Status, Is.EqualTo(expected), reply.Body.ToString());
            Assert.That(reply.Body.GetProperty("errors").EnumerateObject().Select(error => error.Name), Is.EqualTo(["until"]));
        }
    }

    [TestCase("/api/agents/{agent}/mute")]
    [TestCase("/api/stacks/{stack}/mute")]
    public async Task Stranger_WhenMutingSomebodyElses_FindsNothing(string path)
    {
        using var stranger = await _server.NewCallerAsync();
        path = Fill(path);
        await _owner.PutAsync(path, new { until = Soon });
        Reply[] replies = [await stranger.GetAsync(path), await stranger.PutAsync(path, new { until = Soon.AddDays(1) }), await stranger.DeleteAsync(path)];

        Assert.That(replies.Select(reply => reply.Status), Is.All.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _owner.GetAsync(path)).Body.GetProperty("until").GetDateTimeOffset(), Is.EqualTo(Soon), "nothing was done");
    }

    [Test]
    public async Task Mute_WhenTwoStrangersHaveAnAgentWithTheSameId_MutesOnlyOwn()
    {
        using var stranger = await _server.NewCallerAsync();
        await stranger.ReportAsync("my bot/1");
        await stranger.PutAsync("/api/agents/my%20bot%2F1/mute", new { until = Soon });

        Assert.That((await stranger.GetAsync("/api/agents/my%20bot%2F1/mute")).Body.GetProperty("muted").GetBoolean(), Is.True);
        Assert.That((await _owner.GetAsync("/api/agents/my%20bot%2F1/mute")).Body.GetProperty("muted").GetBoolean(), Is.False);
    }

    private string Fill(string path) => path
        .Replace("{agent}", _agent.ToString(), StringComparison.Ordinal)
        .Replace("{stack}", _stack.ToString(), StringComparison.Ordinal);
}
