using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Infrastructure.Common;
using StackAgent.Infrastructure.Events;

namespace StackAgent.Infrastructure.Sessions.Expiry;

/// <summary>
/// Puts silence on record within a second: sleeps until the next session is to be looked at, a second at the longest because other servers'
/// sessions count too, and works off what is due, also what came due while no server ran.
/// </summary>
internal sealed class ExpirySweeper(
    IExpirySweep sweep, IServiceScopeFactory scopes, IEventSignal signal, TimeProvider time, ILogger<ExpirySweeper> logger)
    : ResilientBackgroundService(time, logger)
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(1);

    /// <summary>Sessions come due one by one; looking at each on its own would be as many transactions.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider _time = time;

    /// <summary>Works off everything that is due now. Returns how many sessions expired.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var expired = 0;
        var held = new HashSet<Guid>();
        await _time.RepeatAsync(async () =>
        {
            var batch = await sweep.SweepFreeAsync(_time.Now(), held, cancellationToken);
            held.UnionWith(batch.Held);
            Note(batch);
            return batch.HasMore;
        }, cancellationToken);

        // An agent that reports all the time is nearly always held, and its sessions expire all the same: now the sweep queues for them.
        if (held.Count > 0)
        {
            await _time.RepeatAsync(async () =>
            {
                var batch = await sweep.SweepHeldAsync(_time.Now(), held, cancellationToken);
                Note(batch);
                return batch.HasMore && batch.Held.Count == 0;
            }, cancellationToken);
        }

        return expired;

        void Note(SweptBatch batch)
        {
            expired += batch.Expired;
            if (batch.Expired > 0)
                signal.Set();
        }
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var wait = await UntilNextAsync(cancellationToken);
            if (wait <= TimeSpan.Zero)
            {
                await SweepAsync(cancellationToken);
                wait = Pause;
            }

            Progress();
            await Task.Delay(wait < LongestSleep ? wait : LongestSleep, _time, cancellationToken);
        }
    }

    /// <summary>One step into an index.</summary>
    private async Task<TimeSpan> UntilNextAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var next = await scope.ServiceProvider.GetRequiredService<IApplicationDbContext>().Sessions
            .Where(session => session.ExpiredAt == null)
            .MinAsync(session => (DateTimeOffset?)session.ExpiryCheckAt, cancellationToken);
        return next is null ? LongestSleep : next.Value - _time.Now();
    }
}
