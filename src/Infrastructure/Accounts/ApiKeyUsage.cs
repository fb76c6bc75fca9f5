using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Accounts.ApiKeys;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Accounts;

/// <summary>
/// Writes when API keys were last used, behind the requests' backs. A full queue drops marks, which the next use makes again; what is
/// queued when the server ends is lost, and worth no more.
/// </summary>
internal sealed class ApiKeyUsage(IServiceScopeFactory scopes, ILogger<ApiKeyUsage> logger) : BackgroundService, IApiKeyUsage
{
    private const int Capacity = 1024;

    private readonly Channel<(Guid KeyId, DateTimeOffset UsedAt)> _uses = Channel.CreateBounded<(Guid, DateTimeOffset)>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Record(Guid keyId, DateTimeOffset usedAt) => _uses.Writer.TryWrite((keyId, usedAt));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _uses.Reader.WaitToReadAsync(stoppingToken))
        {
            var latest = new Dictionary<Guid, DateTimeOffset>();
            while (latest.Count < Capacity && _uses.Reader.TryRead(out var use))
                latest[use.KeyId] = use.UsedAt;

            try
            {
                await WriteAsync(latest, stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.LogWarning(exception, "When {Count} API keys were last used couldn't be noted; their next use notes it", latest.Count);
            }
        }
    }

    private async Task WriteAsync(Dictionary<Guid, DateTimeOffset> uses, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        await db.InTransactionAsync(
            async token =>
            {
                // In the order of their ids, so that two servers that note the same keys can't wait for each other.
                foreach (var (keyId, usedAt) in uses.OrderBy(use => use.Key))
                {
                    // Requests that came before this write were queued as well: the first of them is exact enough.
                    var stale = usedAt - IApiKeyUsage.Resolution;
                    await db.ApiKeys
                        .Where(key => key.Id == keyId && (key.LastUsedAt == null || key.LastUsedAt <= stale))
                        .ExecuteUpdateAsync(set => set.SetProperty(key => key.LastUsedAt, usedAt), token);
                }

                return uses.Count;
            },
            cancellationToken);
    }
}
