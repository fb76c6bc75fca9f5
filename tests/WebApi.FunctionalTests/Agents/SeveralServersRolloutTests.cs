using System.Net;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Agents;

/// <summary>
/// Calls that wait at a server which runs no agent: another one, on the same PostgreSQL and the same platform folder, brings the rollout to its end.
/// </summary>
[TestFixture]
internal sealed class SeveralServersRolloutTests
{
    private const string Wait = "?wait=10m";

    private TemporaryFolder _folder;
    private TestDatabase _database;
    private ProductServer _runner;
    private ProductServer _asked;
    private Caller _caller;
    private Guid _stack;

    [SetUp]
    public async Task StartAsync()
    {
        _folder = new TemporaryFolder();
        _database = await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);
        _runner = await StartServerAsync();
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(_folder.Path, "local-runtime.lock")), "the first server to be the one that runs agents");
        _asked = await StartServerAsync();
        _caller = await _asked.NewCallerAsync();
        _stack = await _caller.CreateStackAsync();
    }

    [TearDown]
    public async Task EndAsync()
    {
        _caller.Dispose();
        await _asked.DisposeAsync();
        await _runner.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Wait_WhenAnotherServerRunsTheAgents_AnswersHowItEnded()
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("agent"), "name" }, { new ByteArrayContent(SampleAgents.Answering("one")), "file", "agent.zip" },
        };
        var created = await _caller.SendAsync(HttpMethod.Post, $"/api/stacks/{_stack}/agents{Wait}", form);
        Assert.That((created.Status, created.Text("status")), Is.EqualTo((HttpStatusCode.Created, "running")), created.Body.ToString());
        var id = created.Body.GetProperty("id").GetGuid();

        var good = await _caller.ChangeCodeAsync(id, SampleAgents.Answering("two"), query: Wait);
        var bad = await _caller.ChangeCodeAsync(id, SampleAgents.Crashing, query: Wait);
        var back = await _caller.PostAsync($"/api/agents/{id}/rollback{Wait}", new { revision = 1 });

        Assert.Multiple(() =>
        {
            Assert.That((good.Text("state"), good.Body.GetProperty("number").GetInt32()), Is.EqualTo(("active", 2)), good.Body.ToString());
            Assert.That((bad.Text("state"), bad.Text("failure_reason")), Is.EqualTo(("failed", "CrashLoopBackOff")), bad.Body.ToString());
            Assert.That(bad.Text("failure_message"), Does.Contain("exit code 3"));
            Assert.That((back.Text("state"), back.Body.GetProperty("number").GetInt32()), Is.EqualTo(("active", 4)), back.Body.ToString());
            Assert.That(File.Exists(Path.Combine(_folder.Path, "stacks", $"{_stack}", "agents", $"{id}", "current", "agent.zip")), "both see the same code");
        });
        using var runner = new HttpClient { BaseAddress = _runner.Address };
        Assert.That(await runner.GetStringAsync($"/stacks/{_stack}/agents/{id}/"), Is.EqualTo("one"), "it runs at the other server");
    }

    private Task<ProductServer> StartServerAsync() => ProductServer.StartAsync(
        DatabaseProvider.PostgreSql,
        environment: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SECRET_KEY"] = new string('s', 40),
            ["AGENT_PLATFORM_BASE_PATH"] = _folder.Path,
        },
        shared: _database);
}
