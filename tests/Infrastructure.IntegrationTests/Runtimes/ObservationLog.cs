using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

/// <summary>Reads a runtime's observations and keeps them.</summary>
internal sealed class ObservationLog : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly List<ObservedAgent> _seen = [];
    private readonly Task _reading;

    public ObservationLog(IAgentRuntime runtime) => _reading = ReadAsync(runtime);

    public IReadOnlyList<AgentObservation> Of(AgentRef agent)
    {
        lock (_seen)
            return [.. _seen.Where(observed => observed.Agent == agent).Select(observed => observed.Observation)];
    }

    public IReadOnlyList<ObservedState> StatesOf(AgentRef agent) => [.. Of(agent).Select(observation => observation.State)];

    /// <summary>The first observation of the agent, after the first <paramref name="skip"/>, that is in the state.</summary>
    public Task<AgentObservation> WaitForAsync(AgentRef agent, ObservedState state, int skip = 0) =>
        WaitForAsync(agent, observation => observation.State == state, $"the agent to be {state}", skip);

    public async Task<AgentObservation> WaitForAsync(AgentRef agent, Func<AgentObservation, bool> accept, string what, int skip = 0)
    {
        var found = await Eventually.GetAsync(
            () => Task.FromResult(Of(agent).Skip(skip).FirstOrDefault(accept)), observation => observation is not null, what);
        return found!;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading;
        _end.Dispose();
    }

    private async Task ReadAsync(IAgentRuntime runtime)
    {
        try
        {
            await foreach (var observed in runtime.ObserveAsync(_end.Token))
            {
                lock (_seen)
                    _seen.Add(observed);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The test is over.
        }
    }
}
