using System.Security.Cryptography;
using StackAgent.Application.Accounts;

namespace StackAgent.Infrastructure.Secrets;

/// <summary>AES-256-GCM under a key derived from <c>SECRET_KEY</c>. Locks the few keys that all else is encrypted with.</summary>
internal sealed class SecretKeyCipher(AccountOptions options)
{
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int FingerprintLength = 8;

    private readonly byte[] _key = options.DeriveKey("stackagent/data-protection-keys/v1");

    /// <summary>Tells what was encrypted under this <c>SECRET_KEY</c> from all else, and nothing about it.</summary>
    public string Fingerprint { get; } =
        Convert.ToHexStringLower(options.DeriveKey("stackagent/data-protection-keys/fingerprint/v1").AsSpan(0, FingerprintLength));

    /// <summary>Nonce, tag and ciphertext, in this order.</summary>
    public byte[] Encrypt(ReadOnlySpan<byte> plaintext)
    {
        var box = new byte[NonceLength + TagLength + plaintext.Length];
        var nonce = box.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key, TagLength);
        aes.Encrypt(nonce, plaintext, box.AsSpan(NonceLength + TagLength), box.AsSpan(NonceLength, TagLength));
        return box;
    }

    /// <summary>What was given to <see cref="Encrypt"/>.</summary>
    /// <exception cref="CryptographicException">It was encrypted under another <c>SECRET_KEY</c>, or damaged.</exception>
    public byte[] Decrypt(ReadOnlySpan<byte> box)
    {
        if (box.Length < NonceLength + TagLength)
            throw new CryptographicException("This is too short to have been encrypted here.");

        var plaintext = new byte[box.Length - NonceLength - TagLength];
        using var aes = new AesGcm(_key, TagLength);
        aes.Decrypt(box[..NonceLength], box[(NonceLength + TagLength)..], box.Slice(NonceLength, TagLength), plaintext);
        return plaintext;
    }
}
