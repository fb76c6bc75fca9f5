using StackAgent.Application.Common.Runtimes;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

[Category(TestCluster.Category)]
internal sealed class KubernetesRuntimeContractTests : AgentRuntimeContractTests
{
    private KubernetesTestBed _bed = null!;

    protected override async Task<IAgentRuntime> StartRuntimeAsync()
    {
        _bed = await KubernetesTestBed.StartAsync();
        return _bed.Runtime;
    }

    protected override async Task EndRuntimeAsync() => await _bed.DisposeAsync();

    protected override AgentSpec Specify(AgentRef agent, AgentProgram program, int revision = 1) => _bed.Add(
        program switch
        {
            AgentProgram.Healthy => KubernetesTestBed.HealthyAgent,
            AgentProgram.Crashing => "print('cannot go on', flush=True); raise SystemExit(3)",
            _ => "import time; time.sleep(3600)",
        },
        agent,
        revision);
}
