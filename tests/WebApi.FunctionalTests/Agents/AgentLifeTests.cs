using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Agents;

/// <summary>Agents as real processes, from upload to the last trace of them.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
[NonParallelizable]
internal sealed class AgentLifeTests(DatabaseProvider provider)
{
    private ProductServer _server;
    private Caller _caller;
    private Guid _stack;

    [SetUp]
    public async Task SignUpAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _caller = await _server.NewCallerAsync();
        _stack = await _caller.CreateStackAsync();
    }

    [TearDown]
    public async Task EndAsync()
    {
        // No process outlives its test, whatever the test came to.
        await _caller.DeleteAsync($"/api/stacks/{_stack}");
        try
        {
            foreach (var home in Directory.GetDirectories(_server.StackFolder(_stack), "home", SearchOption.AllDirectories))
                await File.WriteAllTextAsync(Path.Combine(home, SampleAgents.Signal), "");
        }
        catch (DirectoryNotFoundException)
        {
            // The server was faster: nothing is left that waits for a signal.
        }

        await _caller.UntilGoneAsync($"/api/stacks/{_stack}");
        _caller.Dispose();
    }

    [Test]
    public async Task Upload_WhenTheCodeIsGood_GoesFromPendingOverDeployingToRunning()
    {
        var id = await _caller.DeployAsync(_stack, "agent", SampleAgents.SlowToStart);
        await _caller.UntilAsync($"/api/agents/{id}", "deploying");
        await SampleAgents.SignalAsync(_server.AgentFolder(_stack, id));
        var running = await _caller.UntilAsync($"/api/agents/{id}", "running");

        Assert.That(running.Body.GetProperty("status_reason").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(running.Body.GetProperty("status_message").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(ProcessesOf(id), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Upload_WhenTheAgentKeepsCrashing_FailsWithExitCodeAndLastLines()
    {
        var id = await _caller.DeployAsync(_stack, "agent", SampleAgents.Crashing);
        var failed = await _caller.UntilAsync($"/api/agents/{id}", "failed");

        Assert.Multiple(() =>
        {
            Assert.That(failed.Text("status_reason"), Is.EqualTo("CrashLoopBackOff"));
            Assert.That(failed.Text("status_message"), Does.Contain("exit code 3").And.Contains("no database at 10.0.0.1"));
            Assert.That(failed.Text("status_message"), Does.Not.Contain(_server.PlatformFolder));
        });
    }

    [Test]
    public async Task Upload_WhenThereIsNothingToStart_FailsAndSaysWhatIsMissing()
    {
        var id = await _caller.DeployAsync(_stack, "agent", SampleAgents.NothingToStart);
        var failed = await _caller.UntilAsync($"/api/agents/{id}", "failed");

        Assert.That(failed.Text("status_reason"), Is.EqualTo("NoStartCommand"));
        Assert.That(failed.Text("status_message"), Does.Contain("main.py").And.Not.Contain(_server.PlatformFolder));
    }

    [Test]
    public async Task Delete_WhenTheAgentTakesItsTime_IsDeletingUntilNothingIsLeft()
    {
        var id = await _caller.DeployAsync(_stack, "agent", SampleAgents.SlowToEnd);
        var path = $"/api/agents/{id}";
        await _caller.UntilAsync(path, "running");
        await _caller.ReportAsync(id.ToString());

        Assert.That((await _caller.DeleteAsync(path)).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await _caller.GetAsync(path)).Text("status"), Is.EqualTo("deleting"));
        Assert.That((await _caller.DeleteAsync(path)).Status, Is.EqualTo(HttpStatusCode.NoContent), "asking twice is asking once");
        Assert.That((await _caller.PutAsync(path, new { name = "x" })).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await _caller.UploadAsync(_stack, "agent", SampleAgents.Healthy)).Status, Is.EqualTo(HttpStatusCode.Conflict), "the name is still in use");
        Assert.That((await _caller.GetAsync("/api/agents?status=deleting")).Body.GetProperty("total").GetInt32(), Is.EqualTo(1));
        Assert.That(await RowsOfAsync(id), Is.EqualTo((1, 1, 1)), "sessions, reports and keys");

        await SampleAgents.SignalAsync(_server.AgentFolder(_stack, id));
        await _caller.UntilGoneAsync(path);
        Assert.That(ProcessesOf(id), Is.Empty);
        Assert.That(Directory.Exists(_server.AgentFolder(_stack, id)), Is.False);
        await Eventually.TrueAsync(async () => await RowsOfAsync(id) == (0, 0, 0), "the agent's sessions, reports and keys to be gone");
        Assert.That(_server.StagedFiles(), Is.Empty);

        var again = await _caller.DeployAsync(_stack, "agent", SampleAgents.Healthy);
        await _caller.UntilAsync($"/api/agents/{again}", "running");
    }

    [Test]
    public async Task DeleteStack_WhenItHasAgents_TakesThemWithIt()
    {
        var path = $"/api/stacks/{_stack}";
        var slow = await _caller.DeployAsync(_stack, "slow to end", SampleAgents.SlowToEnd);
        await _caller.UntilAsync($"/api/agents/{slow}", "running");
        Guid[] agents =
        [
            slow,
            await _caller.DeployAsync(_stack, "crashing", SampleAgents.Crashing),
            await _caller.DeployAsync(_stack, "broken", SampleAgents.NothingToStart),
            await _caller.DeployAsync(_stack, "still deploying", SampleAgents.SlowToStart),
            await _caller.DeployAsync(_stack, "just uploaded", SampleAgents.Healthy),
        ];

        Assert.That((await _caller.DeleteAsync(path)).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await _caller.DeleteAsync(path)).Status, Is.EqualTo(HttpStatusCode.NoContent), "asking twice is asking once");
        var deleting = await _caller.GetAsync(path);
        Assert.That(deleting.Text("status"), Is.EqualTo("deleting"));
        Assert.That(deleting.Body.GetProperty("agents").EnumerateArray().Select(agent => agent.GetProperty("status").GetString()), Has.All.EqualTo("deleting"));
        var late = await _caller.UploadAsync(_stack, "late", SampleAgents.Healthy);
        Assert.That((late.Status, late.Text("error")), Is.EqualTo((HttpStatusCode.Conflict, "conflict")));
        Assert.That((await _caller.PutAsync(path, new { name = "x" })).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await _caller.GetAsync("/api/stacks?status=deleting")).Body.GetProperty("total").GetInt32(), Is.EqualTo(1));

        await SampleAgents.SignalAsync(_server.AgentFolder(_stack, slow));
        await _caller.UntilGoneAsync(path);
        foreach (var agent in agents)
        {
            Assert.That((await _caller.GetAsync($"/api/agents/{agent}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(ProcessesOf(agent), Is.Empty);
        }

        Assert.That(Directory.Exists(_server.StackFolder(_stack)), Is.False);
        Assert.That(_server.StagedFiles(), Is.Empty);
        Assert.That(await _server.WithDatabaseAsync(db => db.Agents.CountAsync(agent => agent.StackId == _stack)), Is.Zero);
    }

    [Test]
    public async Task Resync_WhenARowIsWrongAboutARunningAgent_PutsItRight()
    {
        var id = await _caller.DeployAsync(_stack, "agent", SampleAgents.Healthy);
        await _caller.UntilAsync($"/api/agents/{id}", "running");

        // As if the runtime's word had been lost: the agent runs and its row says that it waits.
        await _server.WithDatabaseAsync(db => db.Database.ExecuteSqlAsync($"UPDATE agents SET status = 'pending' WHERE id = {id}"));
        await _caller.UntilAsync($"/api/agents/{id}", "running");
        Assert.That(ProcessesOf(id), Has.Count.EqualTo(1), "and isn't started anew for it");
    }

    private static IReadOnlyList<int> ProcessesOf(Guid agent) => Processes.StartedWith($"STACKAGENT_AGENT_ID={agent}");

    private Task<(int Sessions, int Reports, int Keys)> RowsOfAsync(Guid agent) => _server.WithDatabaseAsync(async db => (
        await db.Sessions.CountAsync(session => session.AgentId == agent),
        await db.StatusReports.CountAsync(report => report.AgentId == agent),
        await db.ApiKeys.CountAsync(key => key.AgentId == agent)));
}
