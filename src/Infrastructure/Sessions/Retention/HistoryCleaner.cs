using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common;
using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.Sessions.Retention;

/// <summary>
/// Deletes what isn't kept of histories: reports of removed sessions soon, reports that are too old or too many now and then, a few rows at
/// a time, so that nobody who reports notices.
/// </summary>
internal sealed class HistoryCleaner(
    IServiceScopeFactory scopes, RetentionOptions options, TimeProvider time, ILogger<HistoryCleaner> logger) : ResilientBackgroundService(time, logger)
{
    /// <summary>A look into an empty table is all it costs when no session was removed.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan SurplusInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AgeInterval = TimeSpan.FromMinutes(10);

    /// <summary>How far servers' clocks may be apart before a surplus has to wait for the session's next report.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time = time;
    private DateTimeOffset? _lastSurplus;
    private DateTimeOffset? _lastAge;

    /// <summary>Deletes the reports of sessions whose rows are gone.</summary>
    public Task DeleteRemovedAsync(CancellationToken cancellationToken) => WithStoreAsync(store =>
        _time.RepeatAsync(() => store.DeleteRemovedAsync(cancellationToken), cancellationToken));

    /// <summary>Deletes what is too old: sessions first, so that nobody sees one that has lost its reports.</summary>
    public Task DeleteOldAsync(CancellationToken cancellationToken) => WithStoreAsync(async store =>
    {
        if (options.MaxAge is not { } maxAge)
            return;

        var cutoff = _time.Now() - maxAge;
        foreach (var agent in await store.AgentsFromBeforeAsync(cutoff, cancellationToken))
        {
            await _time.RepeatAsync(() => store.RemoveSessionsAsync(agent, cutoff, cancellationToken), cancellationToken);
            await _time.RepeatAsync(() => store.DeleteReportsAsync(agent, cutoff, cancellationToken), cancellationToken);
        }
    });

    /// <summary>Deletes what is too many of a session's reports.</summary>
    public Task DeleteSurplusAsync(CancellationToken cancellationToken) => WithStoreAsync(async store =>
    {
        if (options.MaxPerSession is not { } max)
            return;

        var now = _time.Now();
        foreach (var (session, upTo) in await store.SessionsWithMoreThanAsync(max, _lastSurplus - ClockTolerance, cancellationToken))
            await _time.RepeatAsync(() => store.DeleteReportsAsync(session, upTo, cancellationToken), cancellationToken);
        _lastSurplus = now;
    });

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await DeleteRemovedAsync(cancellationToken);
            if (IsDue(_lastSurplus, SurplusInterval))
                await DeleteSurplusAsync(cancellationToken);
            if (IsDue(_lastAge, AgeInterval))
            {
                await DeleteOldAsync(cancellationToken);
                _lastAge = _time.Now();
            }

            Progress();
            await Task.Delay(Interval, _time, cancellationToken);
        }
    }

    /// <summary>A clock that was set back doesn't postpone it.</summary>
    private bool IsDue(DateTimeOffset? last, TimeSpan interval) => last is not { } moment || (_time.Now() - moment).Duration() >= interval;

    private async Task WithStoreAsync(Func<HistoryStore, Task> work)
    {
        await using var scope = scopes.CreateAsyncScope();
        await work(scope.ServiceProvider.GetRequiredService<HistoryStore>());
    }
}
