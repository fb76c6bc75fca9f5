using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace StackAgent.Infrastructure.Persistence;

/// <summary>Migrates before anything else starts: registered first, awaited by the host.</summary>
internal sealed class DatabaseStartup(IServiceScopeFactory scopes) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<DatabaseMigrator>().MigrateAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
