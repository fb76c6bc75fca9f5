using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Deployment;

/// <summary>Brings the runtime, the disk and the row of one deployed agent to what its row asks for.</summary>
public sealed record ReconcileAgent(Guid AgentId) : IRequest<ReconcileResult>;

internal sealed class ReconcileAgentHandler(
    IApplicationDbContext db,
    ISessionRemoval removal,
    IAgentRuntime runtime,
    ICodeStorage storage,
    AgentSpecs specs,
    RevisionUpkeep upkeep,
    IReconcileQueue queue,
    TimeProvider time) : IRequestHandler<ReconcileAgent, ReconcileResult>
{
    private static readonly ReconcileResult LookForCodeAgain = new(TimeSpan.FromSeconds(10));

    public async Task<ReconcileResult> Handle(ReconcileAgent request, CancellationToken cancellationToken)
    {
        var agent = await db.Agents.AsNoTracking()
            .SingleOrDefaultAsync(agent => agent.Id == request.AgentId && agent.StackId != null, cancellationToken);
        if (agent is null)
            return ReconcileResult.Settled;

        var reference = new AgentRef(agent.StackId!.Value, agent.Id);
        if (agent.Status == AgentStatus.Deleting)
            return await RemoveAsync(agent, reference, cancellationToken);

        var stack = await db.Stacks.AsNoTracking().SingleOrDefaultAsync(stack => stack.Id == reference.StackId, cancellationToken);
        return stack?.Status == StackStatus.Ready
            ? await ApplyAsync(agent, reference, cancellationToken)
            : await WaitForAsync(stack, agent.Id, cancellationToken);
    }

    /// <summary>A stack wakes its agents when it is ready, and when there is something new to say about why it isn't.</summary>
    private async Task<ReconcileResult> WaitForAsync(Stack? stack, Guid agentId, CancellationToken cancellationToken)
    {
        if (stack is { StatusReason: { } reason, StatusMessage: { } message })
            await ChangeAsync(agentId, agent => agent.Explain(reason, message), cancellationToken);
        return ReconcileResult.Settled;
    }

    private async Task<ReconcileResult> ApplyAsync(Agent agent, AgentRef reference, CancellationToken cancellationToken)
    {
        if (agent.Status == AgentStatus.Pending)
            await ChangeAsync(agent.Id, found => found.Deploy(time.Now()), cancellationToken);

        try
        {
            return await HandOverAsync(agent, reference, cancellationToken);
        }
        finally
        {
            // Old revisions go whatever becomes of the new one.
            await upkeep.TidyAsync(reference, cancellationToken);
        }
    }

    private async Task<ReconcileResult> HandOverAsync(Agent agent, AgentRef reference, CancellationToken cancellationToken)
    {
        var (spec, fault) = await specs.BuildAsync(agent, reference, cancellationToken);
        if (spec is null)
        {
            // What runs goes on running; only the next rollout will miss what can't be had.
            if (fault!.IsLasting && agent.Status == AgentStatus.Running)
                return ReconcileResult.Settled;

            await ChangeAsync(agent.Id, found => found.Observe(fault, time.Now()), cancellationToken);
            return fault.IsLasting ? ReconcileResult.Settled : LookForCodeAgain;
        }

        try
        {
            await runtime.ApplyAgentAsync(spec, cancellationToken);
        }
        catch (RuntimeRefusedException exception)
        {
            var refusal = AgentObservation.Failed(exception.Reason, exception.Message) with { Rollout = spec.Rollout, IsLasting = true };
            await ChangeAsync(agent.Id, found => found.Observe(refusal, time.Now()), cancellationToken);
            throw;
        }
        catch (RuntimeUnavailableException exception)
        {
            await ChangeAsync(agent.Id, found => found.Explain(exception.Reason, exception.Message), cancellationToken);
            throw;
        }

        if (spec.IsStopped)
            await ChangeAsync(agent.Id, found => found.ConfirmStop(spec.Rollout, time.Now()), cancellationToken);
        return ReconcileResult.Settled;
    }

    private async Task<ReconcileResult> RemoveAsync(Agent row, AgentRef agent, CancellationToken cancellationToken)
    {
        if (!await RemoveFromRuntimeAsync(agent, cancellationToken))
        {
            if (row.StatusReason is not null)
                await ChangeAsync(row.Id, found => found.ClearExplanation(), cancellationToken);
            return ReconcileResult.Waiting;
        }

        await storage.DeleteAgentAsync(agent.StackId, agent.AgentId, cancellationToken);
        await db.InTransactionAsync(token => removal.RemoveAgentAsync(agent.AgentId, token), cancellationToken);

        // The last one out wakes the stack.
        var stackIsNext = await db.Stacks.AnyAsync(
            stack => stack.Id == agent.StackId && stack.Status == StackStatus.Deleting && !db.Agents.Any(other => other.StackId == stack.Id),
            cancellationToken);
        if (stackIsNext)
            queue.Enqueue(ReconcileKey.Stack(agent.StackId));
        return ReconcileResult.Settled;
    }

    private async Task<bool> RemoveFromRuntimeAsync(AgentRef agent, CancellationToken cancellationToken)
    {
        try
        {
            return await runtime.RemoveAgentAsync(agent, cancellationToken);
        }
        catch (RuntimeException exception)
        {
            await ChangeAsync(agent.AgentId, found => found.Explain(exception.Reason, exception.Message), cancellationToken);
            throw;
        }
    }

    private Task ChangeAsync(Guid agentId, Action<Agent> change, CancellationToken cancellationToken) =>
        db.ChangeAgentAsync(agentId, change, time.Now(), cancellationToken);
}
