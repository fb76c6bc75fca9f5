namespace StackAgent.WebApi.Hosting;

internal static class KeyFiles
{
    /// <summary>
    /// Authentication brings data protection along, which at its start puts keys into the home folder of whoever starts the server. Nothing here is
    /// protected by them: tokens are signed with the server's own secret. Call it after everything else is registered.
    /// </summary>
    public static void RemoveKeyFiles(this IServiceCollection services)
    {
        var makers = services
            .Where(service => service.ServiceType == typeof(IHostedService)
                && service.ImplementationType?.Namespace?.StartsWith("Microsoft.AspNetCore.DataProtection", StringComparison.Ordinal) == true)
            .ToList();
        foreach (var maker in makers)
            services.Remove(maker);
    }
}
