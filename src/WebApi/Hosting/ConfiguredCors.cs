using Microsoft.AspNetCore.Cors.Infrastructure;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Hosting;

/// <summary>Named origins may send credentials; any other origin may call without them where <c>*</c> is configured, and not at all elsewhere.</summary>
internal sealed class ConfiguredCors : ICorsPolicyProvider
{
    private readonly HashSet<string> _named;
    private readonly CorsPolicy _forNamed;
    private readonly CorsPolicy? _forAny;

    public ConfiguredCors(CorsSettings settings)
    {
        _named = settings.Origins.ToHashSet(StringComparer.OrdinalIgnoreCase);
        _forNamed = Base().WithOrigins([.. settings.Origins]).AllowCredentials().Build();
        _forAny = settings.AnyOrigin ? Base().AllowAnyOrigin().Build() : null;
    }

    public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName) =>
        Task.FromResult<CorsPolicy?>(_named.Contains(context.Request.Headers.Origin.ToString()) ? _forNamed : _forAny ?? _forNamed);

    private static CorsPolicyBuilder Base() => new CorsPolicyBuilder()
        .AllowAnyHeader()
        .AllowAnyMethod()
        .WithExposedHeaders("ETag", "Idempotency-Replayed", "Location", "Retry-After", "WWW-Authenticate")
        .SetPreflightMaxAge(TimeSpan.FromMinutes(10));
}
