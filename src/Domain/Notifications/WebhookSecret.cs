using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StackAgent.Domain.Notifications;

/// <summary>What an endpoint and StackAgent share, so that the endpoint can tell whose notifications it gets. As in Standard Webhooks 1.0.</summary>
public sealed class WebhookSecret
{
    /// <summary>What the text starts with; secret scanners know it.</summary>
    public const string Prefix = "whsec_";

    /// <summary>Random bytes in a secret that is made here.</summary>
    public const int ByteLength = 32;

    /// <summary>The fewest bytes that the specification allows.</summary>
    public const int MinByteLength = 24;

    /// <summary>The most bytes that the specification allows.</summary>
    public const int MaxByteLength = 64;

    private const string SignatureVersion = "v1,";
    private readonly byte[] _key;

    private WebhookSecret(byte[] key)
    {
        _key = key;
    }

    /// <summary><c>whsec_</c> and the bytes in base64, shown once to the endpoint's owner. Never log it; store it protected.</summary>
    public string Value => Prefix + Convert.ToBase64String(_key);

    /// <summary>A new one, from the operating system's random numbers.</summary>
    public static WebhookSecret Generate() => new(RandomNumberGenerator.GetBytes(ByteLength));

    /// <summary>Reads <see cref="Value"/>; the prefix may be missing, as the specification allows.</summary>
    /// <exception cref="FormatException">It isn't one. The message shows nothing of the text.</exception>
    public static WebhookSecret Parse(string text)
    {
        var encoded = text.StartsWith(Prefix, StringComparison.Ordinal) ? text.AsSpan(Prefix.Length) : text;
        Span<byte> key = stackalloc byte[MaxByteLength + 3];
        if (!Convert.TryFromBase64Chars(encoded, key, out var length) || length is < MinByteLength or > MaxByteLength)
            throw new FormatException($"A secret is {Prefix} and {MinByteLength} to {MaxByteLength} bytes in base64.");

        return new WebhookSecret(key[..length].ToArray());
    }

    /// <summary>One entry of the header <c>webhook-signature</c>: <c>v1,</c> and the HMAC-SHA256 of <c>id.timestamp.body</c> in base64.</summary>
    /// <param name="webhookId">The header <c>webhook-id</c>.</param>
    /// <param name="sentAt">The header <c>webhook-timestamp</c>, which has whole seconds.</param>
    /// <param name="body">Exactly the bytes that are sent.</param>
    public string Sign(string webhookId, DateTimeOffset sentAt, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        mac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{webhookId}.{sentAt.ToUnixTimeSeconds()}.")));
        mac.AppendData(body);
        return SignatureVersion + Convert.ToBase64String(mac.GetHashAndReset());
    }

    /// <summary>The type's name: a secret that slips into a log line or an exception shows nothing.</summary>
    public override string ToString() => nameof(WebhookSecret);
}
