using System.Net;
using System.Text.Json;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.WebApi.FunctionalTests.Accounts;

/// <summary>A user's logins, ending one of them, and another password.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class LoginListTests(DatabaseProvider provider)
{
    private const string NewPassword = "Better-Horse-2";

    private AccountsServer _server;
    private ApiClient _client;

    [OneTimeSetUp]
    public async Task StartServer() => _server = await AccountsServer.StartAsync(provider);

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [SetUp]
    public void NewClient() => _client = _server.Client();

    [TearDown]
    public void DisposeClient() => _client.Dispose();

    [Test]
    public async Task Logins_WhenListed_AreTheCallersOwnWithTheLastUsedFirst()
    {
        await _client.NewUserAsync();
        var user = await _client.NewUserAsync();
        _server.Time.Advance(TimeSpan.FromMinutes(1));
        var elsewhere = await _client.LogInAsync(user.Email);
        _server.Time.Advance(TimeSpan.FromMinutes(1));
        await _client.PostAsync("/api/auth/refresh", new { refresh_token = user.RefreshToken });

        var logins = await LoginsAsync(elsewhere.Text("access_token"));

        Assert.Multiple(() =>
        {
            Assert.That(logins.Select(login => login.GetProperty("current").GetBoolean()), Is.EqualTo([false, true]));
            Assert.That(logins.Select(login => login.GetProperty("address").GetString()), Is.All.EqualTo("127.0.0.1"));
            Assert.That(logins[0].GetProperty("last_used_at").GetDateTimeOffset(), Is.EqualTo(_server.Time.GetUtcNow()).Within(TimeSpan.FromMilliseconds(1)));
            Assert.That(logins[0].GetProperty("created_at").GetDateTimeOffset(), Is.LessThan(logins[1].GetProperty("created_at").GetDateTimeOffset()));
            Assert.That(logins[0].EnumerateObject().Select(field => field.Name),
                Is.EquivalentTo(["id", "address", "user_agent", "created_at", "last_used_at", "expires_at", "current"]));
        });
    }

    [Test]
    public async Task Logins_WhenOneIsEnded_RefuseItsTokensAndNoOthers()
    {
        var user = await _client.NewUserAsync();
        var elsewhere = await _client.LogInAsync(user.Email);
        var id = (await LoginsAsync(user.AccessToken)).Single(login => !login.GetProperty("current").GetBoolean()).GetProperty("id").GetString();

        var ended = await EndAsync(id!, user.AccessToken);
        var again = await EndAsync(id!, user.AccessToken);

        Assert.That((ended.Status, again.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
        Assert.That((await _client.GetAsync("/api/auth/me", elsewhere.Text("access_token"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await RefreshAsync(elsewhere.Text("refresh_token"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await LoginsAsync(user.AccessToken), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Logins_WhenAStrangersIsEnded_Answers404AndItGoesOn()
    {
        var user = await _client.NewUserAsync();
        var stranger = await _client.NewUserAsync();
        var id = (await LoginsAsync(stranger.AccessToken)).Single().GetProperty("id").GetString();

        Assert.That((await EndAsync(id!, user.AccessToken)).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await RefreshAsync(stranger.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Logins_WhenTheyHaveExpired_AreNotListed()
    {
        var user = await _client.NewUserAsync();
        _server.Time.Advance(TimeSpan.FromDays(7));
        var fresh = await _client.LogInAsync(user.Email);

        Assert.That(await LoginsAsync(fresh.Text("access_token")), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Password_WhenChanged_LogsInWithTheNewOneAloneAndEndsOtherLogins()
    {
        var user = await _client.NewUserAsync();
        var elsewhere = await _client.LogInAsync(user.Email);
        var stranger = await _client.NewUserAsync();

        var reply = await ChangeAsync(user.AccessToken, Passwords.Good, NewPassword);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _client.LogInAsync(user.Email)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _client.LogInAsync(user.Email, NewPassword)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await RefreshAsync(elsewhere.Text("refresh_token"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _client.GetAsync("/api/auth/me", user.AccessToken)).Status, Is.EqualTo(HttpStatusCode.OK), "the caller stays logged in");
        Assert.That((await RefreshAsync(user.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await RefreshAsync(stranger.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(_server.Logs.Lines, Has.None.Contains(NewPassword));
    }

    [TestCase(Passwords.Wrong, NewPassword, "current_password")]
    [TestCase(null, NewPassword, "current_password")]
    [TestCase(Passwords.Good, "weak", "new_password")]
    [TestCase(Passwords.Good, null, "new_password")]
    public async Task Password_WhenTheChangeIsUnacceptable_Answers422AndItStays(string? current, string? wanted, string field)
    {
        var user = await _client.NewUserAsync();
        var elsewhere = await _client.LogInAsync(user.Email);

        var reply = await ChangeAsync(user.AccessToken, current, wanted);

        Assert.That((reply.Status, reply.Body.GetProperty("errors").EnumerateObject().Single().Name), Is.EqualTo((HttpStatusCode.UnprocessableEntity, field)));
        Assert.That((await _client.LogInAsync(user.Email)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await RefreshAsync(elsewhere.Text("refresh_token"))).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Password_WhenItIsGuessed_Answers429BeforeHashingAndDoesNotHinderOthers()
    {
        await using var server = await AccountsServer.StartAsync(provider, AccountsServer.Unlimited with { AttemptsPerEmail = 2 });
        using var client = server.Client();
        var user = await client.NewUserAsync();
        var other = await client.NewUserAsync();
        for (var i = 0; i < 2; i++)
            await client.SendAsync(HttpMethod.Put, "/api/auth/password", new { current_password = Passwords.Wrong, new_password = NewPassword }, user.AccessToken);
        var verified = server.Hasher.Verified;

        var refused = await client.SendAsync(
            HttpMethod.Put, "/api/auth/password", new { current_password = Passwords.Good, new_password = NewPassword }, user.AccessToken);

        Assert.That((refused.Status, server.Hasher.Verified), Is.EqualTo((HttpStatusCode.TooManyRequests, verified)));
        var others = await client.SendAsync(
            HttpMethod.Put, "/api/auth/password", new { current_password = Passwords.Good, new_password = NewPassword }, other.AccessToken);
        Assert.That(others.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    private Task<Reply> ChangeAsync(string bearer, string? current, string? wanted) =>
        _client.SendAsync(HttpMethod.Put, "/api/auth/password", new { current_password = current, new_password = wanted }, bearer);

    private Task<Reply> EndAsync(string id, string bearer) => _client.SendAsync(HttpMethod.Delete, $"/api/auth/logins/{id}", bearer: bearer);

    private Task<Reply> RefreshAsync(string token) => _client.PostAsync("/api/auth/refresh", new { refresh_token = token });

    private async Task<IReadOnlyList<JsonElement>> LoginsAsync(string bearer) =>
        [.. (await _client.GetAsync("/api/auth/logins", bearer)).Body.GetProperty("logins").EnumerateArray()];
}
