using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>A part of the revisions of one of the caller's agents, newest first.</summary>
/// <param name="AgentId">Which agent.</param>
/// <param name="Cursor"><c>next_cursor</c> of the page before; null for the newest.</param>
/// <param name="Limit">1 to 100; 20 by default.</param>
public sealed record ListAgentRevisions(string AgentId, string? Cursor, int Limit) : IRequest<RevisionPage>
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;
}

internal sealed class ListAgentRevisionsValidator : AbstractValidator<ListAgentRevisions>
{
    public ListAgentRevisionsValidator()
    {
        RuleFor(query => query.Limit)
            .InclusiveBetween(1, ListAgentRevisions.MaxLimit)
            .WithMessage($"This value must be between 1 and {ListAgentRevisions.MaxLimit}.");
    }
}

internal sealed class ListAgentRevisionsHandler(RevisionProjection revisions, ICurrentUser user) : IRequestHandler<ListAgentRevisions, RevisionPage>
{
    public async Task<RevisionPage> Handle(ListAgentRevisions request, CancellationToken cancellationToken)
    {
        var rows = revisions.Of(await revisions.FindAgentAsync(user.Id, request.AgentId, cancellationToken));
        if (Cursor.ToSequence(request.Cursor) is { } before)
            rows = rows.Where(row => row.Revision.Number < before);

        var found = await rows.OrderByDescending(row => row.Revision.Number).Take(request.Limit + 1).ToListAsync(cancellationToken);
        return new RevisionPage(
            found.Take(request.Limit).Select(revisions.Show).ToList(),
            found.Count > request.Limit ? Cursor.OfSequence(found[request.Limit - 1].Revision.Number) : null);
    }
}
