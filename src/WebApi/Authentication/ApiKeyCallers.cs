using StackAgent.Application.Accounts.ApiKeys;
using StackAgent.Application.Common;

namespace StackAgent.WebApi.Authentication;

/// <summary>Whom API keys speak for: a hash and a look into memory for a key in use.</summary>
internal sealed class ApiKeyCallers(CredentialCache cache, IApiKeyUsage usage, TimeProvider time)
{
    /// <summary>Null when the key is unknown, revoked or expired, or its owner is inactive.</summary>
    public ValueTask<CallerIdentity?> FindAsync(ReadOnlySpan<char> key, CancellationToken cancellationToken)
    {
        if (CredentialHash.OfApiKey(key) is not { } hash)
            return default;

        var finding = cache.ApiKeys.FindAsync(hash, cancellationToken);
        return finding.IsCompletedSuccessfully ? new ValueTask<CallerIdentity?>(Use(finding.Result)) : WaitAsync(finding);
    }

    private async ValueTask<CallerIdentity?> WaitAsync(ValueTask<KnownApiKey?> finding) => Use(await finding);

    private CallerIdentity? Use(KnownApiKey? key)
    {
        var now = time.Now();
        if (key is null || key.ExpiresAt <= now)
            return null;

        if (key.TakeMark(now))
            usage.Record(key.KeyId, now);
        return key.Caller;
    }
}

/// <summary>A key that the database found good, with all that a request by it needs.</summary>
internal sealed class KnownApiKey(ApiKeyCaller key)
{
    // In ticks; zero while no use is known.
    private long _lastMark = key.LastUsedAt?.UtcTicks ?? 0;

    public Guid KeyId { get; } = key.KeyId;

    public DateTimeOffset? ExpiresAt { get; } = key.ExpiresAt;

    public CallerIdentity Caller { get; } = new("ApiKey", key.OwnerId) { ApiKeyId = key.KeyId, Scopes = key.Scopes, AgentId = key.AgentId, ExpiresAt = key.ExpiresAt };

    /// <summary>Whether this use is the one that leaves a mark.</summary>
    public bool TakeMark(DateTimeOffset now)
    {
        var last = Volatile.Read(ref _lastMark);
        return now.UtcTicks - last >= IApiKeyUsage.Resolution.Ticks && Interlocked.CompareExchange(ref _lastMark, now.UtcTicks, last) == last;
    }
}
