using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Application.Deployment;
using StackAgent.Infrastructure.Common;
using StackAgent.Infrastructure.Leadership;

namespace StackAgent.Infrastructure.Reconciliation;

/// <summary>
/// What the leader does: a full pass at the start and every few minutes, single keys as soon as something about them changes. Level-triggered: every step may be
/// repeated, so whatever a crash or the end of the term interrupts, the next pass finishes, whoever's it is.
/// </summary>
internal sealed class ReconcilerTerm(
    ILeadershipTerm term,
    KeyedWorkQueue<ReconcileKey> queue,
    IAgentRuntime runtime,
    ICodeStorage storage,
    ReconcileProgress progress,
    IServiceScopeFactory scopes,
    ReconcilerOptions options,
    TimeProvider time,
    ILogger logger)
{
    private readonly FailureLog _failures = new(logger);
    private readonly FirstPass _firstPass = new(time, logger);

    /// <summary>Returns when it is cancelled and everything has stopped.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        // Each for itself: a pass that waits for the runtime, or an observation that breaks off, holds up nothing else.
        Task.WhenAll(
        [
            KeepAsync("The runtime's own work", (_, token) => runtime.LeadAsync(token), cancellationToken),
            KeepAsync("The full pass", PassAsync, cancellationToken),
            KeepAsync("The look for changed rows", PollAsync, cancellationToken),
            KeepAsync("The observation of the runtime", ObserveAsync, cancellationToken),
            .. Enumerable.Range(0, options.Workers).Select(_ => KeepAsync("The reconciliation of single keys", WorkAsync, cancellationToken)),
        ]);

    private Task KeepAsync(string name, Func<ResilientLoop, CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        var loop = new ResilientLoop(name, time, logger);
        return loop.RunAsync(token => run(loop, token), cancellationToken);
    }

    private async Task PassAsync(ResilientLoop loop, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.ResyncInterval, time);
        do
        {
            if (!term.IsHeld)
                return;

            using var pass = progress.BeginPass();

            // The runtime first, the rows after: an agent that appears between the two has a row by then.
            var existing = await runtime.ListAsync(cancellationToken);
            var desired = await SendAsync(new GetDesiredState(), cancellationToken);
            ReconcileKey[] keys =
            [
                .. desired.Stacks.Select(ReconcileKey.Stack),
                .. desired.Agents.Select(agent => ReconcileKey.Agent(agent.AgentId)),
                .. Orphans(existing, desired),
            ];
            _firstPass.Begin(keys);
            foreach (var key in keys)
                queue.Add(key);

            await SweepAsync(cancellationToken);
            pass.Done();
            loop.Progress();
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>Requests wake only the server that took them, and that may be another than the one which acts.</summary>
    private async Task PollAsync(ResilientLoop loop, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.PollInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            foreach (var key in await SendAsync(new FindUnsettled(), cancellationToken))
                queue.AddIfIdle(key);
            loop.Progress();
        }
    }

    /// <summary>What no row asks for is worked on like everything else, until it is gone. A stack takes its agents with it.</summary>
    private IEnumerable<ReconcileKey> Orphans(RuntimeInventory existing, DesiredState desired)
    {
        var stacks = existing.Stacks.Where(stack => !desired.Stacks.Contains(stack)).ToHashSet();
        foreach (var stack in stacks)
        {
            logger.LogWarning("Removing stack {StackId}, which the runtime has but no row asks for", stack);
            yield return ReconcileKey.Stack(stack);
        }

        foreach (var agent in existing.Agents.Where(agent => !desired.Agents.Contains(agent) && !stacks.Contains(agent.StackId)))
        {
            logger.LogWarning("Removing agent {AgentId}, which the runtime has but no row asks for", agent.AgentId);
            yield return ReconcileKey.Orphan(agent);
        }
    }

    /// <summary>Removes code that no row asks for. What can't be removed waits for the next pass, and holds up no agent meanwhile.</summary>
    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await storage.SweepAsync(async (_, token) => (await SendAsync(new GetDesiredState(), token)).Agents, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && term.IsHeld)
        {
            logger.LogError(exception, "What is left of an agent's code couldn't be removed; the next full pass tries again");
        }
    }

    private async Task ObserveAsync(ResilientLoop loop, CancellationToken cancellationToken)
    {
        await foreach (var observed in runtime.ObserveAsync(cancellationToken))
        {
            if (!term.IsHeld)
                return;
            await SendAsync(new ObserveAgent(observed), cancellationToken);
            loop.Progress();
        }
    }

    private async Task WorkAsync(ResilientLoop loop, CancellationToken cancellationToken)
    {
        await foreach (var key in queue.TakeAllAsync(cancellationToken))
        {
            if (!term.IsHeld)
                return;

            using var telemetry = new KeyTelemetry(key);
            try
            {
                var result = await SendAsync(RequestFor(key), cancellationToken);
                _failures.Succeeded(key);
                queue.Done(key, result.RetryAfter);
                _firstPass.Worked(key, failed: false);
            }
            catch (Exception exception)
            {
                var delay = queue.Failed(key, (exception as RuntimeUnavailableException)?.RetryAfter);
                if (cancellationToken.IsCancellationRequested || !term.IsHeld)
                    return;
                _failures.Failed(key, exception, delay);
                telemetry.Failed(exception);
                _firstPass.Worked(key, failed: true);
            }
        }
    }

    private static IRequest<ReconcileResult> RequestFor(ReconcileKey key) => key switch
    {
        { Kind: ReconcileKind.Stack } => new ReconcileStack(key.Id),
        { Kind: ReconcileKind.Orphan, StackId: { } stack } => new RemoveOrphan(new AgentRef(stack, key.Id)),
        _ => new ReconcileAgent(key.Id),
    };

    private async Task<T> SendAsync<T>(IRequest<T> request, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request, cancellationToken);
    }
}
