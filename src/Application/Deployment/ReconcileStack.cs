using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Deployment;

/// <summary>Brings the runtime, the disk and the rows of one stack to what its row asks for.</summary>
public sealed record ReconcileStack(Guid StackId) : IRequest<ReconcileResult>;

internal sealed class ReconcileStackHandler(IApplicationDbContext db, IAgentRuntime runtime, ICodeStorage storage, IReconcileQueue queue)
    : IRequestHandler<ReconcileStack, ReconcileResult>
{
    public async Task<ReconcileResult> Handle(ReconcileStack request, CancellationToken cancellationToken)
    {
        var status = await db.Stacks.AsNoTracking()
            .Where(stack => stack.Id == request.StackId)
            .Select(stack => (StackStatus?)stack.Status)
            .SingleOrDefaultAsync(cancellationToken);

        return status switch
        {
            // What has no row shouldn't be.
            null => await RemoveFromRuntimeAsync(request.StackId, cancellationToken) ? ReconcileResult.Settled : ReconcileResult.Waiting,
            StackStatus.Deleting => await RemoveAsync(request.StackId, cancellationToken),
            var alive => await ApplyAsync(request.StackId, wasReady: alive == StackStatus.Ready, cancellationToken),
        };
    }

    private async Task<ReconcileResult> ApplyAsync(Guid stackId, bool wasReady, CancellationToken cancellationToken)
    {
        bool isNew;
        try
        {
            isNew = await runtime.ApplyStackAsync(stackId, cancellationToken);
        }
        catch (RuntimeRefusedException exception)
        {
            await ChangeAsync(stackId, stack => stack.MarkFailed(exception.Reason, exception.Message), cancellationToken);
            await EnqueueAgentsAsync(stackId, cancellationToken);
            throw;
        }
        catch (RuntimeUnavailableException exception)
        {
            await ChangeAsync(stackId, stack => stack.Explain(exception.Reason, exception.Message), cancellationToken);
            if (!wasReady)
                await EnqueueAgentsAsync(stackId, cancellationToken);
            throw;
        }

        await ChangeAsync(stackId, stack => stack.MarkReady(), cancellationToken);

        // Its agents had to wait for their place, or went with the old one.
        if (isNew || !wasReady)
            await EnqueueAgentsAsync(stackId, cancellationToken);
        return ReconcileResult.Settled;
    }

    private async Task<ReconcileResult> RemoveAsync(Guid stackId, CancellationToken cancellationToken)
    {
        // Each agent's row goes when its process and files are gone; the last one wakes the stack again.
        if (await EnqueueAgentsAsync(stackId, cancellationToken))
            return ReconcileResult.Settled;

        if (!await RemoveFromRuntimeAsync(stackId, cancellationToken))
        {
            await ChangeAsync(stackId, stack => stack.ClearExplanation(), cancellationToken);
            return ReconcileResult.Waiting;
        }

        await storage.DeleteStackAsync(stackId, cancellationToken);
        await db.RemoveAsync(db.Stacks, stackId, stack => stack.Remove(), cancellationToken);
        return ReconcileResult.Settled;
    }

    private async Task<bool> EnqueueAgentsAsync(Guid stackId, CancellationToken cancellationToken)
    {
        var agents = await db.Agents.AsNoTracking()
            .Where(agent => agent.StackId == stackId)
            .Select(agent => agent.Id)
            .ToListAsync(cancellationToken);
        foreach (var agent in agents)
            queue.Enqueue(ReconcileKey.Agent(agent));
        return agents.Count > 0;
    }

    private async Task<bool> RemoveFromRuntimeAsync(Guid stackId, CancellationToken cancellationToken)
    {
        try
        {
            return await runtime.RemoveStackAsync(stackId, cancellationToken);
        }
        catch (RuntimeException exception)
        {
            await ChangeAsync(stackId, stack => stack.Explain(exception.Reason, exception.Message), cancellationToken);
            throw;
        }
    }

    private Task ChangeAsync(Guid stackId, Action<Stack> change, CancellationToken cancellationToken) =>
        db.ChangeAsync(db.Stacks.Where(stack => stack.Id == stackId), change, cancellationToken);
}
