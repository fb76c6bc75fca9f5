using System.Collections.Concurrent;
using System.Diagnostics;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

/// <summary>
/// Calls an agent 200 times a second where its runtime says that it answers, as the forwarder does: a call counts as being under way for the runtime, and
/// one whose connection can't be made is tried again at the address that is known then, and one that is lost without an answer once more.
/// </summary>
internal sealed class SteadyCaller : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };
    private readonly IRunningAgents _agents;
    private readonly AgentRef _agent;
    private readonly Task _calling;
    private readonly long _began = Stopwatch.GetTimestamp();
    private int _answers;

    public SteadyCaller(IRunningAgents agents, AgentRef agent)
    {
        (_agents, _agent) = (agents, agent);
        _calling = CallOnAsync();
    }

    public int Answers => _answers;

    /// <summary>What went wrong, a line for each call.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Waits for more answers.</summary>
    public Task AnswersAsync(int more)
    {
        var wanted = _answers + more;
        return Eventually.TrueAsync(() => _answers >= wanted || !_failures.IsEmpty, $"{more} more answers");
    }

    /// <summary>Begins no more calls and waits for the answers of those that are under way.</summary>
    public async Task StopAsync()
    {
        await _end.CancelAsync();
        await _calling;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _client.Dispose();
        _end.Dispose();
    }

    private async Task CallOnAsync()
    {
        List<Task> calls = [];
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token))
            {
                calls.RemoveAll(call => call.IsCompletedSuccessfully);
                calls.Add(CallAsync());
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(calls);
        }
    }

    private async Task CallAsync()
    {
        var began = Stopwatch.GetTimestamp();
        Uri? address = null;
        var lost = 0;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                if (!_agents.TryCall(_agent, out address, out var call))
                    throw new HttpRequestException(HttpRequestError.ConnectionError, "The agent has no address.");
                using (call)
                using (var response = await _client.GetAsync(address))
                    response.EnsureSuccessStatusCode();
                Interlocked.Increment(ref _answers);
                return;
            }
            catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError && attempt < 20)
            {
                await Task.Delay(20 * attempt);
            }
            catch (HttpRequestException exception) when (exception is { HttpRequestError: HttpRequestError.ResponseEnded } && lost++ == 0)
            {
                // As the forwarder does.
            }
            catch (Exception exception)
            {
                _failures.Enqueue(
                    $"After {_answers} answers and {Stopwatch.GetElapsedTime(_began)}, a call to {address} that took {Stopwatch.GetElapsedTime(began)} "
                    + $"in {attempt + 1} attempts: {exception.Message} {exception.GetBaseException().Message}");
                return;
            }
        }
    }
}
