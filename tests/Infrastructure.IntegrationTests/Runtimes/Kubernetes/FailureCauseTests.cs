using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>Each way to fail, in the real cluster: the reason is Kubernetes' own, the sentence says what to do, and both go when the cause goes.</summary>
[Category(TestCluster.Category)]
[Parallelizable(ParallelScope.Children)]
internal sealed class FailureCauseTests
{
    private const string CrashAtStart = "print('no key was given', flush=True); raise SystemExit(3)";

    [Test]
    public async Task Observe_WhenTheImageIsMissing_SaysSo()
    {
        await using var bed = await KubernetesTestBed.StartAsync(options => options with { Image = "localhost:1/nobody/nothing:1" });
        var agent = await bed.RunAsync(KubernetesTestBed.HealthyAgent);

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(failed.Reason, Is.EqualTo("ErrImagePull").Or.EqualTo("ImagePullBackOff"));
        Assert.That(failed.Message, Does.Contain("localhost:1/nobody/nothing:1").And.Contain("AGENT_IMAGE").And.Contain("connection refused"));

        // Kubernetes goes back and forth between its two words; whoever reads the status shouldn't.
        await bed.Observations.WaitForAsync(agent.Agent, seen => seen.Reason == "ImagePullBackOff", "the back-off");
        await Eventually.TrueAsync(
            async () => await PullsAsync(agent.Agent) > 2, "another try to pull");
        var reasons = bed.Observations.Of(agent.Agent).SkipWhile(seen => seen.Reason != "ImagePullBackOff").Select(seen => seen.Reason);
        Assert.That(reasons, Has.All.EqualTo("ImagePullBackOff"));
    }

