namespace StackAgent.WebApi.Hosting;

internal static class KeyFiles
{
    /// <summary>
    /// Authentication brings data protection along, which loads its keys at its start, before there is a database to load them from. Ours come from
    /// there a little later, and nothing is protected before. Call it after everything else is registered.
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
