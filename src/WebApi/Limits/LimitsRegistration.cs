using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace StackAgent.WebApi.Limits;

internal static class LimitsRegistration
{
    /// <summary>Limits, and whose word on a client's address counts.</summary>
    public static IServiceCollection AddLimits(this IServiceCollection services, LimitSettings limits, IReadOnlyList<IPNetwork> trustedProxies)
    {
        services.AddSingleton(limits);
        services.AddSingleton<RequestRates>();
        services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = trustedProxies.Count > 0 ? ForwardedHeaders.XForwardedFor : ForwardedHeaders.None;
            // As far back as proxies are trusted: the first address of somebody else's is the client's, whatever it claims itself.
            options.ForwardLimit = null;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in trustedProxies)
                options.KnownIPNetworks.Add(network);
        });
        return services;
    }

    /// <summary>Goes after the authentication: whose call it is decides what it counts for.</summary>
    public static IApplicationBuilder UseRateLimits(this IApplicationBuilder app) => app.UseMiddleware<RateLimitMiddleware>();
}
