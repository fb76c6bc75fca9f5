using System.Threading.RateLimiting;
using StackAgent.WebApi.Authentication;

namespace StackAgent.WebApi.Limits;

/// <summary>
/// Counts calls in token buckets: of an account, of each of its API keys, and, without a good credential, of a client's address. Each server counts for
/// itself. Status reports have buckets of their own, so that neither takes the other's place.
/// </summary>
internal sealed class RequestRates(LimitSettings limits) : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly Rate<Guid>? _accounts = Rate<Guid>.Of(limits.Requests);
    private readonly Rate<Guid>? _keys = Rate<Guid>.Of(HalfOf(limits.Requests));
    private readonly Rate<Guid>? _reportingAccounts = Rate<Guid>.Of(limits.Reports);
    private readonly Rate<Guid>? _reportingKeys = Rate<Guid>.Of(HalfOf(limits.Reports));
    private readonly Rate<string>? _addresses = Rate<string>.Of(limits.AnonymousRequests);

    /// <summary>Null when the call may go on, else how long to wait.</summary>
    /// <param name="context">Of a request whose caller is known by now.</param>
    /// <param name="isReport">Whether it calls the status webhook.</param>
    public TimeSpan? Refuse(HttpContext context, bool isReport)
    {
        if (CallerIdentity.Of(context) is not { } caller)
            return _addresses?.Refuse(ClientNetwork.Of(context.Connection.RemoteIpAddress));

        var (accounts, keys) = isReport ? (_reportingAccounts, _reportingKeys) : (_accounts, _keys);
        // The key first: what it is refused costs its account nothing.
        return (caller.ApiKeyId is { } key ? keys?.Refuse(key) : null) ?? accounts?.Refuse(caller.UserId);
    }

    public void Dispose()
    {
        foreach (var rate in new IDisposable?[] { _accounts, _keys, _reportingAccounts, _reportingKeys, _addresses })
            rate?.Dispose();
    }

    private static int? HalfOf(int? rate) => rate is { } all ? Math.Max(1, all / 2) : null;

    private sealed class Rate<TKey> : IDisposable
        where TKey : notnull
    {
        private readonly PartitionedRateLimiter<TKey> _limiter;

        private Rate(int perSecond)
        {
            // A bucket takes whole tokens only: slow ones are filled less often.
            var period = perSecond >= 10 ? Period : TimeSpan.FromSeconds(1);
            var options = new TokenBucketRateLimiterOptions
            {
                TokenLimit = perSecond * LimitSettings.BurstSeconds,
                TokensPerPeriod = Math.Max(1, (int)(perSecond * period.TotalSeconds)),
                ReplenishmentPeriod = period,
                QueueLimit = 0,
            };
            _limiter = PartitionedRateLimiter.Create<TKey, TKey>(key => RateLimitPartition.GetTokenBucketLimiter(key, _ => options));
        }

        public static Rate<TKey>? Of(int? perSecond) => perSecond is { } rate ? new Rate<TKey>(rate) : null;

        public TimeSpan? Refuse(TKey key)
        {
            using var lease = _limiter.AttemptAcquire(key);
            if (lease.IsAcquired)
                return null;
            return lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1);
        }

        public void Dispose() => _limiter.Dispose();
    }
}
