using MediatR;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Accounts;

/// <summary>The caller's own account.</summary>
public sealed record GetMe : IRequest<UserAccount>;

internal sealed class GetMeHandler(IUserAccounts accounts, ICurrentUser caller) : IRequestHandler<GetMe, UserAccount>
{
    public async Task<UserAccount> Handle(GetMe request, CancellationToken cancellationToken) =>
        await accounts.FindActiveAsync(caller.Id, cancellationToken) ?? throw new NotFoundException("This account no longer exists.");
}
