using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Accounts;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.WebApi.FunctionalTests.Accounts;

/// <summary>The keys that deployed agents report with.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class AgentKeyTests(DatabaseProvider provider)
{
    private AccountsServer _server;
    private ApiClient _client;
    private string _accessToken;
    private Guid _ownerId;
    private Guid _agentId;

    [OneTimeSetUp]
    public async Task StartServer() => _server = await AccountsServer.StartAsync(provider);

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [SetUp]
    public async Task AddAgent()
    {
        _client = _server.Client();
        (_, _accessToken, _, _ownerId) = await _client.NewUserAsync();
        _agentId = Guid.CreateVersion7();
        await _server.WithDatabaseAsync(db =>
        {
            var now = _server.Time.Now();
            var stack = Stack.Create(_ownerId, "stack", description: null, now);
            db.Stacks.Add(stack);
            db.Agents.Add(stack.AddAgent(_agentId, "echo", description: null, _ownerId, now));
            return db.SaveChangesAsync();
        });
    }

    [TearDown]
    public void DisposeClient() => _client.Dispose();

    [Test]
    public async Task Issue_WhenUsed_ReportsForItsAgentAndNothingElse()
    {
        var key = await IssueAsync();

        var report = await _client.GetAsync("/probe/report", apiKey: key);

        Assert.That((report.Status, report.Text("id"), report.Text("bound_agent_id")), Is.EqualTo((HttpStatusCode.OK, _ownerId.ToString(), _agentId.ToString())));
        foreach (var policy in new[] { "read", "write", "access-token-only" })
            Assert.That((await _client.GetAsync($"/probe/{policy}", apiKey: key)).Status, Is.EqualTo(HttpStatusCode.Forbidden), policy);
    }

    [Test]
    public async Task Issue_WhenAskedAgainByAnyServer_ReturnsTheSameKey()
    {
        var key = await IssueAsync();

        Assert.That(await IssueAsync(), Is.EqualTo(key).And.Match("^sak_[A-Za-z0-9_-]{43}$"));
        Assert.That(await IssueAsync(AccountsServer.SecretKey), Is.EqualTo(key));
        Assert.That(await RowsAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task Issue_WhenTwentyAskAtOnce_AllGetTheSameKey()
    {
        var keys = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => IssueAsync())));

        Assert.That(keys.Distinct().Count(), Is.EqualTo(1));
        Assert.That(await RowsAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task Issue_WhenTheServersSecretHasChanged_ReplacesTheKey()
    {
        var old = await IssueAsync();

        var key = await IssueAsync("another-secret-of-the-server-0123456789abcdef");

        Assert.That(key, Is.Not.EqualTo(old));
        Assert.That(await RowsAsync(), Is.EqualTo(1));
        Assert.That((await _client.GetAsync("/probe/report", apiKey: key)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _client.GetAsync("/probe/report", apiKey: old)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Issue_WhenTheServersSecretIsBeingChanged_KeepsTheKeyUntilThatIsDone()
    {
        const string Next = "another-secret-of-the-server-0123456789abcdef";
        var old = await IssueAsync();

        Assert.That(await IssueAsync(Next, AccountsServer.SecretKey), Is.EqualTo(old), "no agent has to start again");
        Assert.That(await IssueAsync(AccountsServer.SecretKey, Next), Is.EqualTo(old));
        Assert.That((await _client.GetAsync("/probe/report", apiKey: old)).Status, Is.EqualTo(HttpStatusCode.OK));

        var key = await IssueAsync(Next);
        Assert.That(key, Is.Not.EqualTo(old));
        Assert.That(await IssueAsync(Next, AccountsServer.SecretKey), Is.EqualTo(key), "a server of the step before doesn't change it back");
    }

    [Test]
    public async Task Issue_WhenTheKeyWasRevoked_MakesANewOne()
    {
        var old = await IssueAsync();
        var listed = (await _client.GetAsync("/api/apikeys", _accessToken)).Body.GetProperty("api_keys").EnumerateArray().Single();
        Assert.That(listed.GetProperty("agent_id").GetGuid(), Is.EqualTo(_agentId));
        await _client.SendAsync(HttpMethod.Delete, $"/api/apikeys/{listed.GetProperty("id").GetString()}", bearer: _accessToken);

        var key = await IssueAsync();

        Assert.That(key, Is.Not.EqualTo(old));
        Assert.That((await _client.GetAsync("/probe/report", apiKey: old)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _client.GetAsync("/probe/report", apiKey: key)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Issue_WhenTheAgentIsGone_TakesItsKeysAlong()
    {
        var key = await IssueAsync();

        await _server.WithDatabaseAsync(db => db.Agents.Where(agent => agent.Id == _agentId).ExecuteDeleteAsync());

        Assert.That(await RowsAsync(), Is.Zero);
        Assert.That((await _client.GetAsync("/probe/report", apiKey: key)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(async () => await IssueAsync(), Throws.TypeOf<NotFoundException>());
    }

    [Test]
    public async Task Issue_WhenStored_LeavesNothingToFindTheKeyWith()
    {
        var key = await IssueAsync();

        var row = await _server.WithDatabaseAsync(db => db.ApiKeys.AsNoTracking().SingleAsync(row => row.AgentId == _agentId));

        Assert.That(row.Hash, Has.Length.EqualTo(32));
        Assert.That(key, Does.StartWith(row.Prefix).And.Length.GreaterThan(row.Prefix.Length + 30));
    }

    private Task<string> IssueAsync(string? secretKey = null, params string[] previous)
    {
        var keys = secretKey is null
            ? _server.Services.GetRequiredService<IAgentKeys>()
            : new AgentKeys(_server.Services.GetRequiredService<IServiceScopeFactory>(), new AccountOptions(secretKey) { PreviousSecretKeys = previous }, _server.Time);
        return keys.IssueAsync(_ownerId, _agentId, CancellationToken.None);
    }

    private Task<int> RowsAsync() => _server.WithDatabaseAsync(db => db.ApiKeys.CountAsync(key => key.AgentId == _agentId));
}
