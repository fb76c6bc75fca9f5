using System.Net;
using Microsoft.EntityFrameworkCore;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.WebApi.FunctionalTests.Accounts;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class RegisterAndLoginTests(DatabaseProvider provider)
{
    private AccountsServer _server;
    private ApiClient _client;
    private string _email;

    [OneTimeSetUp]
    public async Task StartServer() => _server = await AccountsServer.StartAsync(provider);

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [SetUp]
    public void NewClient()
    {
        _client = _server.Client();
        _email = $"{Guid.NewGuid():N}@example.com";
    }

    [TearDown]
    public void DisposeClient() => _client.Dispose();

    [Test]
    public async Task Register_WhenAllIsGood_AnswersInBothShapes()
    {
        var reply = await _client.RegisterAsync(_email, fullName: " Ada Lovelace ");

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created));
            Assert.That(reply.Fields, Is.EquivalentTo(["id", "email", "full_name", "name", "is_active", "created_at", "message", "user"]));
            Assert.That(reply.Text("email"), Is.EqualTo(_email));
            Assert.That(reply.Text("full_name"), Is.EqualTo("Ada Lovelace"));
            Assert.That(reply.Text("name"), Is.EqualTo("Ada Lovelace"));
            Assert.That(reply.Text("created_at"), Does.EndWith("Z"));
            Assert.That(reply.Body.GetProperty("is_active").GetBoolean(), Is.True);
            Assert.That(reply.Body.GetProperty("user").EnumerateObject().Select(field => field.Name), Is.EquivalentTo(["id", "email", "full_name", "name"]));
            Assert.That(reply.SetCookie, Is.Null);
        });
    }

    [Test]
    public async Task Register_WhenNameComesInPlaceOfFullName_TakesIt()
    {
        var reply = await _client.PostAsync("/api/auth/register/", new { email = _email, password = Passwords.Good, name = "阿达" });

        Assert.That((reply.Status, reply.Text("full_name")), Is.EqualTo((HttpStatusCode.Created, "阿达")));
    }

    [TestCase("{}", "email", "password", "full_name")]
    [TestCase("""{"email":"nobody","password":"Passw0rd","full_name":"A"}""", "email")]
    [TestCase("""{"email":"a@example.com","password":"password","full_name":"A"}""", "password")]
    [TestCase("""{"email":"a@example.com","password":"Passw0rd","full_name":"  "}""", "full_name")]
    public async Task Register_WhenFieldsAreUnacceptable_NamesThem(string body, params string[] fields)
    {
        var reply = await _client.PostAsync("/api/auth/register", body);

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
            Assert.That(reply.ContentType, Is.EqualTo("application/problem+json"));
            Assert.That(reply.Text("error"), Is.EqualTo("validation_failed"));
            Assert.That(reply.Body.GetProperty("errors").EnumerateObject().Select(field => field.Name), Is.EquivalentTo(fields));
        });
    }

    [Test]
    public async Task Register_WhenPasswordIsTooLong_RefusesItBeforeHashing()
    {
        var hashed = _server.Hasher.Hashed;

        var reply = await _client.RegisterAsync(_email, "aA1" + new string('x', 126));

        Assert.That((reply.Status, _server.Hasher.Hashed), Is.EqualTo((HttpStatusCode.UnprocessableEntity, hashed)));
    }

    [TestCase("not json")]
    [TestCase("")]
    [TestCase("[]")]
    public async Task Register_WhenBodyIsMalformed_Answers400(string body) =>
        Assert.That((await _client.PostAsync("/api/auth/register", body)).Status, Is.EqualTo(HttpStatusCode.BadRequest));

    [Test]
    public async Task Register_WhenEmailExistsInAnotherCase_Answers409()
    {
        await _client.RegisterAsync(_email);

        var reply = await _client.RegisterAsync(_email.ToUpperInvariant());

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Conflict));
            Assert.That(reply.Text("error"), Is.EqualTo("conflict"));
            Assert.That(reply.Text("detail"), Does.Contain("already exists"));
        });
    }

    [Test]
    public async Task Register_WhenTenAskForOneEmailAtOnce_ExactlyOneGetsIt()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 10)
            .Select(i => _client.RegisterAsync(i % 2 == 0 ? _email : _email.ToUpperInvariant())));

        Assert.Multiple(() =>
        {
            Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.Created), Is.EqualTo(1));
            Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.Conflict), Is.EqualTo(9));
        });
    }

    [Test]
    public async Task LogIn_WhenPasswordIsRight_GivesTokensUserAndCookie()
    {
        await _client.RegisterAsync(_email);

        var reply = await _client.LogInAsync(_email.ToUpperInvariant());

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(reply.Fields, Is.EquivalentTo(["access_token", "token_type", "expires_in", "refresh_token", "user"]));
            Assert.That(reply.Text("token_type"), Is.EqualTo("bearer"));
            Assert.That(reply.Body.GetProperty("expires_in").GetInt32(), Is.EqualTo(1800));
            Assert.That(reply.Text("refresh_token"), Does.Match("^[A-Za-z0-9_-]{43}$"));
            Assert.That(reply.Body.GetProperty("user").GetProperty("full_name").GetString(), Is.EqualTo("Ada Lovelace"));
            Assert.That(reply.Body.GetProperty("user").GetProperty("name").GetString(), Is.EqualTo("Ada Lovelace"));
            Assert.That(reply.CookieValue, Is.EqualTo(reply.Text("refresh_token")));
            Assert.That(reply.SetCookie!.ToLowerInvariant(), Does.Contain("; path=/api/auth").And.Contain("; httponly").And.Contain("; samesite=lax")
                .And.Contain("; max-age=604800").And.Not.Contain("; secure"));
            Assert.That(reply.Headers.CacheControl!.NoStore, Is.True);
        });
    }

    [Test]
    public async Task LogIn_WhenCookiesAreAskedFor_LeavesTheRefreshTokenOutOfTheBody()
    {
        await _client.RegisterAsync(_email);

        var reply = await _client.LogInAsync(_email, query: "?use_cookies=true");

        Assert.That((reply.Has("refresh_token"), reply.CookieValue?.Length), Is.EqualTo((false, 43)));
    }

    [Test]
    public async Task LogIn_WhenInProduction_MakesTheCookieSecure()
    {
        await using var server = await AccountsServer.StartAsync(DatabaseProvider.Sqlite, secureCookies: true);
        using var client = server.Client();
        await client.RegisterAsync(_email);

        Assert.That((await client.LogInAsync(_email)).SetCookie!.ToLowerInvariant(), Does.Contain("; secure"));
    }

    [Test]
    public async Task LogIn_WhenEmailIsUnknownOrPasswordWrongOrAccountInactive_AnswersTheSame()
    {
        await _client.RegisterAsync(_email);
        var inactive = $"{Guid.NewGuid():N}@example.com";
        await _client.RegisterAsync(inactive);
        await _server.WithDatabaseAsync(db => db.Accounts.Where(user => user.Email == inactive)
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.IsActive, false)));

        Reply[] replies =
        [
            await _client.LogInAsync(_email, Passwords.Wrong),
            await _client.LogInAsync($"{Guid.NewGuid():N}@example.com"),
            await _client.LogInAsync(inactive),
            await _client.LogInAsync("no address\u0000 at all"),
        ];

        Assert.Multiple(() =>
        {
            Assert.That(replies.Select(reply => reply.Status), Is.All.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(replies.Select(reply => reply.Text("detail")), Is.All.EqualTo("invalid email or password"));
            Assert.That(replies.Select(reply => reply.Text("message")), Is.All.EqualTo("invalid email or password"));
            Assert.That(replies.Select(reply => reply.Text("error")), Is.All.EqualTo("unauthorized"));
            Assert.That(replies.Select(reply => reply.Headers.WwwAuthenticate.ToString()), Is.All.EqualTo("Bearer"));
            Assert.That(replies.Select(reply => reply.SetCookie), Is.All.Null);
        });
    }

    [Test]
    public async Task LogIn_WhenEmailIsUnknown_DoesTheSameWorkAsForAWrongPassword()
    {
        await _client.RegisterAsync(_email);
        await _client.LogInAsync(_email);

        var known = await WorkOfAsync(() => _client.LogInAsync(_email, Passwords.Wrong));
        var unknown = await WorkOfAsync(() => _client.LogInAsync($"{Guid.NewGuid():N}@example.com", Passwords.Wrong));

        Assert.Multiple(() =>
        {
            Assert.That(known.Verified, Is.EqualTo(1));
            Assert.That(known.Statements, Is.EqualTo(["SELECT", "UPDATE"]));
            Assert.That(unknown.Verified, Is.EqualTo(known.Verified));
            Assert.That(unknown.Hashed, Is.EqualTo(known.Hashed));
            Assert.That(unknown.Statements, Is.EqualTo(known.Statements));
        });
    }

    [TestCase("{}")]
    [TestCase("""{"email":"","password":""}""")]
    public async Task LogIn_WhenFieldsAreMissing_Answers422(string body) =>
        Assert.That((await _client.PostAsync("/api/auth/login", body)).Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));

    [Test]
    public async Task LogIn_WhenBodyIsHuge_Answers413()
    {
        var reply = await _client.LogInAsync(_email, new string('x', 100_000));

        Assert.That((reply.Status, reply.Text("error")), Is.EqualTo((HttpStatusCode.RequestEntityTooLarge, "payload_too_large")));
    }

    [Test]
    public async Task LogIn_WhenEverythingIsLogged_ShowsNoSecret()
    {
        const string password = "Telltale-Password-7";
        await _client.RegisterAsync(_email, password);
        var login = await _client.LogInAsync(_email, password);
        await _client.LogInAsync(_email, "Telltale-Wrong-8");
        var refreshed = await _client.PostAsync("/api/auth/refresh", new { refresh_token = login.Text("refresh_token") });
        var bearer = refreshed.Text("access_token");
        var key = (await _client.PostAsync("/api/apikeys", new { name = "ci", scopes = new[] { "read" } }, bearer)).Text("key");
        await _client.GetAsync("/probe/read", bearer: key);
        await _client.GetAsync("/probe/read", bearer: bearer + "x");
        await _client.PostAsync("/api/auth/logout", new { refresh_token = refreshed.Text("refresh_token") }, bearer);

        string[] secrets =
        [
            password, "Telltale-Wrong-8", login.Text("refresh_token"), login.Text("access_token"), refreshed.Text("refresh_token"),
            bearer, bearer.Split('.')[2], key, AccountsServer.SecretKey,
        ];
        Assert.Multiple(() =>
        {
            Assert.That(_server.Logs.Lines, Has.Count.GreaterThan(100), "the server logs at the lowest level");
            foreach (var secret in secrets)
                Assert.That(_server.Logs.Lines.Where(line => line.Contains(secret, StringComparison.Ordinal)), Is.Empty);
        });
    }

    private async Task<(int Verified, int Hashed, List<string> Statements)> WorkOfAsync(Func<Task> call)
    {
        var (verified, hashed, lines) = (_server.Hasher.Verified, _server.Hasher.Hashed, _server.Logs.Lines.Count);
        await call();
        var statements = _server.Logs.Lines.Skip(lines)
            .Where(line => line.Contains("Executed DbCommand", StringComparison.Ordinal))
            // The trail of refused logins is written afterwards, which nobody waits for.
            .Where(line => !line.Contains("audit_entries", StringComparison.Ordinal))
            .Select(line => line.Split('\n', 2)[1].TrimStart().Split(' ', '\n')[0].Trim())
            .Where(word => word is "SELECT" or "INSERT" or "UPDATE" or "DELETE")
            .ToList();
        return (_server.Hasher.Verified - verified, _server.Hasher.Hashed - hashed, statements);
    }
}
