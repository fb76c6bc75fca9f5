using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NSubstitute;
using StackAgent.Application.Accounts;
using StackAgent.Application.Common.Events;
using StackAgent.Application.Common.Security;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Secrets;

namespace StackAgent.Infrastructure.IntegrationTests.Secrets;

/// <summary>As much of a server as protects secrets, started.</summary>
internal sealed class SecretServer : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private SecretServer(ServiceProvider services) => _services = services;

    public static async Task<SecretServer> StartAsync(DatabaseOptions database, string secretKey, params string[] previous)
    {
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(TimeProvider.System)
            .AddSingleton(Substitute.For<IDomainEventDispatcher>())
            .AddSingleton(new AccountOptions(secretKey) { PreviousSecretKeys = previous })
            .AddPersistence(database)
            .AddSecretProtection()
            .BuildServiceProvider();
        foreach (var service in services.GetServices<IHostedService>().Where(service => service is DatabaseStartup or KeyRingStartup))
            await service.StartAsync(CancellationToken.None);
        return new SecretServer(services);
    }

    public string Protect(string text) => _services.GetRequiredService<ISecretProtector>().Protect(text);

    public string Unprotect(string text) => _services.GetRequiredService<ISecretProtector>().Unprotect(text);

    public async Task<List<DataProtectionKeyRow>> RowsAsync()
    {
        await using var scope = _services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        return await db.Set<DataProtectionKeyRow>().AsNoTracking().OrderBy(row => row.Id).ToListAsync();
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
