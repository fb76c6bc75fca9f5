using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Deployment;
using StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Reconciliation;

namespace StackAgent.Infrastructure.IntegrationTests.Reconciliation;

public sealed class FirstPassTests
{
    private static readonly ReconcileKey Stack = ReconcileKey.Stack(Guid.CreateVersion7());
    private static readonly ReconcileKey Agent = ReconcileKey.Agent(Guid.CreateVersion7());
    private static readonly ReconcileKey Orphan = ReconcileKey.Orphan(new AgentRef(Guid.CreateVersion7(), Guid.CreateVersion7()));

    [Test]
    public void Worked_WhenNoKeyIsLeft_SaysSoOnce()
    {
        var log = new LogLines();
        var pass = new FirstPass(TimeProvider.System, log);
        pass.Begin([Stack, Agent, Orphan]);
        pass.Worked(Agent, failed: true);
        pass.Worked(Agent, failed: false);
        pass.Worked(Orphan, failed: false);
        Assert.That(log.At(LogLevel.Information), Is.Empty);

        pass.Worked(Stack, failed: false);
        pass.Begin([Stack]);
        pass.Worked(Stack, failed: false);
        Assert.That(log.At(LogLevel.Information), Has.Count.EqualTo(1).And.One.Match("1 stacks and 2 agents in .* s, 1 of them"));
    }

    [Test]
    public void Begin_WhenThereIsNothing_SaysSo()
    {
        var log = new LogLines();
        new FirstPass(TimeProvider.System, log).Begin([]);
        Assert.That(log.At(LogLevel.Information), Has.One.StartsWith("First full pass done: 0 stacks"));
    }
}
