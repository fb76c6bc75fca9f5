using System.Net;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Accounts;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Replicas;

/// <summary>What ends or limits access at one server does so at the others.</summary>
[TestFixture]
internal sealed class SharedCredentialsTests
{
    private static readonly Dictionary<string, string> SharedSecret = new(StringComparer.Ordinal) { ["SECRET_KEY"] = new string('s', 40) };

    private TestDatabase _database;
    private ProductServer _one;
    private ProductServer _other;
    private Caller _caller;

    [SetUp]
    public async Task StartAsync()
    {
        _database = await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);
        _one = await StartServerAsync();
        _other = await StartServerAsync();
        _caller = await _one.NewCallerAsync();
    }

    [TearDown]
    public async Task EndAsync()
    {
        _caller.Dispose();
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task ApiKey_WhenItIsRevokedAtOneServer_IsRefusedByTheOther()
    {
        var created = await _caller.PostAsync("/api/apikeys", new { name = "key", scopes = new[] { "read" } });
        using var there = _other.Anonymous(created.Text("key"));
        Assert.That((await there.GetAsync("/api/agents")).Status, Is.EqualTo(HttpStatusCode.OK));

        await _caller.DeleteAsync($"/api/apikeys/{created.Text("id")}");
        await Eventually.TrueAsync(async () => (await there.GetAsync("/api/agents")).Status == HttpStatusCode.Unauthorized, "the key to be refused");
    }

    [Test]
    public async Task Login_WhenItEndsAtOneServer_IsRefusedByTheOther()
    {
        using var there = _other.Anonymous();
        there.Http.DefaultRequestHeaders.Authorization = _caller.Http.DefaultRequestHeaders.Authorization;
        Assert.That((await there.GetAsync("/api/auth/me")).Status, Is.EqualTo(HttpStatusCode.OK));

        await _caller.PostAsync("/api/auth/logout", new { });
        await Eventually.TrueAsync(async () => (await there.GetAsync("/api/auth/me")).Status == HttpStatusCode.Unauthorized, "the token to be refused");
    }

    [Test]
    public async Task Login_WhenPasswordsAreGuessedAtSeveralServers_IsLockedAtAllOfThem()
    {
        using var here = _one.Anonymous();
        using var there = _other.Anonymous();
        var limits = new LoginLimits();
        for (var guess = 0; guess < limits.FailuresUntilLockout; guess++)
        {
            var guesser = guess % 2 == 0 ? here : there;
            Assert.That((await LogInAsync(guesser, $"Wrong-Guess-{guess}")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        }

        foreach (var guesser in new[] { here, there })
            Assert.That((await LogInAsync(guesser, Passwords.Good)).Status, Is.EqualTo(HttpStatusCode.Unauthorized), "locked, whichever is asked");
    }

    private Task<Reply> LogInAsync(Caller caller, string password) => caller.PostAsync("/api/auth/login", new { email = _caller.Email, password });

    private Task<ProductServer> StartServerAsync() => ProductServer.StartAsync(
        DatabaseProvider.PostgreSql,
        services => services.AddSingleton(new AccountOptions(SharedSecret["SECRET_KEY"])),
        SharedSecret,
        _database);
}
