using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using StackAgent.Domain.Accounts;

namespace StackAgent.WebApi.Authentication;

/// <summary>The SHA-256 of a credential: what stands for it in memory, so that a dump of the server's memory holds no more than its database.</summary>
internal readonly record struct CredentialHash
{
    private readonly UInt128 _low;
    private readonly UInt128 _high;

    private CredentialHash(ReadOnlySpan<byte> hash)
    {
        _low = MemoryMarshal.Read<UInt128>(hash);
        _high = MemoryMarshal.Read<UInt128>(hash[16..]);
    }

    /// <summary>Of an API key, the same as <see cref="Secret.HashOf"/>. Null for text that is no key because of its length alone.</summary>
    public static CredentialHash? OfApiKey(ReadOnlySpan<char> key)
    {
        if (key.Length != Secret.ApiKeyLength)
            return null;

        Span<byte> text = stackalloc byte[Encoding.UTF8.GetMaxByteCount(Secret.ApiKeyLength)];
        return OfBytes(text[..Encoding.UTF8.GetBytes(key, text)]);
    }

    /// <summary>Of any text, for use within this process only.</summary>
    public static CredentialHash OfText(ReadOnlySpan<char> text) => OfBytes(MemoryMarshal.AsBytes(text));

    /// <summary>A hash that <see cref="ToBytes"/> or <see cref="Secret.HashOf"/> made.</summary>
    public static CredentialHash From(byte[] hash) => new(hash);

    public byte[] ToBytes()
    {
        var bytes = new byte[Secret.HashLength];
        MemoryMarshal.Write(bytes, _low);
        MemoryMarshal.Write(bytes.AsSpan(16), _high);
        return bytes;
    }

    /// <summary>A part of the hash is as good as a hash of it.</summary>
    public override int GetHashCode() => unchecked((int)(ulong)_low);

    private static CredentialHash OfBytes(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[Secret.HashLength];
        SHA256.HashData(bytes, hash);
        return new CredentialHash(hash);
    }
}
