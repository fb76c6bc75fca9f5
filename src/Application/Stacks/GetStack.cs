using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Agents;
using StackAgent.Application.Common.Models;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Stacks;

/// <summary>One of the caller's stacks, with its agents.</summary>
public sealed record GetStack(Guid StackId) : IRequest<StackDetails>;

internal sealed class GetStackHandler(IApplicationDbContext db, AgentProjection agents, ICurrentUser user)
    : IRequestHandler<GetStack, StackDetails>
{
    public async Task<StackDetails> Handle(GetStack request, CancellationToken cancellationToken)
    {
        var found = await (
            from stack in db.Stacks.AsNoTracking()
            join creator in db.Users on stack.CreatedById equals creator.Id
            join editor in db.Users on stack.UpdatedById equals editor.Id
            where stack.Id == request.StackId && stack.OwnerId == user.Id
            select new { Stack = stack, Creator = creator, Editor = editor }).SingleOrDefaultAsync(cancellationToken)
            ?? throw StackNotFound();

        return new StackDetails(
            found.Stack.Id,
            found.Stack.Name,
            found.Stack.Description,
            found.Stack.Namespace,
            found.Stack.Status,
            found.Stack.StatusReason,
            found.Stack.StatusMessage,
            found.Stack.CreatedAt,
            new UserInfo(found.Creator.Id, found.Creator.FullName, found.Creator.Email),
            found.Stack.UpdatedAt,
            new UserInfo(found.Editor.Id, found.Editor.FullName, found.Editor.Email),
            await agents.ToListAsync(
                db.Agents.Where(agent => agent.StackId == request.StackId).OrderBy(agent => agent.CreatedAt).ThenBy(agent => agent.Id),
                cancellationToken),
            found.Stack.Version);
    }

    internal static NotFoundException StackNotFound() => new("There is no such stack.");
}
