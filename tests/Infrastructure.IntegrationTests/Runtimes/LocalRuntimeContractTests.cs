using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

internal sealed class LocalRuntimeContractTests : AgentRuntimeContractTests
{
    private LocalTestBed _bed = null!;

    protected override Task<IAgentRuntime> StartRuntimeAsync()
    {
        _bed = new LocalTestBed();
        return Task.FromResult<IAgentRuntime>(_bed.Runtime);
    }

    protected override async Task EndRuntimeAsync() => await _bed.DisposeAsync();

    protected override AgentSpec Specify(AgentRef agent, AgentProgram program) => program switch
    {
        AgentProgram.Healthy => _bed.Add(agent, ("main.py", LocalTestBed.HealthyAgent)),
        _ => _bed.Add(agent, ("Procfile", "web: echo cannot go on; exit 3\n")),
    };
}
