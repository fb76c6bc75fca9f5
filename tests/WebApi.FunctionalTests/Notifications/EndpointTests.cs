using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Persistence;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Notifications;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class EndpointTests(DatabaseProvider provider)
{
    private const string Endpoints = "/api/notifications/endpoints";
    private const string Url = "https://example.com/hook";

    private ProductServer _server = null!;
    private Caller _owner = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _owner = await _server.NewCallerAsync();
    }

    [TearDown]
    public void TearDown() => _owner.Dispose();

    [Test]
    public async Task Create_WhenGiven_ShowsItsSecretOnceAndStoresItEncrypted()
    {
        var stack = await _owner.CreateStackAsync();
        var created = await _owner.PostAsync(Endpoints, new
        {
            url = $" {Url} ",
            description = "On call",
            format = "slack",
            event_types = new[] { "session.*", "session.*", "agent.deleted" },
            stack_id = stack,
            agent_id = "one to come",
            statuses = new[] { "failed" },
        });
        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created), created.Body.ToString());
        var read = await _owner.GetAsync(created.Headers.Location!.ToString());
        var secret = created.Text("secret");
        var id = IdOf(created);
        var stored = await _server.WithDatabaseAsync(db => db.NotificationEndpoints.AsNoTracking().SingleAsync(endpoint => endpoint.Id == id));

        Assert.Multiple(() =>
        {
            Assert.That(created.Headers.CacheControl?.NoStore, Is.True);
            Assert.That(secret, Does.Match("^whsec_[A-Za-z0-9+/]{43}=$"));
            Assert.That(stored.Secret, Does.Not.Contain(secret[6..]));
            Assert.That(_server.Services.GetRequiredService<ISecretProtector>().Unprotect(stored.Secret!), Is.EqualTo(secret));
            Assert.That(read.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(read.Has("secret"), Is.False);
            Assert.That((read.Text("url"), read.Text("description"), read.Text("format")), Is.EqualTo((Url, "On call", "slack")));
            Assert.That((Words(read, "event_types"), Words(read, "statuses")), Is.EqualTo(("session.*,agent.deleted", "failed")));
            Assert.That((read.Body.GetProperty("stack_id").GetGuid(), read.Text("agent_id")), Is.EqualTo((stack, "one to come")));
            Assert.That(read.Body.GetProperty("enabled").GetBoolean(), Is.True);
            Assert.That(read.Body.GetProperty("disabled_reason").ValueKind, Is.EqualTo(JsonValueKind.Null));
        });
    }

    [TestCase("""{}""", "url")]
    [TestCase("""{"url":" "}""", "url")]
    [TestCase("""{"url":"ftp://example.com"}""", "url")]
    [TestCase("""{"url":"https://user:word@example.com/"}""", "url")]
    [TestCase("""{"url":"http://127.0.0.1/"}""", "url")]
    [TestCase("""{"url":"http://2130706433/"}""", "url")]
    [TestCase("""{"url":"http://[::ffff:169.254.169.254]/"}""", "url")]
    [TestCase("""{"url":"http://localhost.:8000/"}""", "url")]
    [TestCase("""{"url":"https://example.com/","event_types":["session.started"]}""", "event_types")]
    [TestCase("""{"url":"https://example.com/","event_types":[null]}""", "event_types")]
    [TestCase("""{"url":"https://example.com/","event_types":["session.*,agent.*"]}""", "event_types")]
    [TestCase("""{"url":"https://example.com/","statuses":["broken"]}""", "statuses")]
    [TestCase("""{"url":"https://example.com/","stack_id":"0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e10"}""", "stack_id")]
    [TestCase("""{"url":"https://example.com/","agent_id":"a\u0000b"}""", "agent_id")]
    public async Task Create_WhenAFieldIsBad_NamesIt(string body, string field)
    {
        var reply = await _owner.SendAsync(HttpMethod.Post, Endpoints, body);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity), reply.Body.ToString());
        Assert.That(reply.Body.GetProperty("errors").EnumerateObject().Select(error => error.Name), Is.EqualTo([field]));
        Assert.That(await CountAsync(_owner), Is.Zero);
    }

    [Test]
    public async Task Create_WhenTextsAreTooLong_NamesThem()
    {
        var reply = await _owner.PostAsync(Endpoints, new { url = $"{Url}/{new string('x', 2000)}", description = new string('x', 501), agent_id = new string('x', 101) });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(reply.Body.GetProperty("errors").EnumerateObject().Select(error => error.Name), Is.EquivalentTo(["url", "description", "agent_id"]));
    }

    [Test]
    public async Task Create_WhenTheOwnerHasFifty_IsAConflict()
    {
        var now = DateTimeOffset.UtcNow;
        await _server.WithDatabaseAsync(db =>
        {
            var settings = new EndpointSettings(Url, null, NotificationFormat.Standard, [], null, null, []);
            db.AddRange(Enumerable.Range(0, NotificationEndpoint.MaxPerOwner).Select(_ => NotificationEndpoint.Create(_owner.UserId, settings, "secret", now)));
            return db.SaveChangesAsync(CancellationToken.None);
        });

        Assert.That((await _owner.PostAsync(Endpoints, new { url = Url })).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(await CountAsync(_owner), Is.EqualTo(NotificationEndpoint.MaxPerOwner));
    }

    [Test]
    public async Task Patch_WhenPartsAreGiven_ChangesThemAndNothingElse()
    {
        var stack = await _owner.CreateStackAsync();
        var id = IdOf(await _owner.PostAsync(
            Endpoints, new { url = Url, description = "old", stack_id = stack, agent_id = "bot", event_types = new[] { "agent.*" }, statuses = new[] { "failed" } }));

        var first = await PatchAsync(id, """{"url":"https://example.com/other","format":"lark","stack_id":null,"agent_id":null}""");
        var second = await PatchAsync(id, """{"description":null,"event_types":[],"statuses":["success"],"url":null}""");

        Assert.Multiple(() =>
        {
            Assert.That((first.Text("url"), first.Text("format"), first.Text("description")), Is.EqualTo(("https://example.com/other", "lark", "old")));
            Assert.That((Words(first, "event_types"), Words(first, "statuses")), Is.EqualTo(("agent.*", "failed")));
            Assert.That(first.Body.GetProperty("stack_id").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(first.Body.GetProperty("agent_id").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That((second.Text("url"), second.Text("format")), Is.EqualTo(("https://example.com/other", "lark")));
            Assert.That((Words(second, "event_types"), Words(second, "statuses")), Is.EqualTo(("", "success")));
            Assert.That(second.Body.GetProperty("description").ValueKind, Is.EqualTo(JsonValueKind.Null));
        });
    }

    [TestCase("""{"url":"http://10.0.0.1/"}""", "url")]
    [TestCase("""{"url":""}""", "url")]
    [TestCase("""{"event_types":["nothing"]}""", "event_types")]
    [TestCase("""{"stack_id":"0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e10"}""", "stack_id")]
    public async Task Patch_WhenAFieldIsBad_NamesItAndChangesNothing(string body, string field)
    {
        var id = IdOf(await _owner.PostAsync(Endpoints, new { url = Url }));
        var reply = await PatchAsync(id, body);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity), reply.Body.ToString());
        Assert.That(reply.Body.GetProperty("errors").EnumerateObject().Select(error => error.Name), Is.EqualTo([field]));
        Assert.That((await _owner.GetAsync($"{Endpoints}/{id}")).Text("url"), Is.EqualTo(Url));
    }

    [Test]
    public async Task Patch_WhenDisabledAndEnabled_GivesUpWhatWasOnItsWayAndStartsAnew()
    {
        var id = IdOf(await _owner.PostAsync(Endpoints, new { url = Url }));
        var pending = await DeliveryRows.AddAsync(_server, _owner.UserId, id, DeliveryState.Pending);

        var disabled = await PatchAsync(id, """{"enabled":false}""");
        var canceled = await _owner.GetAsync($"/api/notifications/deliveries/{pending}");
        var enabled = await PatchAsync(id, """{"enabled":true}""");

        Assert.Multiple(() =>
        {
            Assert.That((disabled.Body.GetProperty("enabled").GetBoolean(), disabled.Text("disabled_reason")), Is.EqualTo((false, "owner")));
            Assert.That(canceled.Text("state"), Is.EqualTo("canceled"));
            Assert.That(canceled.Body.GetProperty("next_attempt_at").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(canceled.Text("finished_at"), Does.EndWith("Z"));
            Assert.That(enabled.Body.GetProperty("enabled").GetBoolean(), Is.True);
            Assert.That(enabled.Body.GetProperty("disabled_at").ValueKind, Is.EqualTo(JsonValueKind.Null));
        });
    }

    [Test]
    public async Task RotateSecret_WhenAsked_ShowsANewOneBesideWhichTheOldOneSigns()
    {
        var created = await _owner.PostAsync(Endpoints, new { url = Url });
        var id = IdOf(created);
        var rotated = await _owner.SendAsync(HttpMethod.Post, $"{Endpoints}/{id}/rotate-secret");
        var stored = await _server.WithDatabaseAsync(db => db.NotificationEndpoints.AsNoTracking().SingleAsync(endpoint => endpoint.Id == id));
        var protector = _server.Services.GetRequiredService<ISecretProtector>();

        Assert.Multiple(() =>
        {
            Assert.That(rotated.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(rotated.Headers.CacheControl?.NoStore, Is.True);
            Assert.That(rotated.Text("secret"), Does.StartWith("whsec_").And.Not.EqualTo(created.Text("secret")));
            Assert.That(rotated.Text("previous_secret_until"), Does.EndWith("Z"));
            Assert.That(stored.SecretsAt(stored.UpdatedAt).Select(protector.Unprotect), Is.EqualTo([rotated.Text("secret"), created.Text("secret")]));
        });
    }

    [Test]
    public async Task RotateSecret_WhenTheOldOneCannotBeRead_SignsWithTheNewOneAlone()
    {
        var id = IdOf(await _owner.PostAsync(Endpoints, new { url = Url }));
        await _server.WithDatabaseAsync(db => db.NotificationEndpoints
            .Where(endpoint => endpoint.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(endpoint => endpoint.Secret, "stored under another key")));
        var rotated = await _owner.SendAsync(HttpMethod.Post, $"{Endpoints}/{id}/rotate-secret");
        var stored = await _server.WithDatabaseAsync(db => db.NotificationEndpoints.AsNoTracking().SingleAsync(endpoint => endpoint.Id == id));

        Assert.That(rotated.Status, Is.EqualTo(HttpStatusCode.OK), rotated.Body.ToString());
        Assert.That(stored.SecretsAt(stored.UpdatedAt).Select(_server.Services.GetRequiredService<ISecretProtector>().Unprotect), Is.EqualTo([rotated.Text("secret")]));
    }

    [Test]
    public async Task Delete_WhenDone_LeavesTheLog()
    {
        var id = IdOf(await _owner.PostAsync(Endpoints, new { url = Url }));
        var pending = await DeliveryRows.AddAsync(_server, _owner.UserId, id, DeliveryState.Pending);
        var deleted = await _owner.DeleteAsync($"{Endpoints}/{id}");

        Assert.That(deleted.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await _owner.GetAsync($"{Endpoints}/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _owner.DeleteAsync($"{Endpoints}/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _owner.GetAsync($"/api/notifications/deliveries/{pending}")).Text("state"), Is.EqualTo("canceled"));
        Assert.That((await _owner.SendAsync(HttpMethod.Post, $"/api/notifications/deliveries/{pending}/redeliver")).Status, Is.EqualTo(HttpStatusCode.Conflict));
    }

    [Test]
    public async Task Stranger_WhenCallingForSomebodyElses_FindsNothing()
    {
        using var stranger = await _server.NewCallerAsync();
        var stack = await _owner.CreateStackAsync();
        var path = $"{Endpoints}/{IdOf(await _owner.PostAsync(Endpoints, new { url = Url }))}";
        Reply[] replies =
        [
            await stranger.GetAsync(path),
            await stranger.SendAsync(HttpMethod.Patch, path, """{"enabled":false}"""),
            await stranger.DeleteAsync(path),
            await stranger.SendAsync(HttpMethod.Post, $"{path}/rotate-secret"),
            await stranger.SendAsync(HttpMethod.Post, $"{path}/test"),
        ];

        Assert.That(replies.Select(reply => reply.Status), Is.All.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await CountAsync(stranger), Is.Zero);
        Assert.That((await stranger.PostAsync(Endpoints, new { url = Url, stack_id = stack })).Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That((await _owner.GetAsync(path)).Body.GetProperty("enabled").GetBoolean(), Is.True, "nothing was done");
    }

    [Test]
    public async Task AccountsUrl_WhenSetChangedAndCleared_IsAnEndpointThatTheApiDoesNotShow()
    {
        await _owner.PutAsync("/api/auth/me", new { notification_webhook_url = "https://example.com/first" });
        await _owner.PutAsync("/api/auth/me", new { notification_webhook_url = "https://example.com/second" });
        await _owner.PutAsync("/api/auth/me", new { full_name = "Somebody Else" });
        var endpoint = await AccountEndpointAsync();
        Assert.That((endpoint?.Url, endpoint?.Format, endpoint?.Secret), Is.EqualTo(("https://example.com/second", (NotificationFormat?)NotificationFormat.Lark, (string?)null)));
        Assert.That(await CountAsync(_owner), Is.Zero);
        Assert.That((await _owner.GetAsync($"{Endpoints}/{endpoint!.Id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await PatchAsync(endpoint.Id, """{"url":"https://example.com/mine"}""")).Status, Is.EqualTo(HttpStatusCode.NotFound));

        var pending = await DeliveryRows.AddAsync(_server, _owner.UserId, endpoint.Id, DeliveryState.Pending);
        await _owner.PutAsync("/api/auth/me", new { notification_webhook_url = "" });
        Assert.That(await AccountEndpointAsync(), Is.Null);
        Assert.That((await _owner.GetAsync($"/api/notifications/deliveries/{pending}")).Text("state"), Is.EqualTo("canceled"));
    }

    [TestCase("read", HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [TestCase("write", HttpStatusCode.Forbidden, HttpStatusCode.Created)]
    [TestCase("report", HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    public async Task ApiKey_DependingOnItsScope_ReadsOrWrites(string scope, HttpStatusCode reading, HttpStatusCode writing)
    {
        using var program = _server.Anonymous(await _owner.NewKeyAsync(scope));

        Assert.That((await program.GetAsync(Endpoints)).Status, Is.EqualTo(reading));
        Assert.That((await program.GetAsync("/api/notifications/deliveries")).Status, Is.EqualTo(reading));
        Assert.That((await program.PostAsync(Endpoints, new { url = Url })).Status, Is.EqualTo(writing));
    }

    private Task<Reply> PatchAsync(Guid id, string body) => _owner.SendAsync(HttpMethod.Patch, $"{Endpoints}/{id}", body);

    private Task<NotificationEndpoint?> AccountEndpointAsync() => _server.WithDatabaseAsync(
        db => db.NotificationEndpoints.AsNoTracking().SingleOrDefaultAsync(endpoint => endpoint.OwnerId == _owner.UserId && endpoint.Kind == EndpointKind.Account));

    private static async Task<int> CountAsync(Caller caller) => (await caller.GetAsync(Endpoints)).Body.GetProperty("items").GetArrayLength();

    private static Guid IdOf(Reply reply)
    {
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Body.ToString());
        return reply.Body.GetProperty("id").GetGuid();
    }

    private static string Words(Reply reply, string field) => string.Join(',', reply.Body.GetProperty(field).EnumerateArray().Select(word => word.GetString()));
}
