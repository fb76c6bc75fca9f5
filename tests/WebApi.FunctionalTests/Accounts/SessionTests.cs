using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Domain.Accounts;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.WebApi.FunctionalTests.Accounts;

/// <summary>Access tokens, refresh with rotation, logout, and the account of the caller.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class SessionTests(DatabaseProvider provider)
{
    private static readonly TimeSpan PastTheGrace = RefreshTokenFamily.ReuseGrace + TimeSpan.FromSeconds(1);

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
    public async Task AccessToken_WhenRead_HasTheContractsClaims()
    {
        var user = await _client.NewUserAsync();

        var (header, claims) = Decode(user.AccessToken);

        Assert.Multiple(() =>
        {
            Assert.That(header.GetProperty("alg").GetString(), Is.EqualTo("HS256"));
            Assert.That(claims.EnumerateObject().Select(claim => claim.Name),
                Is.EquivalentTo(["sub", "email", "jti", "iat", "nbf", "exp", "iss", "aud", "type"]));
            Assert.That(claims.GetProperty("sub").GetGuid(), Is.EqualTo(user.UserId));
            Assert.That(claims.GetProperty("email").GetString(), Is.EqualTo(user.Email));
            Assert.That(claims.GetProperty("type").GetString(), Is.EqualTo("access"));
            Assert.That(claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64(), Is.EqualTo(1800));
        });
    }

    [Test]
    public async Task Me_WhenCalledWithAccessToken_ShowsTheUser()
    {
        var user = await _client.NewUserAsync();

        var reply = await _client.GetAsync("/api/auth/me/", user.AccessToken);

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(reply.Fields, Is.EquivalentTo(["id", "email", "full_name", "name", "is_active", "created_at"]));
            Assert.That(reply.Text("email"), Is.EqualTo(user.Email));
        });
    }

    [Test]
    public async Task Me_WhenChanged_KeepsWhatIsAbsentAndClearsWhatIsEmpty()
    {
        var user = await _client.NewUserAsync();

        var named = await PutMeAsync(user.AccessToken, """{"full_name":"Augusta"}""");
        var hooked = await PutMeAsync(user.AccessToken, """{"notification_webhook_url":" https://hooks.example.com/x "}""");
        var unchanged = await PutMeAsync(user.AccessToken, """{"full_name":null,"notification_webhook_url":null}""");
        var cleared = await PutMeAsync(user.AccessToken, """{"notification_webhook_url":""}""");

        Assert.Multiple(() =>
        {
            Assert.That((named.Text("full_name"), named.Text("name")), Is.EqualTo(("Augusta", "Augusta")));
            Assert.That((hooked.Text("full_name"), hooked.Text("notification_webhook_url")), Is.EqualTo(("Augusta", "https://hooks.example.com/x")));
            Assert.That(unchanged.Text("notification_webhook_url"), Is.EqualTo("https://hooks.example.com/x"));
            Assert.That(cleared.Has("notification_webhook_url"), Is.False);
        });
    }

    [TestCase("""{"full_name":""}""", "full_name")]
    [TestCase("""{"notification_webhook_url":"ftp://example.com"}""", "notification_webhook_url")]
    [TestCase("""{"notification_webhook_url":"/relative"}""", "notification_webhook_url")]
    [TestCase("""{"notification_webhook_url":"https://"}""", "notification_webhook_url")]
    public async Task Me_WhenChangeIsUnacceptable_Answers422(string body, string field)
    {
        var user = await _client.NewUserAsync();

        var reply = await PutMeAsync(user.AccessToken, body);

        Assert.That((reply.Status, reply.Body.GetProperty("errors").EnumerateObject().Single().Name), Is.EqualTo((HttpStatusCode.UnprocessableEntity, field)));
    }

    [Test]
    public async Task Bearer_WhenMissingOrBad_Answers401WithChallengeAndProblem()
    {
        var user = await _client.NewUserAsync();
        string?[] credentials = [null, "nonsense", user.RefreshToken, user.AccessToken + "x", "sak_" + new string('A', 43), "sak_short"];

        foreach (var credential in credentials)
        {
            var reply = await _client.GetAsync("/api/auth/me", credential);
            Assert.Multiple(() =>
            {
                Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Unauthorized), credential);
                Assert.That(reply.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer"));
                Assert.That(reply.ContentType, Is.EqualTo("application/problem+json"));
                Assert.That(reply.Text("error"), Is.EqualTo("unauthorized"));
            });
        }
    }

    [TestCase("type", "\"refresh\"")]
    [TestCase("type", null)]
    [TestCase("iss", "\"somebody\"")]
    [TestCase("aud", "\"somebody\"")]
    [TestCase("exp", "1")]
    [TestCase("exp", null)]
    [TestCase("nbf", "99999999999")]
    [TestCase("jti", "\"019b0000-0000-7000-8000-000000000000\"")]
    [TestCase("jti", null)]
    [TestCase("sub", "\"019b0000-0000-7000-8000-000000000000\"")]
    public async Task Bearer_WhenSignedWithTheRightKeyButAClaimIsOff_Answers401(string claim, string? value)
    {
        var user = await _client.NewUserAsync();
        var claims = Decode(user.AccessToken).Claims.EnumerateObject().ToDictionary(c => c.Name, c => c.Value.GetRawText());
        Assert.That((await _client.GetAsync("/api/auth/me", Sign(claims))).Status, Is.EqualTo(HttpStatusCode.OK), "unaltered, the forgery is good");

        if (value is null)
            claims.Remove(claim);
        else
            claims[claim] = value;

        Assert.That((await _client.GetAsync("/api/auth/me", Sign(claims))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("none")]
    [TestCase("HS512")]
    public async Task Bearer_WhenAlgorithmIsAnother_Answers401(string algorithm)
    {
        var user = await _client.NewUserAsync();
        var claims = Decode(user.AccessToken).Claims.EnumerateObject().ToDictionary(c => c.Name, c => c.Value.GetRawText());

        Assert.That((await _client.GetAsync("/api/auth/me", Sign(claims, algorithm))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Bearer_WhenHalfAnHourHasPassed_Answers401()
    {
        var user = await _client.NewUserAsync();

        _server.Time.Advance(TimeSpan.FromMinutes(30));

        Assert.That((await _client.GetAsync("/api/auth/me", user.AccessToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Bearer_WhenUserBecomesInactive_Answers401AndRefreshesNoMore()
    {
        var user = await _client.NewUserAsync();
        await _server.WithDatabaseAsync(db => db.Accounts.Where(account => account.Id == user.UserId)
            .ExecuteUpdateAsync(set => set.SetProperty(account => account.IsActive, false)));

        Assert.Multiple(async () =>
        {
            Assert.That((await _client.GetAsync("/api/auth/me", user.AccessToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That((await RefreshAsync(user.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        });
    }

    [Test]
    public async Task Refresh_WhenTokenComesInTheBody_RotatesIt()
    {
        var user = await _client.NewUserAsync();

        var reply = await RefreshAsync(user.RefreshToken);

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(reply.Fields, Is.EquivalentTo(["access_token", "token_type", "expires_in", "refresh_token", "user"]));
            Assert.That(reply.Text("refresh_token"), Is.Not.EqualTo(user.RefreshToken));
            Assert.That(reply.CookieValue, Is.EqualTo(reply.Text("refresh_token")));
            Assert.That(reply.Text("access_token"), Is.Not.EqualTo(user.AccessToken));
        });
        Assert.That((await _client.GetAsync("/api/auth/me", reply.Text("access_token"))).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _client.GetAsync("/api/auth/me", user.AccessToken)).Status, Is.EqualTo(HttpStatusCode.OK), "the old access token lives until it expires");
    }

    [TestCase(null)]
    [TestCase("{}")]
    [TestCase("""{"refresh_token":null}""")]
    [TestCase("""{"refresh_token":""}""")]
    public async Task Refresh_WhenTokenComesInTheCookie_RotatesIt(string? body)
    {
        var user = await _client.NewUserAsync();

        var reply = await _client.PostAsync("/api/auth/refresh?use_cookies=true", body, cookie: user.RefreshToken);

        Assert.That((reply.Status, reply.Has("refresh_token"), reply.CookieValue?.Length), Is.EqualTo((HttpStatusCode.OK, false, 43)));
    }

    [Test]
    public async Task Refresh_WhenBodyAndCookieDiffer_TheBodyCounts()
    {
        var user = await _client.NewUserAsync();

        var reply = await _client.PostAsync("/api/auth/refresh", new { refresh_token = "wrong" }, cookie: user.RefreshToken);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Refresh_WhenThereIsNoTokenOrAnUnknownOne_Answers401()
    {
        var user = await _client.NewUserAsync();
        Reply[] replies =
        [
            await _client.PostAsync("/api/auth/refresh"),
            await RefreshAsync("unknown"),
            await RefreshAsync(user.AccessToken),
            await RefreshAsync(new string('x', 10_000)),
        ];

        Assert.That(replies.Select(reply => (reply.Status, reply.Headers.WwwAuthenticate.ToString())), Is.All.EqualTo((HttpStatusCode.Unauthorized, "Bearer")));
    }

    [Test]
    public async Task Refresh_WhenEightTabsComeAtOnce_AllGetGoodTokensOfOneFamily()
    {
        var user = await _client.NewUserAsync();

        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RefreshAsync(user.RefreshToken)));

        Assert.That(replies.Select(reply => reply.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(replies.Select(reply => reply.Text("refresh_token")).Distinct().Count(), Is.EqualTo(8));
        Assert.That(await FamiliesAsync(user.UserId), Is.EqualTo(1));
        _server.Time.Advance(PastTheGrace);
        foreach (var reply in replies)
            Assert.That((await RefreshAsync(reply.Text("refresh_token"))).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Refresh_WhenASpentTokenComesAfterTheGrace_EndsTheWholeLogin()
    {
        var user = await _client.NewUserAsync();
        var second = await RefreshAsync(user.RefreshToken);
        var elsewhere = await _client.LogInAsync(user.Email);
        _server.Time.Advance(PastTheGrace);

        var reused = await RefreshAsync(user.RefreshToken);

        Assert.That(reused.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await RefreshAsync(second.Text("refresh_token"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _client.GetAsync("/api/auth/me", second.Text("access_token"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await RefreshAsync(elsewhere.Text("refresh_token"))).Status, Is.EqualTo(HttpStatusCode.OK), "another device stays logged in");
    }

    [Test]
    public async Task Refresh_WhenAReuseMeetsRotations_NoSuccessorEscapes()
    {
        var user = await _client.NewUserAsync();
        var second = await RefreshAsync(user.RefreshToken);
        _server.Time.Advance(PastTheGrace);

        var replies = await Task.WhenAll(Enumerable.Range(0, 12)
            .Select(i => RefreshAsync(i == 5 ? user.RefreshToken : second.Text("refresh_token"))));

        foreach (var reply in replies.Where(reply => reply.Status == HttpStatusCode.OK))
            Assert.That((await RefreshAsync(reply.Text("refresh_token"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Refresh_WhenSevenDaysHavePassed_Answers401()
    {
        var user = await _client.NewUserAsync();

        _server.Time.Advance(TimeSpan.FromDays(7));

        Assert.That((await RefreshAsync(user.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("cookie")]
    [TestCase("body")]
    [TestCase("bearer")]
    public async Task LogOut_WhenAnyTokenIsShown_EndsThisLoginAlone(string way)
    {
        var user = await _client.NewUserAsync();
        var elsewhere = await _client.LogInAsync(user.Email);

        var reply = way switch
        {
            "cookie" => await _client.PostAsync("/api/auth/logout", cookie: user.RefreshToken),
            "body" => await _client.PostAsync("/api/auth/logout", new { refresh_token = user.RefreshToken }),
            _ => await _client.PostAsync("/api/auth/logout", bearer: user.AccessToken),
        };

        Assert.That((reply.Status, reply.Text("message")), Is.EqualTo((HttpStatusCode.OK, "logged out successfully")));
        Assert.That(reply.SetCookie!.ToLowerInvariant(), Does.StartWith("refresh_token=;").And.Contain("path=/api/auth").And.Contain("expires=thu, 01 jan 1970"));
        Assert.That((await RefreshAsync(user.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _client.GetAsync("/api/auth/me", user.AccessToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await RefreshAsync(elsewhere.Text("refresh_token"))).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task LogOut_WhenAllAreMeant_EndsEveryLoginOfTheUserAndOfNobodyElse(bool byBearer)
    {
        var user = await _client.NewUserAsync();
        var elsewhere = await _client.LogInAsync(user.Email);
        var stranger = await _client.NewUserAsync();

        var reply = byBearer
            ? await _client.PostAsync("/api/auth/logout?all=true", bearer: user.AccessToken)
            : await _client.PostAsync("/api/auth/logout?all=true", cookie: user.RefreshToken);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await RefreshAsync(user.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await RefreshAsync(elsewhere.Text("refresh_token"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await RefreshAsync(stranger.RefreshToken)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task LogOut_WhenNobodyIsLoggedIn_SucceedsUnlessAllAreMeant()
    {
        var one = await _client.PostAsync("/api/auth/logout", cookie: "long-gone");
        var all = await _client.PostAsync("/api/auth/logout?all=true", bearer: "nonsense");

        Assert.That((one.Status, all.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.Unauthorized)));
    }

    [Test]
    public async Task Clean_WhenLoginsAreOver_RemovesThemAndKeepsTheOthers()
    {
        var gone = await _client.NewUserAsync();
        _server.Time.Advance(TimeSpan.FromDays(7) + TimeSpan.FromHours(1));
        var present = await _client.NewUserAsync();

        await _server.Services.GetRequiredService<LoginHistoryCleaner>().CleanAsync(CancellationToken.None);

        Assert.That((await FamiliesAsync(gone.UserId), await FamiliesAsync(present.UserId)), Is.EqualTo((0, 1)));
    }

    private Task<int> FamiliesAsync(Guid userId) =>
        _server.WithDatabaseAsync(db => db.RefreshTokenFamilies.CountAsync(family => family.UserId == userId));

    private Task<Reply> RefreshAsync(string token) => _client.PostAsync("/api/auth/refresh", new { refresh_token = token });

    private Task<Reply> PutMeAsync(string bearer, string body) => _client.SendAsync(HttpMethod.Put, "/api/auth/me", body, bearer);

    private static (JsonElement Header, JsonElement Claims) Decode(string token)
    {
        var parts = token.Split('.');
        return (JsonDocument.Parse(FromBase64Url(parts[0])).RootElement, JsonDocument.Parse(FromBase64Url(parts[1])).RootElement);
    }

    private static string Sign(Dictionary<string, string> claims, string algorithm = "HS256")
    {
        var key = Encoding.UTF8.GetBytes(AccountsServer.SecretKey);
        var head = ToBase64Url(Encoding.UTF8.GetBytes($$"""{"alg":"{{algorithm}}","typ":"JWT"}"""));
        var body = ToBase64Url(Encoding.UTF8.GetBytes($"{{{string.Join(',', claims.Select(claim => $"\"{claim.Key}\":{claim.Value}"))}}}"));
        var text = Encoding.UTF8.GetBytes($"{head}.{body}");
        var signature = algorithm switch
        {
            "HS256" => HMACSHA256.HashData(key, text),
            "HS512" => HMACSHA512.HashData(key, text),
            _ => [],
        };
        return $"{head}.{body}.{ToBase64Url(signature)}";
    }

    private static string ToBase64Url(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static byte[] FromBase64Url(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}
