using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace StackAgent.Domain.Accounts;

/// <summary>
/// 256 random bits that whoever holds them may show instead of a name. Only <see cref="Hash"/> is ever stored: with this much entropy a
/// plain SHA-256 can't be searched, unlike that of a password.
/// </summary>
public sealed class Secret
{
    /// <summary>Of the random bits.</summary>
    public const int ByteLength = 32;

    /// <summary>Of a SHA-256.</summary>
    public const int HashLength = 32;

    /// <summary>Characters of base64url without padding that hold <see cref="ByteLength"/> bytes.</summary>
    public const int EncodedLength = 43;

    /// <summary>What an API key starts with; tells it from an access token, and secret scanners what they found.</summary>
    public const string ApiKeyPrefix = "sak_";

    public const int ApiKeyLength = 4 + EncodedLength;

    /// <summary>How much of an API key is kept in clear, so that its owner recognises it in a list.</summary>
    public const int VisibleLength = 12;

    private Secret(string value)
    {
        Value = value;
    }

    /// <summary>The secret itself, shown once to its owner. Never log or store it.</summary>
    public string Value { get; }

    /// <summary>The first characters, harmless to store and show.</summary>
    public string Prefix => Value[..VisibleLength];

    /// <summary>SHA-256 of the text.</summary>
    public byte[] Hash => HashOf(Value);

    /// <summary>An API key, <c>sak_…</c>, from 32 bytes.</summary>
    public static Secret ApiKey(ReadOnlySpan<byte> bytes) => new(ApiKeyPrefix + Encode(bytes));

    /// <summary>A refresh token from 32 bytes.</summary>
    public static Secret RefreshToken(ReadOnlySpan<byte> bytes) => new(Encode(bytes));

    /// <summary>What is stored of <paramref name="value"/>. Text of any form has a hash; only the right one finds a row.</summary>
    public static byte[] HashOf(string value) => SHA256.HashData(Encoding.UTF8.GetBytes(value));

    /// <summary>Whether <paramref name="value"/> is meant as an API key, right or wrong.</summary>
    public static bool IsApiKeyForm(string value) => value.StartsWith(ApiKeyPrefix, StringComparison.Ordinal);

    /// <summary>The type's name: a secret that slips into a log line or an exception shows nothing.</summary>
    public override string ToString() => nameof(Secret);

    private static string Encode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != ByteLength)
            throw new ArgumentException($"A secret is made of {ByteLength} bytes.", nameof(bytes));

        return Base64Url.EncodeToString(bytes);
    }
}
