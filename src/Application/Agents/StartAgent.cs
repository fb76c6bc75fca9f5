using MediatR;
using StackAgent.Application.Agents.Revisions;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents;

/// <summary>Starts one of the caller's agents that was stopped; one that wasn't stays as it is.</summary>
/// <param name="AgentId">Which agent.</param>
/// <param name="Wait">How long to wait for the end of its rollout; null: not at all.</param>
public sealed record StartAgent(string AgentId, TimeSpan? Wait) : IRequest<AgentDto>;

internal sealed class StartAgentHandler(
    IApplicationDbContext db, RolloutWaiter waiter, ICurrentUser user, IAuditTrail audit, IMediator mediator, TimeProvider time)
    : IRequestHandler<StartAgent, AgentDto>
{
    public async Task<AgentDto> Handle(StartAgent request, CancellationToken cancellationToken)
    {
        var agent = await db.ChangeOwnAgentAsync(
            user.Id,
            request.AgentId,
            agent =>
            {
                var isNew = agent.Status == AgentStatus.Stopped;
                agent.Start(user.Id, time.Now());
                if (isNew)
                    audit.Record(AuditActions.AgentStarted, AuditSubject.Of(agent));
            },
            cancellationToken);
        await waiter.WaitAsync(agent.Id, agent.Rollout, request.Wait, cancellationToken);
        return await mediator.Send(new GetAgent(request.AgentId), cancellationToken);
    }
}
