using MediatR;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>The ZIP with the code of a revision of one of the caller's agents.</summary>
public sealed record GetAgentRevisionCode(string AgentId, int Number) : IRequest<RevisionZip>;

/// <summary>A revision's ZIP.</summary>
/// <param name="Content">Seekable; whoever gets it disposes it.</param>
/// <param name="Digest">SHA-256 of it, in hexadecimal.</param>
/// <param name="FileName">What to call it on somebody's disk.</param>
/// <param name="CreatedAt">When it was uploaded.</param>
public sealed record RevisionZip(Stream Content, string Digest, string FileName, DateTimeOffset CreatedAt);

internal sealed class GetAgentRevisionCodeHandler(RevisionProjection revisions, ICodeStorage storage, ICurrentUser user)
    : IRequestHandler<GetAgentRevisionCode, RevisionZip>
{
    public async Task<RevisionZip> Handle(GetAgentRevisionCode request, CancellationToken cancellationToken)
    {
        var agentId = await revisions.FindAgentAsync(user.Id, request.AgentId, cancellationToken);
        var row = await revisions.GetAsync(agentId, request.Number, cancellationToken);
        var content = await storage.OpenZipAsync(row.Agent.StackId!.Value, agentId, row.Revision.CodeRevision, cancellationToken)
            ?? throw new NotFoundException("The code of this revision is not on this server's disk.");
        return new RevisionZip(content, row.Revision.CodeDigest, $"agent-{agentId}-revision-{request.Number}.zip", row.Revision.CreatedAt);
    }
}
