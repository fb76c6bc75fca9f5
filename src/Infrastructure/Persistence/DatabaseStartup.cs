using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackAgent.Application.Common;

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

internal sealed class DatabaseReadiness(ApplicationDbContext database) : IReadinessCheck
{
    public string Name => "database";

    public async Task<string?> CheckAsync(CancellationToken cancellationToken) =>
        await database.Database.CanConnectAsync(cancellationToken) ? null : "The database doesn't answer.";
}
