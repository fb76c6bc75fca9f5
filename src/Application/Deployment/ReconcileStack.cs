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
            null => ReconcileResult.Settled,
            StackStatus.Deleting => await RemoveAsync(request.StackId, cancellationToken),
            var alive => await ApplyAsync(request.StackId, wasReady: alive == StackStatus.Ready, cancellationToken),
        };
    }

    private async Task<ReconcileResult> ApplyAsync(Guid stackId, bool wasReady, CancellationToken cancellationToken)
    {
        RuntimeRefusedException? refusal = null;
        try
        {
            await runtime.ApplyStackAsync(stackId, cancellationToken);
        }
        catch (RuntimeRefusedException exception)
        {
            refusal = exception;
        }

        await db.InTransactionAsync(async token =>
        {
            var stack = await db.Stacks.Where(stack => stack.Id == stackId).ForUpdate().SingleOrDefaultAsync(token);
            if (refusal is null)
                stack?.MarkReady();
            else
                stack?.MarkFailed(refusal.Reason, refusal.Message);
            return await db.SaveChangesAsync(token);
        }, cancellationToken);

        if (refusal is not null)
            throw refusal;

        // Its agents had to wait for their place.
        if (!wasReady)
            await EnqueueAgentsAsync(stackId, cancellationToken);
        return ReconcileResult.Settled;
    }

    private async Task<ReconcileResult> RemoveAsync(Guid stackId, CancellationToken cancellationToken)
    {
        // Each agent's row goes when its process and files are gone; the last one wakes the stack again.
        if (await EnqueueAgentsAsync(stackId, cancellationToken))
            return ReconcileResult.Settled;

        if (!await runtime.RemoveStackAsync(stackId, cancellationToken))
            return ReconcileResult.Waiting;

        await storage.DeleteStackAsync(stackId, cancellationToken);
        await db.Stacks.Where(stack => stack.Id == stackId).ExecuteDeleteAsync(cancellationToken);
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
}
