using System.Diagnostics;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.Runtimes.Local;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

[NonParallelizable]
internal sealed class LocalRuntimeTests
{
    private const string NodeAgent = """
        console.log("hello from node");
        require("http").createServer((request, response) => response.end("here")).listen(process.env.PORT, "127.0.0.1");
        """;

    [Test]
    public async Task TryGetEndpoint_WhenTheAgentRuns_LeadsToIt()
    {
        await using var bed = new LocalTestBed();
        var agent = await bed.RunAsync(("index.js", NodeAgent));
        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);

        Assert.That(bed.Runtime.TryGetEndpoint(agent.Agent, out var endpoint), Is.True);
        using var client = new HttpClient();
        Assert.That(await client.GetStringAsync(endpoint), Is.EqualTo("here"));

        await bed.Runtime.RemoveAgentAsync(agent.Agent, CancellationToken.None);
        Assert.That(bed.Runtime.TryGetEndpoint(agent.Agent, out _), Is.False);
    }

    [Test]
    public async Task TryGetEndpoint_WhenTheAgentDoesNotListenYet_IsFalse()
    {
        await using var bed = new LocalTestBed();
        var agent = await bed.RunAsync(("Procfile", "web: sleep 60"));
        await Eventually.TrueAsync(() => bed.ProcessesOf(agent.Agent).Count > 0, "the agent runs");

        Assert.That(bed.Runtime.TryGetEndpoint(agent.Agent, out _), Is.False);
    }

    [Test]
    public async Task ApplyAgent_WhenStartedByNpm_RunsAndEndsWithAllItsProcesses()
    {
        await using var bed = new LocalTestBed();
        var agent = await bed.RunAsync(("package.json", """{"scripts": {"start": "node server.js"}}"""), ("server.js", NodeAgent));
        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);
        Assert.That(bed.ProcessesOf(agent.Agent), Has.Count.GreaterThan(1));

        Assert.That(await bed.Runtime.RemoveAgentAsync(agent.Agent, CancellationToken.None), Is.True);

        Assert.That(bed.ProcessesOf(agent.Agent), Is.Empty);
    }

    [Test]
    public async Task ApplyAgent_WhenTheEnvironmentIsLookedAt_HoldsNothingOfTheServer()
    {
        const string Secret = "STACKAGENT_TEST_SERVER_SECRET";
        Environment.SetEnvironmentVariable(Secret, "secret");
        try
        {
            await using var bed = new LocalTestBed();
            var agent = await bed.RunAsync(("main.py", $"""
                import os
                for name in sorted(os.environ): print(name)
                assert os.environ["HOME"] == os.path.abspath(os.path.join(os.getcwd(), "../../../run/home"))
                assert os.path.isdir(os.environ["TMPDIR"])
                assert os.read(0, 1) == b""
                {LocalTestBed.HealthyAgent}
                """));
            await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);

            var log = await bed.LogOfAsync(agent);

            Assert.That(log, Is.SupersetOf(new[] { "HOME", "LANG", "PATH", "PORT", "PYTHONUNBUFFERED", "STACKAGENT_AGENT_ID", "TMPDIR", "TZ" }));
            Assert.That(log, Has.None.EqualTo(Secret).And.None.StartsWith("DOTNET_").And.None.StartsWith("TEST"));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Secret, null);
        }
    }

    [Test]
    public async Task ApplyAgent_WhenItEndsWithoutError_SaysThatAServerGoesOn()
    {
        await using var bed = new LocalTestBed();
        var agent = await bed.RunAsync(("main.py", "print('all done')"));

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(failed.Reason, Is.EqualTo("CrashLoopBackOff"));
        Assert.That(failed.Message, Does.Contain("exit code 0").And.Contain("an agent is a server").And.Contain("all done"));
    }

    [Test]
    public async Task ApplyAgent_WhenASignalEndsIt_NamesTheSignal()
    {
        await using var bed = new LocalTestBed();
        var agent = await bed.RunAsync(("Procfile", "web: kill -SEGV $$"));

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(failed.Message, Does.Contain("exit code 139 (SIGSEGV)"));
    }

    [Test]
    public async Task ApplyAgent_WhenItRecoversFromACrashLoop_IsRunningAgain()
    {
        await using var bed = new LocalTestBed();
        var agent = await bed.RunAsync(("main.py", $"""
            import os, sys
            if not os.path.exists("repaired"): sys.exit(1)
            {LocalTestBed.HealthyAgent}
            """));
        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        await File.WriteAllTextAsync(Path.Combine(agent.CodePath, "repaired"), "");

        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);
    }

    [Test]
    public async Task ApplyAgent_WhenItKeepsCrashingBeyondItsTime_SaysNothingElse()
    {
        var clock = new ManualTimeProvider();
        await using var bed = new LocalTestBed(time: clock);
        var agent = await bed.RunAsync(("main.py", "print('no', flush=True); raise SystemExit(3)"));
        await RunsAsync(6);
        clock.Advance(TimeSpan.FromHours(1));
        await RunsAsync(8);
        var before = bed.Observations.Of(agent.Agent).Count;

        await RunsAsync(12);

        Assert.That(bed.Observations.Of(agent.Agent).Skip(before).Select(observation => observation.Reason), Has.All.EqualTo("CrashLoopBackOff"));

        Task RunsAsync(int count) => Eventually.TrueAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(100));
                return (await bed.LogOfAsync(agent)).Count(line => line == "no") >= count;
            },
            $"the agent to have run {count} times");
    }

    [Test]
    public async Task ApplyAgent_WhenNothingListensInTime_FailsUntilSomethingDoes()
    {
        var clock = new ManualTimeProvider();
        await using var bed = new LocalTestBed(time: clock);
        var agent = await bed.RunAsync(("main.py", $"""
            import os, time
            print("thinking", flush=True)
            while not os.path.exists("go"): time.sleep(0.02)
            {LocalTestBed.HealthyAgent}
            """));
        var began = clock.GetUtcNow();
        await Eventually.TrueAsync(async () => (await bed.LogOfAsync(agent)) is ["thinking"], "the agent has written its line");

        await AdvanceUntilAsync(ObservedState.Failed);
        var failed = bed.Observations.Of(agent.Agent)[^1];
        Assert.That(clock.GetUtcNow() - began, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(300)));
        Assert.That(failed.Reason, Is.EqualTo("DeadlineExceeded"));
        Assert.That(failed.Message, Does.Contain("nothing listens on its PORT").And.Contain("thinking"));

        await File.WriteAllTextAsync(Path.Combine(agent.CodePath, "go"), "");
        await AdvanceUntilAsync(ObservedState.Running);

        async Task AdvanceUntilAsync(ObservedState state) => await Eventually.TrueAsync(
            () =>
            {
                if (bed.Observations.StatesOf(agent.Agent)[^1] == state)
                    return true;
                clock.Advance(TimeSpan.FromSeconds(2));
                return false;
            },
            $"the agent is {state}");
    }

    [Test]
    public async Task ApplyAgent_WhenTheProgramIsNotInstalled_NamesIt()
    {
        await using var bed = new LocalTestBed();
        var agent = bed.Add(("main.py", ""));
        agent = agent with { Environment = new Dictionary<string, string> { ["PATH"] = bed.BasePath } };
        await bed.Runtime.AcquireAsync(CancellationToken.None);
        await bed.Runtime.ApplyAgentAsync(agent, CancellationToken.None);

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(failed.Reason, Is.EqualTo("ProgramNotFound"));
        Assert.That(failed.Message, Does.Contain("\"python3\""));
    }

    [Test]
    public async Task ApplyAgent_WhenTheCodeIsMissing_FailsAndMakesNoFolder()
    {
        await using var bed = new LocalTestBed();
        var agent = await bed.RunAsync();

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(failed.Reason, Is.EqualTo("CodeMissing"));
        Assert.That(Directory.Exists(bed.AgentPath(agent.Agent)), Is.False);
    }

    [Test]
    public async Task ApplyAgent_WhenAGraphCommandIsSet_ServesTheGraphWithIt()
    {
        await using var bed = new LocalTestBed(options => options with { GraphCommand = "python3 \"$STACKAGENT_GRAPH\"" });
        var agent = await bed.RunAsync(("README.md", ""), ("graphs/graph.py", LocalTestBed.HealthyAgent));

        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);
    }

    [Test]
    public async Task ApplyAgent_WhenManyStartTogether_EachHasAPortOfItsOwn()
    {
        await using var bed = new LocalTestBed();
        var agents = new List<AgentSpec>();
        for (var i = 0; i < 8; i++)
            agents.Add(await bed.RunAsync(("index.js", NodeAgent)));

        foreach (var agent in agents)
            await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);

        var endpoints = agents.Select(agent => bed.Runtime.TryGetEndpoint(agent.Agent, out var endpoint) ? endpoint : null).ToList();
        Assert.That(endpoints, Is.Unique.And.None.Null);
    }

    [Test]
    public async Task RemoveAgent_WhenSigtermIsIgnored_KillsTheAgentAndItsChildren()
    {
        await using var bed = new LocalTestBed(options => options with { StopGrace = TimeSpan.FromMilliseconds(300) });
        var agent = await bed.RunAsync(("main.py", $"""
            import signal, subprocess
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            subprocess.Popen(["sh", "-c", "sleep 62 & sleep 63"])
            subprocess.Popen(["sleep", "64"], start_new_session=True)
            {LocalTestBed.HealthyAgent}
            """));
        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);
        await Eventually.TrueAsync(() => bed.ProcessesOf(agent.Agent).Count > 3, "the agent and its children run");

        Assert.That(await bed.Runtime.RemoveAgentAsync(agent.Agent, CancellationToken.None), Is.True);

        Assert.That(bed.ProcessesOf(agent.Agent), Is.Empty);
    }

    [Test]
    public async Task RemoveAgent_WhenTheAgentHeedsSigterm_LetsItFinish()
    {
        await using var bed = new LocalTestBed();
        var agent = await bed.RunAsync(("main.py", $"""
            import signal, sys
            def end(number, frame):
                print("ended in order", flush=True)
                sys.exit(0)
            signal.signal(signal.SIGTERM, end)
            {LocalTestBed.HealthyAgent}
            """));
        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);

        await bed.Runtime.RemoveAgentAsync(agent.Agent, CancellationToken.None);

        Assert.That(await bed.LogOfAsync(agent), Has.Some.EqualTo("ended in order"));
    }

    [Test]
    public async Task RemoveAgent_WhenItWaitsForItsRestart_EndsAtOnce()
    {
        await using var bed = new LocalTestBed(options => options with { FirstBackoff = TimeSpan.FromHours(1), MaxBackoff = TimeSpan.FromHours(1) });
        var agent = await bed.RunAsync(("Procfile", "web: false"));
        var waiting = await bed.Observations.WaitForAsync(agent.Agent, observation => observation.Reason == "Restarting", "the agent to wait");
        Assert.That(waiting.State, Is.EqualTo(ObservedState.Starting));
        Assert.That(waiting.Message, Does.Contain("exit code 1").And.Contain("3600 s").And.Contain("wrote nothing"));

        Assert.That(await bed.Runtime.RemoveAgentAsync(agent.Agent, CancellationToken.None), Is.True);
    }

    [Test]
    public async Task ApplyAndRemove_WhenTheyComeInQuickSuccession_LeaveWhatCameLast()
    {
        await using var bed = new LocalTestBed();
        var agent = await bed.RunAsync(("index.js", NodeAgent));
        for (var revision = 2; revision < 12; revision++)
        {
            if (revision % 3 == 0)
                await bed.Runtime.RemoveAgentAsync(agent.Agent, CancellationToken.None);
            await bed.Runtime.ApplyAgentAsync(agent with { Revision = revision }, CancellationToken.None);
        }

        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);
        await Eventually.TrueAsync(
            () => bed.Runtime.TryGetEndpoint(agent.Agent, out _) && bed.ProcessesOf(agent.Agent).Count == 1, "the last one to run, and nothing else");
    }

    [Test]
    public async Task Crash_WhenAChildHoldsTheOutputOpen_IsFollowedByTheRestart()
    {
        await using var bed = new LocalTestBed();

        // What drops its environment and leaves the session can't be known as the agent's any more; it must not stop the supervision.
        var agent = await bed.RunAsync(("main.py", """
            import subprocess
            child = subprocess.Popen(["sleep", "65"], env={}, start_new_session=True)
            with open("escaped", "a") as file: file.write(f"{child.pid}\n")
            raise SystemExit(1)
            """));
        var escaped = Path.Combine(agent.CodePath, "escaped");
        try
        {
            await Eventually.TrueAsync(() => File.Exists(escaped) && File.ReadLines(escaped).Count() >= 2, "the agent was started again");
        }
        finally
        {
            await bed.Runtime.RemoveAgentAsync(agent.Agent, CancellationToken.None);
            foreach (var line in await File.ReadAllLinesAsync(escaped))
                Signals.KillProcess(int.Parse(line));
        }
    }

    [Test]
    public async Task Crash_WhenTheLogIsLong_StaysWithinWhatAMessageHolds()
    {
        await using var bed = new LocalTestBed();
        var agent = await bed.RunAsync(("main.py", "for i in range(100): print(i, 'x' * 5000)\nraise SystemExit(1)"));

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(Text.Length(failed.Message!), Is.LessThanOrEqualTo(Agent.MessageMaxLength));
        Assert.That(failed.Message, Does.Contain("99 xxx"));
    }

    [Test]
    public async Task Dispose_WhenAgentsIgnoreSigterm_EndsThemAllTogether()
    {
        await using var bed = new LocalTestBed(options => options with { StopGrace = TimeSpan.FromMilliseconds(500) });
        for (var i = 0; i < 4; i++)
            await bed.RunAsync(("Procfile", "web: trap '' TERM; echo started; while true; do sleep 0.1; done"));
        await Eventually.TrueAsync(
            async () => (await Task.WhenAll((await bed.Runtime.ListAsync(CancellationToken.None)).Agents.Select(agent =>
                bed.Runtime.ReadLogTailAsync(agent, 1, CancellationToken.None)))).All(log => log is ["started"]),
            "all agents have started");
        var began = Stopwatch.GetTimestamp();

        await bed.Runtime.DisposeAsync();

        Assert.That(Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromSeconds(8)));
        Assert.That(ProcessReaper.Find(bed.Mark), Is.Empty);
    }

    [Test]
    public async Task Acquire_WhenADeadServerLeftProcesses_KillsThemAndNoOthers()
    {
        await using var bed = new LocalTestBed();
        await using var other = new LocalTestBed();
        using var leftover = StartMarked(bed.Mark);
        using var foreign = StartMarked(other.Mark);
        using var similar = StartMarked(ProcessMark.OfPlatform(bed.BasePath + "-2"));

        await bed.Runtime.AcquireAsync(CancellationToken.None);

        await leftover.WaitForExitAsync();
        Assert.That(foreign.HasExited, Is.False);
        Assert.That(similar.HasExited, Is.False);
        similar.Kill();
    }

    [Test]
    public async Task Acquire_WhenAnotherServerActs_WaitsForItsEnd()
    {
        await using var first = new LocalTestBed();
        await using var second = new LocalTestBed(basePath: first.BasePath);
        var agent = await first.RunAsync(("main.py", LocalTestBed.HealthyAgent));
        await first.Observations.WaitForAsync(agent.Agent, ObservedState.Running);

        var acquired = second.Runtime.AcquireAsync(CancellationToken.None);
        Assert.That(acquired.IsCompleted, Is.False);
        Assert.That(first.ProcessesOf(agent.Agent), Is.Not.Empty);
        Assert.That(
            async () => await second.Runtime.ApplyAgentAsync(agent, CancellationToken.None), Throws.InvalidOperationException, "only the one that acts may");

        await first.Runtime.DisposeAsync();
        await acquired;
    }

    private static Process StartMarked(ProcessMark mark)
    {
        var start = new ProcessStartInfo("sleep", ["66"]) { UseShellExecute = false };
        foreach (var (name, value) in mark.Variables)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
