using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Accounts.ApiKeys;
using StackAgent.Application.Common.Persistence;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Accounts;

/// <summary>
/// Writes when API keys were last used, behind the requests' backs: at most once a second, all keys at once. Past the capacity marks are
/// dropped, and a write that fails is too; the next use makes them again. What waits when the server ends is lost, and worth no more.
/// </summary>
internal sealed class ApiKeyUsage(IServiceScopeFactory scopes, TimeProvider time, ILogger<ApiKeyUsage> logger) : BackgroundService, IApiKeyUsage
{
    private const int Capacity = 10_000;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Dictionary<Guid, DateTimeOffset> _uses = [];

    public void Record(Guid keyId, DateTimeOffset usedAt)
    {
        lock (_lock)
        {
            if (_uses.Count < Capacity)
                _uses[keyId] = usedAt;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (TakeUses() is not { Count: > 0 } uses)
                continue;

            try
            {
                await WriteAsync([.. uses.Keys], uses.Values.Max(), stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.LogWarning(exception, "When {Count} API keys were last used couldn't be noted; their next use notes it", uses.Count);
            }
        }
    }

    private Dictionary<Guid, DateTimeOffset> TakeUses()
    {
        lock (_lock)
        {
            var uses = _uses;
            _uses = [];
            return uses;
        }
    }

    /// <summary>One moment for all of them: they were used within a second, and what is promised is a minute.</summary>
    private async Task WriteAsync(List<Guid> keyIds, DateTimeOffset usedAt, CancellationToken cancellationToken)
    {
        // Another server may have noted a use meanwhile: then that is exact enough.
        var stale = usedAt - IApiKeyUsage.Resolution;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        var keys = db.ApiKeys.Where(key => EF.Parameter(keyIds).Contains(key.Id) && (key.LastUsedAt == null || key.LastUsedAt <= stale));
        await db.InTransactionAsync(
            async token =>
            {
                // Locked in the order of their ids, so that two servers that note the same keys can't wait for each other.
                await keys.OrderBy(key => key.Id).Select(key => key.Id).ForUpdate().ToListAsync(token);
                return await keys.ExecuteUpdateAsync(set => set.SetProperty(key => key.LastUsedAt, usedAt), token);
            },
            cancellationToken);
    }
}
