using StackAgent.Application.Common.Security;

namespace StackAgent.WebApi.Authentication;

/// <summary>The caller of the present HTTP request.</summary>
internal sealed class CurrentUser(IHttpContextAccessor accessor) : ICurrentUser
{
    public Guid Id => Caller?.UserId ?? throw new InvalidOperationException("There is no authenticated caller.");

    public Guid? BoundAgentId => Caller?.AgentId;

    private CallerIdentity? Caller => accessor.HttpContext is { } context ? CallerIdentity.Of(context) : null;
}
