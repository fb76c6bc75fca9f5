using System.Diagnostics;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Local;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

/// <summary>What becomes of agents when their server is killed.</summary>
internal sealed class LocalServerDeathTests
{
    [Test]
    public async Task ServerKilled_WhenAnAgentRuns_TheKernelEndsItAndTheNextServerItsChildren()
    {
        await using var bed = new LocalTestBed();
        var agent = bed.Add(("main.py", $"""
            import subprocess
            subprocess.Popen(["sleep", "61"], start_new_session=True)
            {LocalTestBed.HealthyAgent}
            """));
        using var server = Start(bed.BasePath, agent.Agent);
        await Eventually.TrueAsync(() => bed.ProcessesOf(agent.Agent).Count == 2, "the agent and its child run");
        await Eventually.TrueAsync(async () => (await bed.LogOfAsync(agent)).Count > 0, "the agent has written its line");
        var acquired = bed.Runtime.AcquireAsync(CancellationToken.None);
        Assert.That(acquired.IsCompleted, Is.False, "a second server has to stand by");

        server.Kill();
        await server.WaitForExitAsync();

        await acquired;
        Assert.That(ProcessReaper.Find(bed.Mark), Is.Empty);
        Assert.That(await bed.LogOfAsync(agent), Is.EqualTo(new[] { "hello from the agent" }), "the log outlives the server");
    }

    [Test]
    public async Task ServerKilled_WhenNoOtherComes_TheAgentEndsByItself()
    {
        await using var bed = new LocalTestBed();
        var agent = bed.Add(("Procfile", "web: sleep 61"));
        using var server = Start(bed.BasePath, agent.Agent);
        await Eventually.TrueAsync(() => bed.ProcessesOf(agent.Agent).Count == 1, "the agent runs");

        server.Kill();

        await Eventually.TrueAsync(() => bed.ProcessesOf(agent.Agent).Count == 0, "the agent has ended");
    }

    private static Process Start(string basePath, AgentRef agent) => Process.Start(new ProcessStartInfo(
        Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
        [typeof(LocalServerProgram).Assembly.Location, LocalServerProgram.Command, basePath, $"{agent.StackId}", $"{agent.AgentId}"])
    {
        UseShellExecute = false,
    })!;
}
