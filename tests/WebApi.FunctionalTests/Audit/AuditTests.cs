using System.Data.Common;
using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Audit;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Audit;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Audit;

/// <summary>Who did what, as the API tells it.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class AuditTests(DatabaseProvider provider)
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
    public async Task Trail_AfterALifeOfDeeds_ListsThemAll()
    {
        var stack = await _caller.CreateStackAsync("shop");
        var agent = await _caller.DeployAsync(stack, "bot", SampleAgents.NothingToStart);
        await _caller.PutAsync($"/api/stacks/{stack}", new { description = "of all" });
        await _caller.PutAsync($"/api/agents/{agent}", new { name = "robot" });
        await _caller.ReportAsync("reported");
        await _caller.DeleteAsync("/api/agents/reported/sessions/topic");
        await _caller.DeleteAsync("/api/agents/reported");
        var until = DateTimeOffset.UtcNow.AddDays(1);
        foreach (var path in new[] { $"/api/stacks/{stack}/mute", $"/api/agents/{agent}/mute" })
        {
            await _caller.PutAsync(path, new { until });
            await _caller.DeleteAsync(path);
            await _caller.DeleteAsync(path);
        }

        var key = await _caller.PostAsync("/api/apikeys", new { name = "ci", scopes = new[] { "read", "write" } });
        await _caller.DeleteAsync($"/api/apikeys/{key.Text("id")}");
        await _caller.DeleteAsync($"/api/apikeys/{key.Text("id")}");
        var endpoint = $"/api/notifications/endpoints/{(await _caller.PostAsync("/api/notifications/endpoints", new { url = "https://example.invalid/t0ken" })).Text("id")}";
        await _caller.SendAsync(HttpMethod.Patch, endpoint, new { description = "mine", enabled = true });
        await _caller.PostAsync($"{endpoint}/rotate-secret", new { });
        var test = await _caller.PostAsync($"{endpoint}/test", new { });
        await _caller.PostAsync($"/api/notifications/deliveries/{test.Text("delivery_id")}/redeliver", new { });
        await _caller.DeleteAsync(endpoint);
        await _caller.PutAsync("/api/auth/me", new { full_name = "Grace Hopper" });
        await _caller.PutAsync("/api/auth/password", new { current_password = Passwords.Good, new_password = "Another-Horse-2" });
        await _caller.DeleteAsync($"/api/agents/{agent}");
        await _caller.DeleteAsync($"/api/stacks/{stack}");
        var trail = await TrailAsync();
        await _caller.PostAsync("/api/auth/logout", new { });

        string[] expected =
        [
            AuditActions.AccountRegistered, AuditActions.AccountLoggedIn, AuditActions.StackCreated, AuditActions.AgentCreated, AuditActions.StackUpdated,
            AuditActions.AgentUpdated, AuditActions.SessionDeleted, AuditActions.AgentDeleted, AuditActions.StackMuted, AuditActions.StackUnmuted,
            AuditActions.AgentMuted, AuditActions.AgentUnmuted, AuditActions.ApiKeyCreated, AuditActions.ApiKeyRevoked, AuditActions.EndpointCreated,
            AuditActions.EndpointUpdated, AuditActions.EndpointSecretRotated, AuditActions.EndpointTested, AuditActions.EndpointRedelivered,
            AuditActions.EndpointDeleted, AuditActions.AccountUpdated, AuditActions.AccountPasswordChanged, AuditActions.AgentDeleted, AuditActions.StackDeleted,
        ];
        Assert.That(trail.Select(Action), Is.EquivalentTo(expected), "each once, and nothing for what was so already");
        Assert.That(await LastActionAsync(), Is.EqualTo(AuditActions.AccountLoggedOut));

        var created = trail.Single(entry => Action(entry) == AuditActions.AgentCreated);
        Assert.Multiple(() =>
        {
            Assert.That(created.EnumerateObject().Select(field => field.Name), Is.EqualTo(new[]
            {
                "id", "at", "action", "resource_type", "resource_id", "resource_name", "stack_id", "actor", "api_key_id", "detail", "address", "trace_id",
            }));
            Assert.That(Text(created, "resource_type"), Is.EqualTo("agent"));
            Assert.That(Text(created, "resource_id"), Is.EqualTo(agent.ToString()));
            Assert.That(Text(created, "resource_name"), Is.EqualTo("bot"));
            Assert.That(Text(created, "stack_id"), Is.EqualTo(stack.ToString()));
            Assert.That(created.GetProperty("actor").GetProperty("email").GetString(), Is.EqualTo(_caller.Email));
            Assert.That(created.GetProperty("api_key_id").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(Text(created, "address"), Is.EqualTo("127.0.0.1"));
            Assert.That(Text(created, "trace_id"), Is.Not.Empty);
            Assert.That(string.Concat(trail), Does.Not.Contain("t0ken").And.Not.Contain(key.Text("key")), "no secret");
        });
    }

    [Test]
    public async Task Trail_AfterALifeOfRevisions_ListsThemAll()
    {
        var stack = await _caller.CreateStackAsync();
        var agent = $"/api/agents/{await _caller.DeployAsync(stack, "bot", SampleAgents.NothingToStart)}";
        var config = new { environment = new { LEVEL = "high" }, secrets = new { TOKEN = "hidden-word" } };
        await _caller.SendAsync(HttpMethod.Patch, $"{agent}/config", config);
        await _caller.SendAsync(HttpMethod.Patch, $"{agent}/config", config);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(Zip.Of(("other.txt", "no program"))), "file", "agent.zip" } };
        await _caller.SendAsync(HttpMethod.Put, $"{agent}/code", form);
        await _caller.PostAsync($"{agent}/rollback", new { revision = 1 });
        await _caller.PostAsync($"{agent}/restart", new { });
        foreach (var verb in new[] { "stop", "stop", "start", "start" })
            await _caller.PostAsync($"{agent}/{verb}", new { });
        var trail = await TrailAsync($"?resource_id={agent[12..]}");

        Assert.That(trail.Select(Action).Reverse(), Is.EqualTo(new[]
        {
            AuditActions.AgentCreated, AuditActions.AgentConfigChanged, AuditActions.AgentCodeChanged, AuditActions.AgentRolledBack,
            AuditActions.AgentRestarted, AuditActions.AgentStopped, AuditActions.AgentStarted,
        }));
        Assert.That(string.Concat(trail), Does.Not.Contain("hidden-word").And.Contain("Revision 4, which is 1 again."));
    }

    [Test]
    public async Task Refusal_OfAnyKind_LeavesNoEntry()
    {
        var stack = await _caller.CreateStackAsync();
        await _caller.DeployAsync(stack, "taken", SampleAgents.NothingToStart);
        var before = (await TrailAsync()).Count;
        await _caller.PostAsync("/api/stacks", new { name = "" });
        await _caller.PutAsync($"/api/stacks/{stack}", new { });
        await _caller.PutAsync($"/api/stacks/{Guid.CreateVersion7()}", new { name = "x" });
        await _caller.SendAsync(HttpMethod.Put, $"/api/stacks/{stack}", new { name = "x" }, ("If-Match", "\"v0\""));
        Assert.That((await _caller.UploadAsync(stack, "taken", SampleAgents.NothingToStart)).Status, Is.EqualTo(HttpStatusCode.Conflict));
        await _caller.DeleteAsync("/api/agents/nobody");
        await _caller.PostAsync("/api/auth/register", new { email = _caller.Email, password = Passwords.Good, full_name = "Twice" });

        Assert.That(await TrailAsync(), Has.Count.EqualTo(before));
    }

    [Test]
    public async Task Trail_WhenAskedByOthers_ShowsTheirOwnOnly()
    {
        using var stranger = await _server.NewCallerAsync();
        var stack = await _caller.CreateStackAsync();
        await stranger.PutAsync($"/api/stacks/{stack}", new { name = "mine now" });
        using var reader = _server.Anonymous(await _caller.NewKeyAsync("read"));
        using var writer = _server.Anonymous(await _caller.NewKeyAsync("write"));
        using var nobody = _server.Anonymous();

        var foreign = await stranger.GetAsync($"/api/audit?resource_id={stack}");
        var trail = await stranger.GetAsync("/api/audit");
        Assert.Multiple(async () =>
        {
            Assert.That(foreign.Body.GetProperty("items").GetArrayLength(), Is.Zero);
            Assert.That(trail.Body.ToString(), Does.Not.Contain(stack.ToString()).And.Not.Contain(_caller.Email));
            Assert.That((await reader.GetAsync("/api/audit")).Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await writer.GetAsync("/api/audit")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That((await nobody.GetAsync("/api/audit")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        });
    }

    [Test]
    public async Task Entry_WhenAnApiKeyDidIt_SaysWhich()
    {
        var key = await _caller.PostAsync("/api/apikeys", new { name = "ci", scopes = new[] { "write" } });
        using var program = _server.Anonymous(key.Text("key"));
        var stack = await program.CreateStackAsync();
        var entry = (await TrailAsync($"?resource_id={stack}")).Single();

        Assert.That(Text(entry, "api_key_id"), Is.EqualTo(key.Text("id")));
        Assert.That(entry.GetProperty("actor").GetProperty("id").GetGuid(), Is.EqualTo(_caller.UserId));
    }

    [Test]
    public async Task Trail_WhenFiltered_FitsEverythingThatIsGiven()
    {
        var first = await _caller.CreateStackAsync("first");
        var second = await _caller.CreateStackAsync("second");
        var agent = await _caller.DeployAsync(second, "bot", SampleAgents.NothingToStart);
        var all = await TrailAsync();
        var middle = Text(all.Single(entry => Text(entry, "resource_id") == second.ToString()), "at");

        Assert.Multiple(async () =>
        {
            Assert.That(await ResourcesAsync($"?stack_id={second}"), Is.EqualTo(new[] { agent.ToString(), second.ToString() }));
            Assert.That(await ResourcesAsync("?resource_type=stack"), Is.EqualTo(new[] { second.ToString(), first.ToString() }));
            Assert.That(await ResourcesAsync($"?resource_type=stack&resource_id={first}"), Is.EqualTo(new[] { first.ToString() }));
            Assert.That(await ResourcesAsync("?action=agent.created"), Is.EqualTo(new[] { agent.ToString() }));
            Assert.That(await ResourcesAsync($"?action=agent.created&actor_id={Guid.CreateVersion7()}"), Is.Empty);
            Assert.That(await ResourcesAsync($"?actor_id={_caller.UserId}"), Has.Count.EqualTo(all.Count));
            Assert.That(await ResourcesAsync($"?from={middle}"), Is.EqualTo(new[] { agent.ToString(), second.ToString() }));
            Assert.That(await ResourcesAsync($"?resource_type=stack&to={middle}"), Is.EqualTo(new[] { first.ToString() }));
            foreach (var bad in new[] { "resource_type=x", "action=x", "from=yesterday", "limit=0", "cursor=x", "actor_id=x" })
                Assert.That((int)(await _caller.GetAsync($"/api/audit?{bad}")).Status, Is.EqualTo(400).Or.EqualTo(422), bad);
        });
    }

    [Test]
    public async Task Trail_WhenReadInPages_MissesAndRepeatsNothing()
    {
        for (var i = 0; i < 5; i++)
            await _caller.CreateStackAsync($"stack {i}");
        var all = (await TrailAsync()).Select(entry => Text(entry, "id")).ToList();
        List<string> paged = [];
        string? cursor = null;
        do
        {
            var page = (await _caller.GetAsync($"/api/audit?limit=3{(cursor is null ? "" : $"&cursor={cursor}")}")).Body;
            paged.AddRange(page.GetProperty("items").EnumerateArray().Select(entry => Text(entry, "id")));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        Assert.That(paged, Is.EqualTo(all).And.Count.EqualTo(7));
    }

    [Test]
    public async Task FailedLogins_HoweverMany_AreListedUpToALimit()
    {
        using var guesser = _server.Anonymous();
        for (var i = 0; i < FailedLogins.PerHour + 3; i++)
            await guesser.PostAsync("/api/auth/login", new { email = _caller.Email, password = Passwords.Wrong });
        await guesser.PostAsync("/api/auth/login", new { email = "nobody@example.com", password = Passwords.Wrong });

        // What comes last is written last.
        var sentinel = await _server.NewCallerAsync();
        await guesser.PostAsync("/api/auth/login", new { email = sentinel.Email, password = Passwords.Wrong });
        await Eventually.TrueAsync(
            async () => (await sentinel.GetAsync("/api/audit?action=account.login_failed")).Body.GetProperty("items").GetArrayLength() == 1, "the last failure to be listed");
        sentinel.Dispose();

        var failed = await TrailAsync("?action=account.login_failed");
        Assert.That(failed, Has.Count.EqualTo(FailedLogins.PerHour));
        Assert.That(failed[0].GetProperty("actor").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(failed.Count(entry => entry.GetProperty("detail").ValueKind == JsonValueKind.String), Is.EqualTo(1), "the last one says that it is");
    }

    [Test]
    public async Task Entries_WhenTooOld_AreDeleted()
    {
        var now = TimeProvider.System.Now();
        var old = await AddAsync(now.AddDays(-366));
        var kept = await AddAsync(now.AddDays(-364));
        await _server.Services.GetRequiredService<AuditCleaner>().CleanAsync(CancellationToken.None);

        var left = await _server.WithDatabaseAsync(db => db.AuditEntries.Where(entry => entry.OwnerId == _caller.UserId).Select(entry => entry.Id).ToListAsync());
        Assert.That(left, Does.Contain(kept).And.Not.Contain(old));
    }

    [Test]
    public async Task Entry_WhenTheDatabaseIsToldToChangeOrDeleteIt_StaysAsItIs()
    {
        var id = await AddAsync(TimeProvider.System.Now().AddDays(-100));
        string[] statements =
        [
            $"UPDATE audit_entries SET action = 'agent.deleted' WHERE owner_id = '{Stored(_caller.UserId)}'",
            $"UPDATE audit_entries SET at = at WHERE id = '{Stored(id)}'",
            $"DELETE FROM audit_entries WHERE id = '{Stored(id)}'",
            "DELETE FROM audit_entries",
            .. provider == DatabaseProvider.PostgreSql ? ["TRUNCATE audit_entries"] : Array.Empty<string>(),
        ];
        foreach (var statement in statements)
        {
            var refusal = Assert.CatchAsync<DbException>(() => _server.WithDatabaseAsync(db => db.Database.ExecuteSqlRawAsync(statement)), statement);
            Assert.That(refusal?.Message, Does.Contain("audit trail"), statement);
        }

        var entry = await _server.WithDatabaseAsync(db => db.AuditEntries.SingleAsync(entry => entry.Id == id));
        Assert.That(entry.Action, Is.EqualTo(AuditActions.StackCreated));
    }

    private static string Action(JsonElement entry) => Text(entry, "action");

    private static string Text(JsonElement entry, string field) => entry.GetProperty(field).GetString()!;

    private async Task<IReadOnlyList<JsonElement>> TrailAsync(string query = "") =>
        [.. (await _caller.GetAsync($"/api/audit{query}")).Body.GetProperty("items").EnumerateArray()];

    private async Task<IReadOnlyList<string>> ResourcesAsync(string query) => [.. (await TrailAsync(query)).Select(entry => Text(entry, "resource_id"))];

    /// <summary>As the database has it.</summary>
    private string Stored(Guid id) => provider == DatabaseProvider.Sqlite ? id.ToString().ToUpperInvariant() : id.ToString();

    private Task<string> LastActionAsync() => _server.WithDatabaseAsync(
        db => db.AuditEntries.Where(entry => entry.OwnerId == _caller.UserId).OrderByDescending(entry => entry.Id).Select(entry => entry.Action).FirstAsync());

    private Task<Guid> AddAsync(DateTimeOffset at) => _server.WithDatabaseAsync(async db =>
    {
        var entry = new AuditEntry { Id = Guid.CreateVersion7(at), OwnerId = _caller.UserId, Action = AuditActions.StackCreated, ResourceType = "stack", ResourceId = "x", At = at };
        db.AuditEntries.Add(entry);
        await db.SaveChangesAsync();
        return entry.Id;
    });
}
