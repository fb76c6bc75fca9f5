using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Application.Deployment;
using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.Reconciliation;

/// <summary>
/// Makes the runtime and the disk what the rows say: a full pass at the start and every few minutes, single keys as soon as something
/// about them changes. Level-triggered: every step may be repeated, so whatever a crash interrupts, the next pass finishes.
/// </summary>
internal sealed class Reconciler(
    KeyedWorkQueue<ReconcileKey> queue,
    IAgentRuntime runtime,
    ICodeStorage storage,
    IServiceScopeFactory scopes,
    ReconcilerOptions options,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<Reconciler> logger) : ResilientBackgroundService(time, logger)
{
    private readonly TimeProvider _time = time;
    private readonly Dictionary<ReconcileKey, string> _causes = [];
    private readonly Lock _causesLock = new();

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        // Agents that report when they start have to find somebody listening.
        await Started().WaitAsync(cancellationToken);
        await runtime.AcquireAsync(cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> loops =
        [
            PassAsync(stop.Token),
            PollAsync(stop.Token),
            ObserveAsync(stop.Token),
            .. Enumerable.Range(0, options.Workers).Select(_ => WorkAsync(stop.Token)),
        ];

        // The first loop to end takes the others with it; they all start again together.
        var first = await Task.WhenAny(loops);
        await stop.CancelAsync();
        await Task.WhenAll(loops).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await first;
    }

    private async Task Started()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task;
    }

    private async Task PassAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.ResyncInterval, _time);
        do
        {
            // The runtime first, the rows after: an agent that appears between the two has a row by then.
            var existing = await runtime.ListAsync(cancellationToken);
            var desired = await SendAsync(new GetDesiredState(), cancellationToken);
            foreach (var stack in desired.Stacks)
                queue.Add(ReconcileKey.Stack(stack));
            foreach (var agent in desired.Agents)
                queue.Add(ReconcileKey.Agent(agent.AgentId));

            await CleanUpAsync(existing.Agents.Where(agent => !desired.Agents.Contains(agent)), cancellationToken);
            Progress();
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>Requests wake only the server that took them, and that may be another than the one which acts.</summary>
    private async Task PollAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.PollInterval, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            foreach (var key in await SendAsync(new FindUnsettled(), cancellationToken))
                queue.AddIfIdle(key);
        }
    }

    /// <summary>Removes what no row asks for. What can't be removed waits for the next pass, and holds up no agent meanwhile.</summary>
    private async Task CleanUpAsync(IEnumerable<AgentRef> orphans, CancellationToken cancellationToken)
    {
        foreach (var orphan in orphans)
        {
            logger.LogWarning("Removing agent {AgentId}, which runs but has no row", orphan.AgentId);
            await TryAsync(() => runtime.RemoveAgentAsync(orphan, cancellationToken), cancellationToken);
        }

        await TryAsync(
            () => storage.SweepAsync(async (_, token) => (await SendAsync(new GetDesiredState(), token)).Agents, cancellationToken),
            cancellationToken);
    }

    private async Task TryAsync(Func<Task> cleanUp, CancellationToken cancellationToken)
    {
        try
        {
            await cleanUp();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogError(exception, "What is left of an agent couldn't be removed; the next full pass tries again");
        }
    }

    private async Task ObserveAsync(CancellationToken cancellationToken)
    {
        await foreach (var observed in runtime.ObserveAsync(cancellationToken))
            await SendAsync(new ObserveAgent(observed), cancellationToken);
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        await foreach (var key in queue.TakeAllAsync(cancellationToken))
        {
            try
            {
                var result = key.Kind == ReconcileKind.Stack
                    ? await SendAsync(new ReconcileStack(key.Id), cancellationToken)
                    : await SendAsync(new ReconcileAgent(key.Id), cancellationToken);
                queue.Done(key, result.RetryAfter);
                lock (_causesLock)
                    _causes.Remove(key);
            }
            catch (Exception exception)
            {
                var delay = queue.Failed(key);
                if (cancellationToken.IsCancellationRequested)
                    return;
                LogOnce(key, exception, delay);
            }
        }
    }

    private async Task<T> SendAsync<T>(IRequest<T> request, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request, cancellationToken);
    }

    private void LogOnce(ReconcileKey key, Exception exception, TimeSpan delay)
    {
        lock (_causesLock)
        {
            if (_causes.TryGetValue(key, out var cause) && cause == exception.Message)
                return;
            _causes[key] = exception.Message;
        }

        logger.LogError(exception, "Reconciling {Kind} {Id} failed; next try in {Delay}", key.Kind, key.Id, delay);
    }
}
