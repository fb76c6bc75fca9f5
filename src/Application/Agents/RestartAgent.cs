using MediatR;
using StackAgent.Application.Agents.Revisions;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Agents;

/// <summary>Has one of the caller's agents run in new processes; the old ones serve until those are ready.</summary>
/// <param name="AgentId">Which agent.</param>
/// <param name="Wait">How long to wait for the end of its rollout; null: not at all.</param>
public sealed record RestartAgent(string AgentId, TimeSpan? Wait) : IRequest<AgentDto>;

internal sealed class RestartAgentHandler(
    IApplicationDbContext db, RolloutWaiter waiter, ICurrentUser user, IAuditTrail audit, IMediator mediator, TimeProvider time)
    : IRequestHandler<RestartAgent, AgentDto>
{
    public async Task<AgentDto> Handle(RestartAgent request, CancellationToken cancellationToken)
    {
        var agent = await db.ChangeOwnAgentAsync(
            user.Id,
            request.AgentId,
            agent =>
            {
                agent.Restart(user.Id, time.Now());
                audit.Record(AuditActions.AgentRestarted, AuditSubject.Of(agent));
            },
            cancellationToken);
        await waiter.WaitAsync(agent.Id, agent.Rollout, request.Wait, cancellationToken);
        return await mediator.Send(new GetAgent(request.AgentId), cancellationToken);
    }
}
