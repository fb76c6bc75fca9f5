using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Infrastructure.Common;
using StackAgent.Infrastructure.Leadership;

namespace StackAgent.Infrastructure.Reconciliation;

/// <summary>
/// Makes the runtime and the disk what the rows say, for as long as this server leads; each <see cref="ReconcilerTerm"/> begins anew with a full pass.
/// </summary>
internal sealed class Reconciler(
    ReconcileQueue queue,
    IAgentRuntime runtime,
    ICodeStorage storage,
    ILeadership leadership,
    ReconcileProgress progress,
    IServiceScopeFactory scopes,
    ReconcilerOptions options,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<Reconciler> logger) : ResilientBackgroundService(time, logger)
{
    private readonly TimeProvider _time = time;

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        // Agents that report when they start have to find somebody listening.
        await Started().WaitAsync(cancellationToken);

        // Before the lead: every server has to see what runs, and whoever can't have the runtime must not keep the lead from one that can.
        await runtime.AcquireAsync(cancellationToken);
        while (true)
        {
            await using var term = await leadership.AcquireAsync(cancellationToken);
            Progress();
            await ActAsync(term, cancellationToken);
        }
    }

    /// <summary>Returns when the term is over and everything that was done in it has stopped.</summary>
    private async Task ActAsync(ILeadershipTerm term, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, term.Lost);
        using var keys = queue.Open();
        using var acting = progress.Act(() => keys.ReadyCount);
        try
        {
            await new ReconcilerTerm(term, keys, runtime, storage, progress, scopes, options, _time, logger).RunAsync(either.Token);
        }
        finally
        {
            queue.Close();
        }
    }

    private async Task Started()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task;
    }
}
