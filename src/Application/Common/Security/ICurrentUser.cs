namespace StackAgent.Application.Common.Security;

/// <summary>Whoever makes the present request. Every query of a use case filters by <see cref="Id"/>.</summary>
public interface ICurrentUser
{
    /// <summary>The account's id. Throws <see cref="InvalidOperationException"/> outside an authenticated request.</summary>
    Guid Id { get; }

    /// <summary>The only agent that the caller's API key may speak for; null when the credential isn't bound to an agent.</summary>
    Guid? BoundAgentId { get; }
}
