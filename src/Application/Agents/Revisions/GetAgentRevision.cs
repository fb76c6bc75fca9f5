using MediatR;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>One revision of one of the caller's agents.</summary>
/// <param name="AgentId">Which agent.</param>
/// <param name="Number">Which revision.</param>
/// <param name="CompareTo">Adds what distinguishes it from this other one; null: nothing.</param>
public sealed record GetAgentRevision(string AgentId, int Number, int? CompareTo) : IRequest<RevisionDto>;

internal sealed class GetAgentRevisionHandler(RevisionProjection revisions, RevisionComparison comparison, ICurrentUser user)
    : IRequestHandler<GetAgentRevision, RevisionDto>
{
    public async Task<RevisionDto> Handle(GetAgentRevision request, CancellationToken cancellationToken)
    {
        var agentId = await revisions.FindAgentAsync(user.Id, request.AgentId, cancellationToken);
        var row = await revisions.GetAsync(agentId, request.Number, cancellationToken);
        var answer = revisions.Show(row);
        if (request.CompareTo is not { } number)
            return answer;

        var other = await revisions.GetAsync(agentId, number, cancellationToken);
        return answer with { Difference = await comparison.CompareAsync(row.Agent, from: other.Revision, to: row.Revision, cancellationToken) };
    }
}
