using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

/// <summary>
/// What a pod's token says of itself. Anybody can write such a thing: it only tells which pod to ask the cluster about, so that tokens that are nobody's
/// cost the cluster nothing.
/// </summary>
/// <param name="Namespace">The pod's.</param>
/// <param name="Pod">Its name.</param>
/// <param name="Uid">Tells it from others of its name.</param>
internal sealed record PodToken(string Namespace, string Pod, string Uid)
{
    private const int MaxLength = 8 * 1024;

    /// <summary>Null when it isn't a pod's token, or it is meant for somebody else.</summary>
    /// <param name="token">A JWT, or anything else.</param>
    /// <param name="audience">Whom it has to be meant for.</param>
    public static PodToken? TryRead(string token, string audience)
    {
        if (token.Length > MaxLength || token.Split('.') is not [_, { Length: > 0 } payload, _])
            return null;

        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
            if (!Names(claims.RootElement, audience) || Find(claims.RootElement, "kubernetes.io") is not { } bound || Find(bound, "pod") is not { } pod)
                return null;

            return (Find(bound, "namespace"), Find(pod, "name"), Find(pod, "uid")) is ({ } ns, { } name, { } uid) && IsText(ns, name, uid)
                ? new PodToken(ns.GetString()!, name.GetString()!, uid.GetString()!)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or DecoderFallbackException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool Names(JsonElement claims, string audience) => Find(claims, "aud") is { } meant && meant.ValueKind switch
    {
        JsonValueKind.String => meant.ValueEquals(audience),
        JsonValueKind.Array => meant.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && one.ValueEquals(audience)),
        _ => false,
    };

    private static bool IsText(params ReadOnlySpan<JsonElement> values)
    {
        foreach (var value in values)
        {
            if (value.ValueKind != JsonValueKind.String)
                return false;
        }

        return true;
    }

    private static JsonElement? Find(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
}
