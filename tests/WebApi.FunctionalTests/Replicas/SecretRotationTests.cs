using System.Net;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Replicas;

/// <summary>The steps by which <c>docs/operations.md</c> changes <c>SECRET_KEY</c>, with a server of each step beside that of the step before.</summary>
internal sealed class SecretRotationTests
{
    private const string Old = "5b0c1f0e9a7d48c2b6e3f4a8d7c9e1b2a3f5d6c8";
    private const string New = "d2c4b6a8f0e1d3c5b7a9f1e2d4c6b8a0f2e3d5c7";

    private readonly List<ProductServer> _servers = [];
    private TestDatabase _database;

    [SetUp]
    public async Task CreateAsync() => _database = await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);

    [TearDown]
    public async Task EndAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        _servers.Clear();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task SecretKey_WhenItIsChangedStepByStep_RefusesNobodysToken()
    {
        var before = await StartAsync(Old, previous: null);
        using var early = await before.NewCallerAsync();

        var told = await StartAsync(Old, New);
        await AssertWelcomeAsync(early, told);

        var changed = await StartAsync(New, Old);
        await AssertWelcomeAsync(early, changed);
        using var late = await changed.NewCallerAsync();
        await AssertWelcomeAsync(late, told);
        Assert.That(await AskAsync(late, before), Is.EqualTo(HttpStatusCode.Unauthorized), "that is what the first step is for");

        var done = await StartAsync(New, previous: null);
        await AssertWelcomeAsync(late, done);
        Assert.That(await AskAsync(early, done), Is.EqualTo(HttpStatusCode.Unauthorized), "the old secret is worth nothing any more");
    }

    private static async Task AssertWelcomeAsync(Caller caller, ProductServer server) =>
        Assert.That(await AskAsync(caller, server), Is.EqualTo(HttpStatusCode.OK));

    /// <summary>The caller's token, shown to another server.</summary>
    private static async Task<HttpStatusCode> AskAsync(Caller caller, ProductServer server)
    {
        using var there = server.Anonymous();
        there.Http.DefaultRequestHeaders.Authorization = caller.Http.DefaultRequestHeaders.Authorization;
        return (await there.GetAsync("/api/auth/me")).Status;
    }

    private async Task<ProductServer> StartAsync(string secret, string? previous)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["SECRET_KEY"] = secret, ["SECRET_KEY_PREVIOUS"] = previous ?? "" };
        var server = await ProductServer.StartAsync(DatabaseProvider.PostgreSql, environment: environment, shared: _database);
        _servers.Add(server);
        return server;
    }
}