    [Test]
    public async Task Observe_WhenTheAgentExitsWithACode_SaysCodeAndLastLines()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = await bed.RunAsync(CrashAtStart);

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(failed.Reason, Is.EqualTo("CrashLoopBackOff"));
        Assert.That(failed.Message, Does.Contain("exit code 3").And.Contain("no key was given"));
    }

    [Test]
    public async Task Observe_WhenTheAgentEndsByItself_SaysThatAnAgentGoesOn()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = await bed.RunAsync("print('all done', flush=True)");

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(failed.Reason, Is.EqualTo("CrashLoopBackOff"));
        Assert.That(failed.Message, Does.Contain("exit code 0").And.Contain("has to go on running").And.Contain("all done"));
    }

    [Test]
    public async Task Observe_WhenTheCodeDoesNotParse_ShowsTheTraceback()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = await bed.RunAsync("import nothing_like_this");

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(failed.Message, Does.Contain("exit code 1").And.Contain("ModuleNotFoundError: No module named 'nothing_like_this'"));
    }

    [Test]
    public async Task Observe_WhenNothingListens_SaysSoAfterTheDeadline()
    {
        await using var bed = await KubernetesTestBed.StartAsync(options => options with { DeployTimeout = TimeSpan.FromSeconds(8) });
        var agent = await bed.RunAsync("import time\nprint('thinking', flush=True)\ntime.sleep(3600)");

        var failed = await WithLastCheckAsync(bed, agent.Agent);

        Assert.That(failed.Reason, Is.EqualTo("Unhealthy"));
        Assert.That(failed.Message, Does.Contain("wasn't ready within 8 s").And.Contain("port 8000").And.Contain("connection refused"));
    }

    [Test]
    public async Task Observe_WhenAReadyAgentStopsListening_SaysSo()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = await bed.RunAsync("""
            import os, signal, socket, time
            signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
            s = socket.socket(); s.bind(("", 8000)); s.listen()
            time.sleep(6)
            s.close()
            time.sleep(3600)
            """);
        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);

        var failed = await WithLastCheckAsync(bed, agent.Agent);

        Assert.That(failed.Reason, Is.EqualTo("Unhealthy"));
        Assert.That(failed.Message, Does.Contain("was ready").And.Contain("connection refused"));
    }

    [Test]
    public async Task Observe_WhenTheAgentUsesTooMuchMemory_SaysOomKilled()
    {
        await using var bed = await KubernetesTestBed.StartAsync(options => options with
        {
            Resources = options.Resources with { MemoryLimit = "32Mi" },
        });
        var agent = await bed.RunAsync("print('eating', flush=True)\nx = bytearray(256 << 20)\nprint(len(x))");

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(failed.Reason, Is.EqualTo("OOMKilled"));
        Assert.That(failed.Message, Does.Contain("32Mi").And.Contain("exit code 137").And.Contain("AGENT_MEMORY_LIMIT").And.Contain("eating"));
    }

    [Test]
    public async Task Observe_WhenNoNodeHasRoom_SaysUnschedulable()
    {
        await using var bed = await KubernetesTestBed.StartAsync(options => options with
        {
            Resources = options.Resources with { CpuRequest = "1000", CpuLimit = "1000" },
            Stack = options.Stack with { Quota = new Dictionary<string, string>() },
        });
        var agent = await bed.RunAsync(KubernetesTestBed.HealthyAgent);

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(failed.Reason, Is.EqualTo("Unschedulable"));
        Assert.That(failed.Message, Does.Contain("Insufficient cpu").And.Contain("1k CPU").And.Contain("AGENT_CPU_REQUEST"));
    }

    [Test]
    public async Task Observe_WhenTheQuotaIsUsedUp_SaysSoUntilThereIsRoom()
    {
        await using var bed = await KubernetesTestBed.StartAsync(options => options with
        {
            Stack = options.Stack with { Quota = new Dictionary<string, string> { ["pods"] = "0" } },
        });
        var agent = await bed.RunAsync(KubernetesTestBed.HealthyAgent);

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(failed.Reason, Is.EqualTo("FailedCreate"));
        Assert.That(failed.Message, Does.Contain("exceeded quota").And.Contain("STACK_QUOTA"));

        await TestCluster.KubectlAsync("patch", "quota", "stack", "-n", Stack.NamespaceFor(agent.Agent.StackId), "-p", """{"spec":{"hard":{"pods":"5"}}}""");
        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);
    }

    [Test]
    public async Task Observe_WhenTheCodeIsNotOnTheNode_SaysSoUntilItIs()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = bed.Add(KubernetesTestBed.HealthyAgent);
        Directory.Move(agent.CodePath, agent.CodePath + "-elsewhere");
        await bed.ApplyAsync(agent);

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        Assert.That(failed.Reason, Is.EqualTo("FailedMount"));
        Assert.That(failed.Message, Does.Contain("isn't on the node").And.Contain("AGENT_PLATFORM_BASE_PATH").And.Not.Contain(agent.CodePath));

        Directory.Move(agent.CodePath + "-elsewhere", agent.CodePath);
        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);
    }

    [Test]
    public async Task Observe_WhenTheSecretIsGone_AsksForItToBePutBack()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = await bed.RunAsync(KubernetesTestBed.HealthyAgent);
        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);
        var ns = Stack.NamespaceFor(agent.Agent.StackId);
        await TestCluster.KubectlAsync("delete", "secret", "-n", ns, AgentObjects.SecretName(agent));
        await TestCluster.KubectlAsync("delete", "pod", "-n", ns, "--all", "--wait=false");

        var failed = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);
        Assert.That(failed.Reason, Is.EqualTo("CreateContainerConfigError"));
        var seen = bed.Observations.Of(agent.Agent).Count;

        await bed.Runtime.ApplyAgentAsync(agent, CancellationToken.None);

        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running, skip: seen);
    }

    [Test]
    public async Task Observe_WhenTheCauseIsGone_RunsAgain()
    {
        await using var bed = await KubernetesTestBed.StartAsync();
        var agent = await bed.RunAsync(CrashAtStart);
        await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Failed);

        await File.WriteAllTextAsync(Path.Combine(agent.CodePath, "main.py"), KubernetesTestBed.HealthyAgent);

        var running = await bed.Observations.WaitForAsync(agent.Agent, ObservedState.Running);
        Assert.That(running, Is.EqualTo(AgentObservation.Running with { Rollout = 1 }));
    }

    /// <summary>Kubernetes may tell of the check a little later than of its outcome.</summary>
    private static Task<AgentObservation> WithLastCheckAsync(KubernetesTestBed bed, AgentRef agent) => bed.Observations.WaitForAsync(
        agent, seen => seen.State == ObservedState.Failed && seen.Message!.Contains("The last check said", StringComparison.Ordinal), "the failed check");

    private static async Task<int> PullsAsync(AgentRef agent)
    {
        var events = await TestCluster.GetAsync("events", "-n", Stack.NamespaceFor(agent.StackId), "--field-selector", "reason=Pulling");
        return events?["items"]?.AsArray().Sum(found => found?["count"]?.GetValue<int>() ?? 1) ?? 0;
    }
}
