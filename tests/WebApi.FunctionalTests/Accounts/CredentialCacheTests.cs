using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Accounts;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.WebApi.Authentication;

namespace StackAgent.WebApi.FunctionalTests.Accounts;

/// <summary>What ends a credential that is in use, on the server where that happens and on another one.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class CredentialCacheTests(DatabaseProvider provider)
{
    private static readonly TimeSpan MaxAge = new FreshCacheLimits().MaxAge;

    private AccountsServer _here;
    private AccountsServer _there;
    private ApiClient _client;
    private ApiClient _elsewhere;
    private (string Email, string AccessToken, string RefreshToken, Guid UserId) _user;

    [OneTimeSetUp]
    public async Task StartServers()
    {
        _here = await AccountsServer.StartAsync(provider);
        _there = await AccountsServer.StartAsync(provider, beside: _here);
    }

    [OneTimeTearDown]
    public async Task StopServers()
    {
        await _there.DisposeAsync();
        await _here.DisposeAsync();
    }

    [SetUp]
    public async Task NewUser()
    {
        _client = _here.Client();
        _elsewhere = _there.Client();
        _user = await _client.NewUserAsync();
    }

    [TearDown]
    public void DisposeClients()
    {
        _client.Dispose();
        _elsewhere.Dispose();
    }

    [Test]
    public async Task ApiKey_WhenRevoked_StopsAtOnceHereAndWithinItsAgeElsewhere()
    {
        var (id, key) = await NewKeyAsync();
        Assert.That(await UseKeyAsync(key), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)), "a new key works at once on every server that never saw it");

        await _client.SendAsync(HttpMethod.Delete, $"/api/apikeys/{id}", bearer: _user.AccessToken);

        Assert.That((await _client.GetAsync("/probe/read", apiKey: key)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        _here.Time.Advance(MaxAge);
        Assert.That((await _elsewhere.GetAsync("/probe/read", apiKey: key)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task ApiKey_WhenRevokedElsewhereAndInUseHere_IsNoticedInTheBackground()
    {
        var (id, key) = await NewKeyAsync();
        await UseKeyAsync(key);

        await _elsewhere.SendAsync(HttpMethod.Delete, $"/api/apikeys/{id}", bearer: _user.AccessToken);

        // The clock stands still: the answer in memory never grows too old, so only the refresh can end it.
        await Eventually.TrueAsync(
            async () => (await _client.GetAsync("/probe/read", apiKey: key)).Status == HttpStatusCode.Unauthorized, "the revocation to be noticed");
    }

    [Test]
    public async Task ApiKey_WhenItsAgentIsGone_StopsWithinItsAge()
    {
        var agentId = Guid.CreateVersion7();
        await _here.WithDatabaseAsync(db =>
        {
            var stack = Stack.Create(_user.UserId, "stack", description: null, _here.Time.Now());
            db.Stacks.Add(stack);
            db.Agents.Add(stack.AddAgent(agentId, "echo", description: null, _user.UserId, _here.Time.Now()));
            return db.SaveChangesAsync();
        });
        var key = await _here.Services.GetRequiredService<IAgentKeys>().IssueAsync(_user.UserId, agentId, CancellationToken.None);
        Assert.That((await _client.GetAsync("/probe/report", apiKey: key)).Status, Is.EqualTo(HttpStatusCode.OK));

        await _here.WithDatabaseAsync(db => db.Agents.Where(agent => agent.Id == agentId).ExecuteDeleteAsync());
        _here.Time.Advance(MaxAge);

        Assert.That((await _client.GetAsync("/probe/report", apiKey: key)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("bearer")]
    [TestCase("cookie")]
    [TestCase("all")]
    [TestCase("reuse")]
    public async Task AccessToken_WhenItsLoginEnds_StopsAtOnceHereAndWithinItsAgeElsewhere(string way)
    {
        Assert.That(await UseTokenAsync(), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));

        switch (way)
        {
            case "bearer":
                await _client.PostAsync("/api/auth/logout", bearer: _user.AccessToken);
                break;
            case "cookie":
                await _client.PostAsync("/api/auth/logout", cookie: _user.RefreshToken);
                break;
            case "all":
                var other = (await _client.LogInAsync(_user.Email)).Text("access_token");
                await _client.PostAsync("/api/auth/logout?all=true", bearer: other);
                break;
            default:
                await _client.PostAsync("/api/auth/refresh", new { refresh_token = _user.RefreshToken });
                _here.Time.Advance(RefreshTokenFamily.ReuseGrace + TimeSpan.FromSeconds(1));
                Assert.That((await _client.GetAsync("/api/auth/me", _user.AccessToken)).Status, Is.EqualTo(HttpStatusCode.OK));
                await _client.PostAsync("/api/auth/refresh", new { refresh_token = _user.RefreshToken });
                break;
        }

        Assert.That((await _client.GetAsync("/api/auth/me", _user.AccessToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        _here.Time.Advance(MaxAge);
        Assert.That((await _elsewhere.GetAsync("/api/auth/me", _user.AccessToken)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task AccessToken_WhenInUseUntilItExpires_StopsAtThatMoment()
    {
        _here.Time.Advance(TimeSpan.FromTicks(TimeSpan.TicksPerSecond - (_here.Time.GetUtcNow().Ticks % TimeSpan.TicksPerSecond)));
        var token = (await _client.LogInAsync(_user.Email)).Text("access_token");

        _here.Time.Advance(TimeSpan.FromMinutes(30) - TimeSpan.FromTicks(1));
        Assert.That((await _client.GetAsync("/api/auth/me", token)).Status, Is.EqualTo(HttpStatusCode.OK));
        _here.Time.Advance(TimeSpan.FromTicks(1));

        Assert.That((await _client.GetAsync("/api/auth/me", token)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Credentials_WhenTheirOwnerBecomesInactive_StopWithinTheirAge()
    {
        var (_, key) = await NewKeyAsync();
        await UseKeyAsync(key);
        await UseTokenAsync();

        await _here.WithDatabaseAsync(db => db.Accounts.Where(account => account.Id == _user.UserId)
            .ExecuteUpdateAsync(set => set.SetProperty(account => account.IsActive, false)));
        _here.Time.Advance(MaxAge);

        Assert.That(await UseKeyAsync(key), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)));
        Assert.That(await UseTokenAsync(), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)));
    }

    private async Task<(string Id, string Key)> NewKeyAsync()
    {
        var reply = await _client.PostAsync("/api/apikeys", new { name = "key", scopes = new[] { "read" } }, _user.AccessToken);
        return (reply.Text("id"), reply.Text("key"));
    }

    private async Task<(HttpStatusCode Here, HttpStatusCode There)> UseKeyAsync(string key) =>
        ((await _client.GetAsync("/probe/read", apiKey: key)).Status, (await _elsewhere.GetAsync("/probe/read", apiKey: key)).Status);

    private async Task<(HttpStatusCode Here, HttpStatusCode There)> UseTokenAsync() =>
        ((await _client.GetAsync("/api/auth/me", _user.AccessToken)).Status, (await _elsewhere.GetAsync("/api/auth/me", _user.AccessToken)).Status);
}
