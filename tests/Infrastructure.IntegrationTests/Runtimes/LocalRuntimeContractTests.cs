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

    protected override AgentSpec Specify(AgentRef agent, AgentProgram program, int revision = 1) => program switch
    {
        AgentProgram.Healthy => _bed.Add(agent, revision, ("main.py", LocalTestBed.HealthyAgent)),
        AgentProgram.Crashing => _bed.Add(agent, revision, ("Procfile", "web: echo cannot go on; exit 3\n")),
        _ => _bed.Add(agent, revision, ("Procfile", "web: sleep 67\n")),
    };
}
