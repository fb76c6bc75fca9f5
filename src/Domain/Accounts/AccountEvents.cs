using StackAgent.Domain.Common;

namespace StackAgent.Domain.Accounts;

/// <summary>What an API key's text was good for until now it is good for no longer: the key was revoked, or its text replaced.</summary>
public sealed record ApiKeyEnded(Guid KeyId, Guid OwnerId) : IDomainEvent;

/// <summary>A login was ended before its time, by a logout or because a spent refresh token came again.</summary>
public sealed record LoginEnded(Guid FamilyId, Guid UserId) : IDomainEvent;
