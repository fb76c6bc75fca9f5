using System.Net;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Persistence;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Notifications;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class DeliveryTests(DatabaseProvider provider)
{
    private const string Deliveries = "/api/notifications/deliveries";

    private ProductServer _server = null!;
    private Caller _owner = null!;
    private Guid _endpoint;

    [SetUp]
    public async Task SetUpAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _owner = await _server.NewCallerAsync();
        var created = await _owner.PostAsync("/api/notifications/endpoints", new { url = "https://example.invalid/hook" });
        _endpoint = created.Body.GetProperty("id").GetGuid();
    }

    [TearDown]
    public void TearDown() => _owner.Dispose();

    [Test]
    public async Task List_WhenPaged_ShowsEachOnceNewestFirst()
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++)
            ids.Add(await AddAsync(DeliveryState.Delivered));

        var seen = new List<Guid>();
        string? cursor = null;
        do
        {
            var page = await _owner.GetAsync($"{Deliveries}?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(IdsOf(page));
            cursor = page.Body.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        // Made within a few milliseconds, they are in the order of their ids all the same.
        Assert.That(seen, Is.EquivalentTo(ids));
        Assert.That(seen.Select(id => id.ToString()), Is.Ordered.Descending.Using((IComparer<string>)StringComparer.Ordinal));
    }

    [Test]
    public async Task List_WhenFiltered_ShowsWhatFits()
    {
        var (other, agent) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var failed = await AddAsync(DeliveryState.Failed, "session.expired", "bot", agent);
        var muted = await AddAsync(DeliveryState.Muted, "session.expired", "other bot", Guid.CreateVersion7());
        var elsewhere = await DeliveryRows.AddAsync(_server, _owner.UserId, other, DeliveryState.Delivered, "endpoint.test");

        Assert.Multiple(async () =>
        {
            Assert.That(await ListAsync("?state=failed"), Is.EqualTo([failed]));
            Assert.That(await ListAsync("?state=muted&type=session.expired"), Is.EqualTo([muted]));
            Assert.That(await ListAsync($"?endpoint_id={other}"), Is.EqualTo([elsewhere]));
            Assert.That(await ListAsync("?type=endpoint.test"), Is.EqualTo([elsewhere]));
            Assert.That(await ListAsync("?agent_id=bot"), Is.EqualTo([failed]));
            Assert.That(await ListAsync($"?agent_id={agent.ToString().ToUpperInvariant()}"), Is.EqualTo([failed]));
            Assert.That(await ListAsync("?agent_id=other%20bot&state=failed"), Is.Empty);
        });
    }

    [TestCase("limit=0", HttpStatusCode.UnprocessableEntity)]
    [TestCase("limit=1001", HttpStatusCode.UnprocessableEntity)]
    [TestCase("cursor=nonsense", HttpStatusCode.UnprocessableEntity)]
    [TestCase("type=session.*", HttpStatusCode.UnprocessableEntity)]
    [TestCase("agent_id=%00", HttpStatusCode.UnprocessableEntity)]
    [TestCase("state=lost", HttpStatusCode.UnprocessableEntity)]
    [TestCase("endpoint_id=x", HttpStatusCode.BadRequest)]
    public async Task List_WhenAskedNonsense_SaysSo(string query, HttpStatusCode expected) =>
        Assert.That((await _owner.GetAsync($"{Deliveries}?{query}")).Status, Is.EqualTo(expected));

    [Test]
    public async Task Get_WhenItTookSeveralTries_ShowsEachAndTheBody()
    {
        var id = await DeliveryRows.AddAsync(_server, _owner.UserId, _endpoint, DeliveryState.Delivered, "agent.deleted", "bot", attempts: 2);
        var reply = await _owner.GetAsync($"{Deliveries}/{id}");
        var body = reply.Body.GetProperty("body");

        Assert.Multiple(() =>
        {
            Assert.That((reply.Text("type"), reply.Text("state"), reply.Text("agent_id")), Is.EqualTo(("agent.deleted", "delivered", "bot")));
            Assert.That(reply.Text("webhook_id"), Does.Match("^msg_[0-9a-f]{32}$"));
            Assert.That(reply.Body.GetProperty("attempts").GetInt32(), Is.EqualTo(2));
            Assert.That(
                reply.Body.GetProperty("attempt_log").EnumerateArray().Select(attempt => attempt.ToString()),
                Is.EqualTo([
                    """{"number":1,"at":"2026-01-02T03:05:05Z","duration_ms":41,"status_code":503,"error":"It answered 503.","answer":"busy"}""",
                    """{"number":2,"at":"2026-01-02T03:06:05Z","duration_ms":42,"status_code":204,"error":null,"answer":null}"""]));
            Assert.That((body.GetProperty("type").GetString(), body.GetProperty("timestamp").GetString()), Is.EqualTo(("agent.deleted", "2026-01-02T03:04:05Z")));
            Assert.That(body.GetProperty("data").GetProperty("agent").GetProperty("name").GetString(), Is.EqualTo("bot \"1\""));
        });
    }

    [Test]
    public async Task Redeliver_WhenTheEndpointIsThere_IsANewDeliveryOfTheSameNotification()
    {
        var id = await AddAsync(DeliveryState.Muted);
        var before = await _owner.GetAsync($"{Deliveries}/{id}");
        var again = await RedeliverAsync(id);

        Assert.Multiple(async () =>
        {
            Assert.That(again.Status, Is.EqualTo(HttpStatusCode.Accepted), again.Body.ToString());
            Assert.That(again.Body.GetProperty("id").GetGuid(), Is.Not.EqualTo(id));
            Assert.That(again.Headers.Location?.ToString(), Does.EndWith($"{Deliveries}/{again.Text("id")}"));
            Assert.That(again.Text("webhook_id"), Is.EqualTo(before.Text("webhook_id")));
            Assert.That(again.Text("endpoint_url"), Is.EqualTo("https://example.invalid/hook"), "the address that it has now");
            Assert.That(again.Body.GetProperty("endpoint_id").GetGuid(), Is.EqualTo(_endpoint));
            Assert.That((await _owner.GetAsync($"{Deliveries}/{id}")).Text("state"), Is.EqualTo("muted"), "the old one stays as it was");
        });
    }

    [Test]
    public async Task Redeliver_WhenTheEndpointIsDisabled_IsAConflict()
    {
        var id = await AddAsync(DeliveryState.Failed);
        await _owner.SendAsync(HttpMethod.Patch, $"/api/notifications/endpoints/{_endpoint}", """{"enabled":false}""");

        Assert.That((await RedeliverAsync(id)).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(await ListAsync(""), Is.EqualTo([id]));
    }

    [Test]
    public async Task Stranger_WhenAskingForSomebodyElses_FindsNothing()
    {
        using var stranger = await _server.NewCallerAsync();
        var id = await AddAsync(DeliveryState.Failed);
        var servers = await DeliveryRows.AddAsync(_server, ownerId: null, Guid.CreateVersion7(), DeliveryState.Failed);

        Assert.Multiple(async () =>
        {
            foreach (var query in new[] { "", $"?endpoint_id={_endpoint}" })
                Assert.That((await stranger.GetAsync($"{Deliveries}{query}")).Body.GetProperty("items").GetArrayLength(), Is.Zero);
            Assert.That((await stranger.GetAsync($"{Deliveries}/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That((await stranger.SendAsync(HttpMethod.Post, $"{Deliveries}/{id}/redeliver")).Status, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That((await _owner.GetAsync($"{Deliveries}/{servers}")).Status, Is.EqualTo(HttpStatusCode.NotFound), "what the server's own endpoint got");
            Assert.That((await RedeliverAsync(servers)).Status, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(await ListAsync(""), Is.EqualTo([id]));
        });
    }

    private Task<Guid> AddAsync(DeliveryState state, string type = "agent.deleted", string? agentKey = null, Guid? agentId = null) =>
        DeliveryRows.AddAsync(_server, _owner.UserId, _endpoint, state, type, agentKey, agentId);

    private Task<Reply> RedeliverAsync(Guid id) => _owner.SendAsync(HttpMethod.Post, $"{Deliveries}/{id}/redeliver");

    private async Task<IReadOnlyList<Guid>> ListAsync(string query) => IdsOf(await _owner.GetAsync($"{Deliveries}{query}"));

    private static IReadOnlyList<Guid> IdsOf(Reply reply)
    {
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        return [.. reply.Body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid())];
    }
}
