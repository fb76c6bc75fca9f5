using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Accounts;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Accounts.ApiKeys;

/// <summary>Makes an API key for the caller.</summary>
/// <param name="Name">1…100 characters, for people.</param>
/// <param name="ExpiresIn">Days from now, at least 1; null for a key that doesn't expire.</param>
/// <param name="Scopes">Of <c>report</c>, <c>read</c> and <c>write</c>; null for <c>report</c> alone.</param>
public sealed record CreateApiKey(string? Name, int? ExpiresIn, IReadOnlyList<string?>? Scopes) : IRequest<NewApiKey>;

/// <summary>A key with its text, which is shown this once. Never log it.</summary>
public sealed record NewApiKey(ApiKeyDetails Details, string Key)
{
    /// <summary>The type's name: a key that slips into a log line shows nothing.</summary>
    public override string ToString() => nameof(NewApiKey);
}

internal sealed class CreateApiKeyValidator : AbstractValidator<CreateApiKey>
{
    public CreateApiKeyValidator()
    {
        RuleFor(request => request.Name).RequiredText(ApiKey.NameMaxLength);
        RuleFor(request => request.ExpiresIn)
            .InclusiveBetween(1, ApiKey.MaxExpiryDays)
            .WithMessage($"This field counts days, from 1 to {ApiKey.MaxExpiryDays}; leave it out for a key that doesn't expire.");
        RuleFor(request => request.Scopes)
            .Must(scopes => scopes is null || scopes.Count > 0 && scopes.All(ApiKeyScopeNames.All.Contains))
            .WithMessage($"This field lists one or more of {string.Join(", ", ApiKeyScopeNames.All)}; leave it out for report alone.");
    }
}

internal sealed class CreateApiKeyHandler(IApplicationDbContext db, ICurrentUser caller, IAuditTrail audit, TimeProvider time)
    : IRequestHandler<CreateApiKey, NewApiKey>
{
    public async Task<NewApiKey> Handle(CreateApiKey request, CancellationToken cancellationToken)
    {
        var now = time.Now();
        var active = await db.ApiKeys.CountAsync(
            existing => existing.OwnerId == caller.Id && existing.AgentId == null && existing.RevokedAt == null
                && (existing.ExpiresAt == null || existing.ExpiresAt > now),
            cancellationToken);
        if (active >= ApiKey.MaxActivePerUser)
            throw new QuotaExceededException($"You have {active} API keys in force, which is the limit. Revoke one that is no longer needed.");

        var secret = NewSecret.ApiKey();
        var scopes = request.Scopes is null ? ApiKeyScopes.Report : ApiKeyScopeNames.Parse(request.Scopes.OfType<string>());
        DateTimeOffset? expiresAt = request.ExpiresIn is { } days ? now.AddDays(days) : null;
        var key = ApiKey.Create(caller.Id, request.Name!.Trim(), secret, scopes, expiresAt, now);
        db.ApiKeys.Add(key);
        audit.Record(AuditActions.ApiKeyCreated, AuditSubject.Of(key), $"Scopes: {string.Join(", ", scopes.ToNames())}.");
        await db.SaveChangesAsync(cancellationToken);

        return new NewApiKey(
            new ApiKeyDetails(key.Id, key.Name, key.Prefix, key.Scopes, key.AgentId, key.ExpiresAt, key.LastUsedAt, key.CreatedAt, Revoked: false),
            secret.Value);
    }
}
