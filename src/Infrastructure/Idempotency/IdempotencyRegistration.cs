using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common.Idempotency;

namespace StackAgent.Infrastructure.Idempotency;

public static class IdempotencyRegistration
{
    /// <summary>The store of idempotency keys and the end of old ones. Needs the persistence.</summary>
    public static IServiceCollection AddIdempotencyKeys(this IServiceCollection services, IdempotencyOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<IIdempotencyStore, IdempotencyStore>();
        services.AddSingleton<IdempotencyCleaner>();
        services.AddHostedService(provider => provider.GetRequiredService<IdempotencyCleaner>());
        return services;
    }
}
