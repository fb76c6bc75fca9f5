using System.Security.Cryptography;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.IntegrationTests.Secrets;

/// <summary>How <c>SECRET_KEY</c> is changed while servers run, start, and start again.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class KeyRotationTests(DatabaseProvider provider)
{
    private const string Old = "the old secret key of the servers 0123456789";
    private const string New = "the new secret key of the servers 9876543210";
    private const string Newest = "the newest secret key of the servers 5555555";
    private const string Secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    private SecretServers _servers;

    [SetUp]
    public async Task CreateServers() => _servers = await SecretServers.CreateAsync(provider);

    [TearDown]
    public async Task EndServers() => await _servers.DisposeAsync();

    [Test]
    public async Task Start_WhenAllStepsAreGone_ReadsEverythingThroughout()
    {
        var before = await StartAsync(Old);
        var first = before.Protect(Secret);

        var told = await StartAsync(Old, New);
        var changed = await StartAsync(New, Old);
        var second = changed.Protect(Secret);
        Assert.Multiple(() =>
        {
            foreach (var server in new[] { before, told, changed })
            {
                Assert.That(server.Unprotect(first), Is.EqualTo(Secret));
                Assert.That(server.Unprotect(second), Is.EqualTo(Secret), "of a server with the other key");
            }
        });
        Assert.That(await changed.RowsAsync(), Has.Count.EqualTo(2), "one key under two locks");

        var done = await StartAsync(New);
        Assert.That(done.Unprotect(first), Is.EqualTo(Secret));
        Assert.That(done.Unprotect(second), Is.EqualTo(Secret));
        Assert.That(await done.RowsAsync(), Has.Count.EqualTo(1), "the old lock is gone");
    }

    [Test]
    public async Task Start_WhenAServerOfBeforeStartsAgainMeanwhile_BothGoOn()
    {
        var first = (await StartAsync(Old)).Protect(Secret);
        await StartAsync(New, Old);

        var straggler = await StartAsync(Old);
        Assert.That(straggler.Unprotect(first), Is.EqualTo(Secret), "its lock is still there");
        var done = await StartAsync(New);

        Assert.That(done.Unprotect(first), Is.EqualTo(Secret), "and it has taken nobody else's away");
        Assert.That(done.Unprotect(straggler.Protect(Secret)), Is.EqualTo(Secret));
    }

    [Test]
    public async Task Start_WhenItGoesBackHalfway_ReadsEverything()
    {
        var first = (await StartAsync(Old)).Protect(Secret);
        var second = (await StartAsync(New, Old)).Protect(Secret);

        await StartAsync(Old, New);
        var back = await StartAsync(Old);

        Assert.That(back.Unprotect(first), Is.EqualTo(Secret));
        Assert.That(back.Unprotect(second), Is.EqualTo(Secret));
    }

    [Test]
    public async Task Start_WhenAKeyWasLostBefore_FindsItAgain()
    {
        var first = (await StartAsync(Old)).Protect(Secret);
        var second = (await StartAsync(New)).Protect(Secret);

        var server = await StartAsync(Newest, New, Old);

        Assert.That(server.Unprotect(first), Is.EqualTo(Secret));
        Assert.That(server.Unprotect(second), Is.EqualTo(Secret));
    }

    [Test]
    public async Task Start_WhenManyServersStartTogether_LocksEachKeyOnce()
    {
        var first = (await StartAsync(Old)).Protect(Secret);

        var servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync(New, Old)));

        Assert.That(servers.Select(server => server.Unprotect(first)), Has.All.EqualTo(Secret));
        Assert.That(await servers[0].RowsAsync(), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Start_WhenNoPreviousKeyOpensIt_LeavesItAsItIs()
    {
        var first = (await StartAsync(Old)).Protect(Secret);

        var other = await StartAsync(Newest, New);
        Assert.That(() => other.Unprotect(first), Throws.InstanceOf<CryptographicException>());

        Assert.That((await StartAsync(Old)).Unprotect(first), Is.EqualTo(Secret));
    }

    private Task<SecretServer> StartAsync(string secretKey, params string[] previous) => _servers.StartAsync(secretKey, previous);
}
