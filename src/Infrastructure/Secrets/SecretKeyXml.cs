using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;

namespace StackAgent.Infrastructure.Secrets;

/// <summary>Locks the part of a key's XML that is secret.</summary>
internal sealed class SecretKeyXmlEncryptor(SecretKeyCipher cipher) : IXmlEncryptor
{
    /// <summary>The element that stands in for what was encrypted.</summary>
    public const string ElementName = "lockedBySecretKey";

    /// <summary>Its attribute with <see cref="SecretKeyCipher.Fingerprint"/>.</summary>
    public const string FingerprintName = "fingerprint";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var box = cipher.Encrypt(Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting)));
        return new EncryptedXmlInfo(
            new XElement(ElementName, new XAttribute(FingerprintName, cipher.Fingerprint), Convert.ToBase64String(box)),
            typeof(SecretKeyXmlDecryptor));
    }
}

/// <summary>The other way. Data Protection makes it by its name, which stored keys hold: never rename or move it.</summary>
internal sealed class SecretKeyXmlDecryptor : IXmlDecryptor
{
    private readonly SecretKeyCipher _cipher;

    public SecretKeyXmlDecryptor(IServiceProvider services)
    {
        _cipher = services.GetRequiredService<SecretKeyCipher>();
    }

    /// <summary>What was given to <see cref="SecretKeyXmlEncryptor.Encrypt"/>.</summary>
    /// <exception cref="CryptographicException">It was encrypted under another <c>SECRET_KEY</c>, or damaged.</exception>
    public XElement Decrypt(XElement encryptedElement) =>
        XElement.Parse(Encoding.UTF8.GetString(_cipher.Decrypt(Convert.FromBase64String(encryptedElement.Value))));
}
