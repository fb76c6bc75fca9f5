using StackAgent.Application.Common;

namespace StackAgent.WebApi.Hosting;

/// <summary>Asks every part whether it works, at most once a second however often it is asked itself: anybody may call it.</summary>
public sealed class Readiness(IServiceScopeFactory scopes, TimeProvider time, ILogger<Readiness> logger) : IDisposable
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1);
    private Dictionary<string, string[]> _failing = [];
    private long? _askedAt;

    /// <summary>The parts that don't work, each with what is wrong.</summary>
    public async Task<IReadOnlyDictionary<string, string[]>> FindFailingAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (_askedAt is not { } askedAt || time.GetElapsedTime(askedAt) >= GoodFor)
            {
                _failing = await AskAllAsync();
                _askedAt = time.GetTimestamp();
            }

            return _failing;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<Dictionary<string, string[]>> AskAllAsync()
    {
        await using var scope = scopes.CreateAsyncScope();
        using var patience = new CancellationTokenSource(Patience, time);
        var answers = await Task.WhenAll(scope.ServiceProvider.GetServices<IReadinessCheck>()
            .Select(async check => (check.Name, Fault: await AskAsync(check, patience.Token))));

        return answers
            .Where(answer => answer.Fault is not null)
            .ToDictionary(answer => answer.Name, string[] (answer) => [answer.Fault ?? ""], StringComparer.Ordinal);
    }

    private async Task<string?> AskAsync(IReadinessCheck check, CancellationToken cancellationToken)
    {
        try
        {
            return await check.CheckAsync(cancellationToken).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return $"It didn't answer within {Patience.TotalSeconds} seconds.";
        }
        catch (Exception exception)
        {
            logger.LogWarning(exception, "The readiness check of the {Part} failed", check.Name);
            return "The check failed; the server's log says why.";
        }
    }
}
