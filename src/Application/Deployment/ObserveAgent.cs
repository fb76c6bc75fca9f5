using MediatR;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Application.Deployment;

/// <summary>Records what the runtime sees of an agent. An agent without a row is an orphan, which the next full pass removes.</summary>
public sealed record ObserveAgent(ObservedAgent Observed) : IRequest;

internal sealed class ObserveAgentHandler(IApplicationDbContext db, TimeProvider time) : AsyncRequestHandler<ObserveAgent>
{
    protected override Task Handle(ObserveAgent request, CancellationToken cancellationToken)
    {
        var now = time.Now();
        return db.ChangeAgentAsync(
            request.Observed.Agent.AgentId, agent => agent.Observe(request.Observed.Observation, now), now, cancellationToken);
    }
}
