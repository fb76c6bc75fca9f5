using System.Net;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Accounts;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.WebApi.FunctionalTests.Accounts;

/// <summary>What happens to those who guess: 429 by e-mail address and by client address, lockout by account.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class LoginLimitTests(DatabaseProvider provider)
{
    private const string Email = "ada@example.com";
    private const string Unknown = "nobody@example.com";

    [TestCase(Email)]
    [TestCase(Unknown)]
    public async Task LogIn_WhenAnAddressIsTriedTooOften_Answers429WithRetryAfterWhetherItExistsOrNot(string email)
    {
        await using var server = await AccountsServer.StartAsync(provider, AccountsServer.Unlimited with { AttemptsPerEmail = 3 });
        using var client = server.Client();
        await client.RegisterAsync(Email);
        for (var i = 0; i < 3; i++)
            Assert.That((await client.LogInAsync(email, Passwords.Wrong)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        server.Time.Advance(TimeSpan.FromMinutes(1));

        var refused = await client.LogInAsync($" {email.ToUpperInvariant()}", Passwords.Good);

        Assert.Multiple(() =>
        {
            Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
            Assert.That(refused.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromMinutes(4)));
            Assert.That(refused.Text("error"), Is.EqualTo("rate_limited"));
            Assert.That(refused.ContentType, Is.EqualTo("application/problem+json"));
        });
        Assert.That((await client.LogInAsync("other@example.com", Passwords.Wrong)).Status, Is.EqualTo(HttpStatusCode.Unauthorized), "others go on");
        server.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.That((await client.LogInAsync(email, Passwords.Wrong)).Status, Is.EqualTo(HttpStatusCode.Unauthorized), "the wait is over");
    }

    [Test]
    public async Task LogIn_WhenPasswordIsRight_StartsTheCountAnew()
    {
        await using var server = await AccountsServer.StartAsync(provider, AccountsServer.Unlimited with { AttemptsPerEmail = 3 });
        using var client = server.Client();
        await client.RegisterAsync(Email);

        for (var i = 0; i < 4; i++)
        {
            Assert.That((await client.LogInAsync(Email, Passwords.Wrong)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That((await client.LogInAsync(Email, Passwords.Wrong)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That((await client.LogInAsync(Email)).Status, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    [Test]
    public async Task LogIn_WhenOneClientTriesManyAddresses_Answers429()
    {
        await using var server = await AccountsServer.StartAsync(provider, AccountsServer.Unlimited with { AttemptsPerAddress = 3 });
        using var client = server.Client();
        for (var i = 0; i < 3; i++)
            await client.LogInAsync($"{i}@example.com");

        var refused = await client.LogInAsync("4@example.com");

        Assert.That((refused.Status, refused.Headers.RetryAfter!.Delta), Is.EqualTo((HttpStatusCode.TooManyRequests, TimeSpan.FromMinutes(1))));
    }

    [Test]
    public async Task Register_WhenOneClientRegistersMany_Answers429BeforeHashing()
    {
        await using var server = await AccountsServer.StartAsync(provider, AccountsServer.Unlimited with { RegistrationsPerAddress = 2 });
        using var client = server.Client();
        await client.RegisterAsync("1@example.com");
        await client.RegisterAsync("2@example.com");
        var hashed = server.Hasher.Hashed;

        var refused = await client.RegisterAsync("3@example.com");

        Assert.That((refused.Status, server.Hasher.Hashed), Is.EqualTo((HttpStatusCode.TooManyRequests, hashed)));
        server.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.That((await client.RegisterAsync("3@example.com")).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [Test]
    public async Task LogIn_WhenTenPasswordsWereWrong_LocksTheAccountForFiveMinutesAndTellsNobody()
    {
        await using var server = await AccountsServer.StartAsync(provider);
        using var client = server.Client();
        await client.RegisterAsync(Email);
        for (var i = 0; i < 10; i++)
            await client.LogInAsync(Email, Passwords.Wrong);

        var locked = await client.LogInAsync(Email);
        server.Time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        var stillLocked = await client.LogInAsync(Email);
        server.Time.Advance(TimeSpan.FromSeconds(1));
        var open = await client.LogInAsync(Email);

        Assert.Multiple(() =>
        {
            Assert.That((locked.Status, locked.Text("detail")), Is.EqualTo((HttpStatusCode.Unauthorized, "invalid email or password")));
            Assert.That(stillLocked.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(open.Status, Is.EqualTo(HttpStatusCode.OK));
        });
    }

    [Test]
    public async Task LogIn_WhenNineWereWrongAndOneRight_CountsFromNought()
    {
        await using var server = await AccountsServer.StartAsync(provider);
        using var client = server.Client();
        await client.RegisterAsync(Email);

        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 9; i++)
                await client.LogInAsync(Email, Passwords.Wrong);
            Assert.That((await client.LogInAsync(Email)).Status, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    [Test]
    public async Task LogIn_WhenGuessesComeInParallel_LosesNoCount()
    {
        await using var server = await AccountsServer.StartAsync(provider);
        using var client = server.Client();
        await client.RegisterAsync(Email);

        await Task.WhenAll(Enumerable.Range(0, 9).Select(_ => client.LogInAsync(Email, Passwords.Wrong)));

        Assert.That(await server.WithDatabaseAsync(db => db.Accounts.Select(user => user.AccessFailedCount).SingleAsync()), Is.EqualTo(9));
    }

    [Test]
    public void LoginLimits_WhenNothingIsSet_AreOn()
    {
        var limits = new LoginLimits();

        Assert.That((limits.AttemptsPerEmail, limits.EmailWindow, limits.FailuresUntilLockout), Is.EqualTo((10, TimeSpan.FromMinutes(5), 10)));
    }
}
