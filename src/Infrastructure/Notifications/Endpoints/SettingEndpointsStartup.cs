using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Notifications;
using StackAgent.Domain.Common;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Notifications.Endpoints;

/// <summary>
/// Puts the endpoints that settings stand for in step with them before anything is sent: the server's own setting may be another one than
/// before, and a user's may have been made when there were no endpoints. Of several servers the one that started last decides.
/// </summary>
internal sealed class SettingEndpointsStartup(NotificationOptions options, IServiceScopeFactory scopes, TimeProvider time) : IHostedService
{
    private const int BatchSize = 500;
    private const int Tries = 5;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        await FollowAsync(db, token => db.FollowServerAsync(options.WebhookUrl?.AbsoluteUri, time.Now(), token), cancellationToken);

        var last = Guid.Empty;
        while (await FindDifferencesAsync(db, last, cancellationToken) is { Count: > 0 } users)
        {
            foreach (var user in users)
                await FollowAsync(db, token => FollowAccountAsync(db, user, token), cancellationToken);
            last = users[^1];
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Users whose setting and endpoint differ.</summary>
    private static Task<List<Guid>> FindDifferencesAsync(ApplicationDbContext db, Guid after, CancellationToken cancellationToken) => (
        from user in db.Accounts
        join account in db.NotificationEndpoints.Where(candidate => candidate.Kind == EndpointKind.Account)
            on (Guid?)user.Id equals account.OwnerId into accounts
        from endpoint in accounts.DefaultIfEmpty()
        where user.Id.CompareTo(after) > 0
            && (endpoint == null ? user.NotificationWebhookUrl != null : user.NotificationWebhookUrl == null || user.NotificationWebhookUrl != endpoint.Url)
        orderby user.Id
        select user.Id).Take(BatchSize).ToListAsync(cancellationToken);

    private async Task<Guid?> FollowAccountAsync(ApplicationDbContext db, Guid userId, CancellationToken cancellationToken)
    {
        // Read again under the lock that a change of the setting takes, too.
        var user = await db.Accounts.Where(account => account.Id == userId).ForUpdate().AsNoTracking().SingleOrDefaultAsync(cancellationToken);
        return user is null ? null : await db.FollowAccountAsync(userId, user.NotificationWebhookUrl, time.Now(), cancellationToken);
    }

    private async Task FollowAsync(ApplicationDbContext db, Func<CancellationToken, Task<Guid?>> follow, CancellationToken cancellationToken)
    {
        for (var left = Tries; ; left--)
        {
            try
            {
                var dropped = await db.InTransactionAsync(
                    async token =>
                    {
                        var endpoint = await follow(token);
                        await db.SaveChangesAsync(token);
                        return endpoint;
                    },
                    cancellationToken);
                if (dropped is { } endpointId)
                    await db.CancelDeliveriesAsync(endpointId, time.Now(), cancellationToken);
                return;
            }
            catch (Exception exception) when (left > 1 && exception is ConflictException or DbUpdateConcurrencyException)
            {
                // Another server that starts now was faster; the next try finds its row.
            }
        }
    }
}
