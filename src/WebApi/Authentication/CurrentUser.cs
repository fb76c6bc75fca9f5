using StackAgent.Application.Common.Security;

namespace StackAgent.WebApi.Authentication;

/// <summary>The caller of the present HTTP request.</summary>
internal sealed class CurrentUser(IHttpContextAccessor accessor) : ICurrentUser
{
    public Guid Id => Find(CallerClaims.UserId) ?? throw new InvalidOperationException("There is no authenticated caller.");

    public Guid? BoundAgentId => Find(CallerClaims.AgentId);

    private Guid? Find(string claim) =>
        Guid.TryParse(accessor.HttpContext?.User.FindFirst(claim)?.Value, out var id) ? id : null;
}
