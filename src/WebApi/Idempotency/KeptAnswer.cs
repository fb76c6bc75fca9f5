using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using StackAgent.Application.Common.Security;

namespace StackAgent.WebApi.Idempotency;

/// <summary>An answer as it is stored: encrypted, since an API key or a webhook's secret that is shown once may be in it.</summary>
/// <param name="Headers">Those that say something about the answer; what the server adds to every answer is added anew.</param>
/// <param name="Body">Null: it was too long to be kept.</param>
internal sealed record KeptAnswer(IReadOnlyDictionary<string, string> Headers, byte[]? Body)
{
    private static readonly string[] KeptHeaders = [HeaderNames.ContentType, HeaderNames.Location, HeaderNames.ETag, HeaderNames.CacheControl];

    public static KeptAnswer Of(HttpResponse response, byte[]? body) => new(
        KeptHeaders
            .Where(name => response.Headers.ContainsKey(name))
            .ToDictionary(name => name, name => response.Headers[name].ToString(), StringComparer.OrdinalIgnoreCase),
        body);

    /// <summary>Null when it can't be read any more: the server's secret is another one.</summary>
    public static KeptAnswer? Read(ISecretProtector protector, string text)
    {
        try
        {
            return JsonSerializer.Deserialize<KeptAnswer>(protector.Unprotect(text));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public string Protect(ISecretProtector protector) => protector.Protect(JsonSerializer.Serialize(this));
}
