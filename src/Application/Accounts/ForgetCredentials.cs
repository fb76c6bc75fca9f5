using MediatR;
using StackAgent.Application.Common.Events;
using StackAgent.Domain.Accounts;

namespace StackAgent.Application.Accounts;

/// <summary>Remembers for a few seconds which credentials the database found good. Whoever ends one here makes it forget; other servers notice by themselves.</summary>
public interface ICredentialCache
{
    /// <summary>From when this returns, no request that begins is let in by this key without asking the database.</summary>
    void ForgetApiKey(Guid keyId);

    /// <summary>The same for the access tokens of a login.</summary>
    void ForgetLogin(Guid familyId);
}

/// <summary>Runs after the commit that ended the credential, and before whoever asked for that gets an answer.</summary>
internal sealed class ForgetCredentials(IEnumerable<ICredentialCache> caches) :
    INotificationHandler<DomainEventNotification<ApiKeyEnded>>,
    INotificationHandler<DomainEventNotification<LoginEnded>>
{
    public Task Handle(DomainEventNotification<ApiKeyEnded> notification, CancellationToken cancellationToken)
    {
        foreach (var cache in caches)
            cache.ForgetApiKey(notification.Event.KeyId);
        return Task.CompletedTask;
    }

    public Task Handle(DomainEventNotification<LoginEnded> notification, CancellationToken cancellationToken)
    {
        foreach (var cache in caches)
            cache.ForgetLogin(notification.Event.FamilyId);
        return Task.CompletedTask;
    }
}
