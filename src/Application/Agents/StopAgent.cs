using MediatR;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents;

/// <summary>Ends the processes of one of the caller's agents until it is started again; everything else of it stays. Asking twice is the same as asking once.</summary>
public sealed record StopAgent(string AgentId) : IRequest<AgentDto>;

internal sealed class StopAgentHandler(IApplicationDbContext db, ICurrentUser user, IAuditTrail audit, IMediator mediator, TimeProvider time)
    : IRequestHandler<StopAgent, AgentDto>
{
    public async Task<AgentDto> Handle(StopAgent request, CancellationToken cancellationToken)
    {
        await db.ChangeOwnAgentAsync(
            user.Id,
            request.AgentId,
            agent =>
            {
                var isNew = agent.Status != AgentStatus.Stopped;
                agent.Stop(user.Id, time.Now());
                if (isNew)
                    audit.Record(AuditActions.AgentStopped, AuditSubject.Of(agent));
            },
            cancellationToken);
        return await mediator.Send(new GetAgent(request.AgentId), cancellationToken);
    }
}
