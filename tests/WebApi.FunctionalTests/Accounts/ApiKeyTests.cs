using System.Net;
using System.Text.Json;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Accounts;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class ApiKeyTests(DatabaseProvider provider)
{
    private AccountsServer _server;
    private ApiClient _client;
    private string _accessToken;

    [OneTimeSetUp]
    public async Task StartServer() => _server = await AccountsServer.StartAsync(provider);

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [SetUp]
    public async Task NewUser()
    {
        _client = _server.Client();
        _accessToken = (await _client.NewUserAsync()).AccessToken;
    }

    [TearDown]
    public void DisposeClient() => _client.Dispose();

    [Test]
    public async Task Create_WhenOnlyNamed_MakesAReportKeyThatDoesNotExpire()
    {
        var reply = await CreateAsync(new { name = " ci " });

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created));
            Assert.That(reply.Fields, Is.EquivalentTo(
                ["id", "name", "key", "key_prefix", "scopes", "agent_id", "expires_at", "last_used_at", "created_at", "revoked"]));
            Assert.That(reply.Text("name"), Is.EqualTo("ci"));
            Assert.That(reply.Text("key"), Does.Match("^sak_[A-Za-z0-9_-]{43}$").And.StartWith(reply.Text("key_prefix")));
            Assert.That(Scopes(reply.Body), Is.EqualTo(["report"]));
            Assert.That(reply.Body.GetProperty("expires_at").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(reply.Body.GetProperty("agent_id").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(reply.Headers.CacheControl!.NoStore, Is.True);
        });
    }

    [TestCase("""{"name":""}""", "name")]
    [TestCase("""{"name":"x","expires_in":0}""", "expires_in")]
    [TestCase("""{"name":"x","expires_in":-1}""", "expires_in")]
    [TestCase("""{"name":"x","expires_in":2000000000}""", "expires_in")]
    [TestCase("""{"name":"x","scopes":[]}""", "scopes")]
    [TestCase("""{"name":"x","scopes":["admin"]}""", "scopes")]
    [TestCase("""{"name":"x","scopes":[null]}""", "scopes")]
    public async Task Create_WhenUnacceptable_Answers422(string body, string field)
    {
        var reply = await CreateAsync(body);

        Assert.That((reply.Status, reply.Body.GetProperty("errors").EnumerateObject().Single().Name), Is.EqualTo((HttpStatusCode.UnprocessableEntity, field)));
    }

    [Test]
    public async Task List_WhenThereAreKeys_ShowsThemNewestFirstAndNeverTheKey()
    {
        await CreateAsync(new { name = "old", scopes = new[] { "write", "read" } });
        _server.Time.Advance(TimeSpan.FromSeconds(1));
        var created = await CreateAsync(new { name = "new", expires_in = 3 });

        var reply = await _client.GetAsync("/api/apikeys/", _accessToken);

        var keys = reply.Body.GetProperty("api_keys").EnumerateArray().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(reply.Fields, Is.EqualTo(["api_keys"]));
            Assert.That(keys.Select(key => key.GetProperty("name").GetString()), Is.EqualTo(["new", "old"]));
            Assert.That(keys[0].EnumerateObject().Select(field => field.Name), Is.EquivalentTo(
                ["id", "name", "key_prefix", "scopes", "agent_id", "expires_at", "last_used_at", "created_at", "revoked"]));
            Assert.That(
                keys[0].GetProperty("expires_at").GetDateTimeOffset() - keys[0].GetProperty("created_at").GetDateTimeOffset(),
                Is.EqualTo(TimeSpan.FromDays(3)));
            Assert.That(keys[0].GetProperty("created_at").GetString(), Is.EqualTo(created.Text("created_at")));
            Assert.That(Scopes(keys[1]), Is.EqualTo(["read", "write"]));
        });
    }

    [TestCase("report", "report")]
    [TestCase("read", "read")]
    [TestCase("write", "write")]
    [TestCase("read,write", "read", "write")]
    public async Task Use_WhenKeyHasScopes_OpensTheseAndNothingElse(string scopes, params string[] open)
    {
        var key = await KeyAsync(scopes.Split(','));

        foreach (var policy in new[] { "report", "read", "write", "access-token-only" })
        {
            var expected = open.Contains(policy) ? HttpStatusCode.OK : HttpStatusCode.Forbidden;
            var byBearer = await _client.GetAsync($"/probe/{policy}", bearer: key);
            var byHeader = await _client.GetAsync($"/probe/{policy}", apiKey: key);
            Assert.That((byBearer.Status, byHeader.Status), Is.EqualTo((expected, expected)), policy);
            if (expected == HttpStatusCode.Forbidden)
                Assert.That((byHeader.Text("error"), byHeader.ContentType), Is.EqualTo(("forbidden", "application/problem+json")));
        }
    }

    [Test]
    public async Task Use_WhenCredentialIsAnAccessToken_OpensEverything()
    {
        foreach (var policy in new[] { "report", "read", "write", "access-token-only" })
            Assert.That((await _client.GetAsync($"/probe/{policy}", _accessToken)).Status, Is.EqualTo(HttpStatusCode.OK), policy);
    }

    [Test]
    public async Task Use_WhenKeyIsValid_SpeaksForItsOwner()
    {
        var me = await _client.GetAsync("/api/auth/me", _accessToken);
        var key = await KeyAsync("read");

        var reply = await _client.GetAsync("/probe/read", apiKey: key);

        Assert.That(reply.Text("id"), Is.EqualTo(me.Text("id")));
        Assert.That(reply.Body.GetProperty("bound_agent_id").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task Use_WhenKeysManageAccounts_IsForbidden()
    {
        var key = await KeyAsync("report", "read", "write");

        Assert.Multiple(async () =>
        {
            Assert.That((await _client.GetAsync("/api/apikeys", key)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That((await _client.GetAsync("/api/auth/me", key)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That((await _client.PostAsync("/api/apikeys", new { name = "more" }, key)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        });
    }

    [Test]
    public async Task Use_WhenKeyHasExpired_Answers401()
    {
        var created = await CreateAsync(new { name = "short", expires_in = 1, scopes = new[] { "read" } });

        _server.Time.Advance(TimeSpan.FromDays(1) - TimeSpan.FromTicks(10));
        Assert.That((await _client.GetAsync("/probe/read", apiKey: created.Text("key"))).Status, Is.EqualTo(HttpStatusCode.OK));
        _server.Time.Advance(TimeSpan.FromTicks(10));
        var expired = await _client.GetAsync("/probe/read", apiKey: created.Text("key"));

        Assert.That((expired.Status, expired.Headers.WwwAuthenticate.ToString(), expired.Text("error")), Is.EqualTo((HttpStatusCode.Unauthorized, "Bearer", "unauthorized")));
    }

    [Test]
    public async Task Revoke_WhenKeyIsTheCallers_EndsItAtOnceAndKeepsTheRow()
    {
        var created = await CreateAsync(new { name = "ci", scopes = new[] { "read" } });

        var reply = await DeleteAsync(created.Text("id"));
        var again = await DeleteAsync(created.Text("id"));

        Assert.That((reply.Status, reply.Text("message"), again.Status), Is.EqualTo((HttpStatusCode.OK, "API key revoked successfully", HttpStatusCode.OK)));
        Assert.That((await _client.GetAsync("/probe/read", apiKey: created.Text("key"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        var listed = (await _client.GetAsync("/api/apikeys", _accessToken)).Body.GetProperty("api_keys").EnumerateArray().Single();
        Assert.That(listed.GetProperty("revoked").GetBoolean(), Is.True);
    }

    [Test]
    public async Task Revoke_WhenKeyIsForeignOrUnknownOrNoUuid_Answers404Or400()
    {
        var created = await CreateAsync(new { name = "ci" });
        var stranger = await _client.NewUserAsync();

        var foreign = await _client.SendAsync(HttpMethod.Delete, $"/api/apikeys/{created.Text("id")}", bearer: stranger.AccessToken);
        var unknown = await DeleteAsync(Guid.CreateVersion7().ToString());
        var malformed = await DeleteAsync("seven");

        Assert.That((foreign.Status, unknown.Status, malformed.Status), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.BadRequest)));
        Assert.That(foreign.Text("detail"), Is.EqualTo(unknown.Text("detail")));
    }

    [Test]
    public async Task Use_WhenKeyIsUsedAgain_NotesTheTimeOnceAMinute()
    {
        var key = await KeyAsync("read");
        var first = _server.Time.GetUtcNow();
        await _client.GetAsync("/probe/read", apiKey: key);
        await Eventually.TrueAsync(async () => await LastUsedAsync() == first, "the first use to be noted");

        _server.Time.Advance(TimeSpan.FromSeconds(59));
        await _client.GetAsync("/probe/read", apiKey: key);
        _server.Time.Advance(TimeSpan.FromSeconds(1));
        var third = _server.Time.GetUtcNow();
        await _client.GetAsync("/probe/read", apiKey: key);

        var seen = await Eventually.GetAsync(LastUsedAsync, used => used != first, "a later use to be noted");
        Assert.That(seen, Is.EqualTo(third), "the use in between left no mark");
    }

    private async Task<DateTimeOffset?> LastUsedAsync()
    {
        // The clock stands in the user's access token's time, so that the list can be read.
        var listed = (await _client.GetAsync("/api/apikeys", _accessToken)).Body.GetProperty("api_keys").EnumerateArray().Single();
        var used = listed.GetProperty("last_used_at");
        return used.ValueKind == JsonValueKind.Null ? null : used.GetDateTimeOffset();
    }

    private async Task<string> KeyAsync(params string[] scopes) => (await CreateAsync(new { name = "key", scopes })).Text("key");

    private Task<Reply> CreateAsync(object body) => _client.PostAsync("/api/apikeys", body, _accessToken);

    private Task<Reply> DeleteAsync(string id) => _client.SendAsync(HttpMethod.Delete, $"/api/apikeys/{id}", bearer: _accessToken);

    private static IEnumerable<string?> Scopes(JsonElement key) => key.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString());
}
