using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Accounts;
using StackAgent.Application.Common;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Accounts;

/// <summary>Removes logins that are over, so that the table stays as large as the logins in use.</summary>
internal sealed class LoginHistoryCleaner(
    IServiceScopeFactory scopes, AccountOptions options, TimeProvider time, ILogger<LoginHistoryCleaner> logger) : BackgroundService
{
    private const int BatchSize = 500;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(15);

    /// <summary>Removes every login that ended by itself, in batches that hold the database's write lock only for a moment.</summary>
    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        // An access token may outlive its refresh token where the settings say so, and needs its login as long as it lives.
        var over = time.Now() - options.AccessTokenLifetime;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        while (true)
        {
            var ids = await db.RefreshTokenFamilies
                .Where(family => family.ExpiresAt < over)
                .OrderBy(family => family.ExpiresAt)
                .Select(family => family.Id)
                .Take(BatchSize)
                .ToListAsync(cancellationToken);
            if (ids.Count == 0)
                return;

            await db.InTransactionAsync(
                token => db.RefreshTokenFamilies.Where(family => ids.Contains(family.Id)).ExecuteDeleteAsync(token), cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await CleanAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.LogWarning(exception, "Logins that are over couldn't be removed; the next try is in {Interval}", Interval);
            }
        }
    }
}
