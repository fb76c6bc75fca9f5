using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using StackAgent.Application.Common.Idempotency;

namespace StackAgent.WebApi.Idempotency;

/// <summary>Which requests can be repeated safely, and how they are recognised.</summary>
internal static class IdempotencyKeys
{
    public const string Header = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotency-Replayed";

    /// <summary>
    /// POST and PUT below <c>/api</c>, but for <c>/api/auth</c>: there the caller isn't known yet, or gets tokens, which aren't kept anywhere.
    /// </summary>
    public static bool Cover(string method, PathString path) =>
        (HttpMethods.IsPost(method) || HttpMethods.IsPut(method))
        && path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase, out var rest)
        && !rest.StartsWithSegments("/auth", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the header's value is 1…255 visible characters of ASCII.</summary>
    public static bool IsGood(string key) =>
        key.Length is > 0 and <= IdempotencyRecord.KeyMaxLength && !key.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>Method, path and query as they were sent; a long one ends in its hash.</summary>
    public static string TargetOf(HttpContext context)
    {
        var target = $"{context.Request.Method} {context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}";
        if (target.Length <= IdempotencyRecord.TargetMaxLength)
            return target;

        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(target)));
        return string.Concat(target.AsSpan(0, IdempotencyRecord.TargetMaxLength - hash.Length), hash);
    }
}
