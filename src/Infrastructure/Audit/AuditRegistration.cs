using Microsoft.Extensions.DependencyInjection;

namespace StackAgent.Infrastructure.Audit;

public static class AuditRegistration
{
    /// <summary>The end of old entries; new ones are made by use cases. Needs the persistence.</summary>
    public static IServiceCollection AddAudit(this IServiceCollection services, AuditOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<AuditCleaner>();
        services.AddHostedService(provider => provider.GetRequiredService<AuditCleaner>());
        return services;
    }
}
