using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents.Revisions;

internal static class RevisionRows
{
    /// <summary>
    /// An agent that is about to get another revision, with the one that it should run now. Its row is locked until the transaction ends, and its
    /// revisions with it. Throws <see cref="ConflictException"/> when it takes none.
    /// </summary>
    public static async Task<(Agent Agent, AgentRevision Present)> LockAgentAsync(
        this IApplicationDbContext db, Guid agentId, CancellationToken cancellationToken)
    {
        var agent = await db.Agents.Where(agent => agent.Id == agentId).ForUpdate().SingleOrDefaultAsync(cancellationToken)
            ?? throw GetAgentHandler.AgentNotFound();
        agent.RequireDeployed();
        var present = await db.AgentRevisions.SingleOrDefaultAsync(
            revision => revision.AgentId == agentId && revision.Number == agent.Revision, cancellationToken)
            ?? throw RevisionProjection.NotFound(agent.Revision);
        return (agent, present);
    }

    /// <summary>Throws <see cref="ValidationFailedException"/> for a note that can't be kept.</summary>
    public static void RequireNote(string? note)
    {
        if (note is not null && Text.Length(note) > AgentRevision.NoteMaxLength)
            throw new ValidationFailedException("note", $"This field can have at most {AgentRevision.NoteMaxLength:N0} characters.");
        if (note is not null && !Text.IsStorable(note))
            throw new ValidationFailedException("note", "This field holds a NUL character or broken Unicode.");
    }
}
