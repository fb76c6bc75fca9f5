using System.Security.Cryptography;
using System.Xml.Linq;

namespace StackAgent.Infrastructure.Secrets;

/// <summary>A key of the ring as it is stored: XML with locked parts.</summary>
internal static class LockedKey
{
    public static Guid IdOf(string xml) => IdOf(XElement.Parse(xml));

    /// <summary>The key's own id, the same whoever locked it; empty for an element that isn't a key.</summary>
    public static Guid IdOf(XElement key) => Guid.TryParse((string?)key.Attribute("id"), out var id) ? id : Guid.Empty;

    /// <summary>By what it says of itself.</summary>
    public static bool IsLockedBy(XElement key, SecretKeyCipher cipher)
    {
        var parts = PartsOf(key);
        return parts.Count > 0 && parts.TrueForAll(part => FingerprintOf(part) == cipher.Fingerprint);
    }

    /// <summary>Found out by opening it.</summary>
    public static bool Opens(string xml, SecretKeyCipher cipher)
    {
        var key = XElement.Parse(xml);
        if (!IsLockedBy(key, cipher))
            return false;

        try
        {
            foreach (var part in PartsOf(key))
                cipher.Decrypt(Convert.FromBase64String(part.Value));
            return true;
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return false;
        }
    }

    /// <summary>The same key under another lock.</summary>
    /// <exception cref="CryptographicException"><paramref name="present"/> doesn't open it.</exception>
    public static XElement Relock(XElement key, SecretKeyCipher present, SecretKeyCipher next)
    {
        var copy = new XElement(key);
        foreach (var part in PartsOf(copy))
        {
            part.SetAttributeValue(SecretKeyXmlEncryptor.FingerprintName, next.Fingerprint);
            part.Value = Convert.ToBase64String(next.Encrypt(present.Decrypt(Convert.FromBase64String(part.Value))));
        }

        return copy;
    }

    private static List<XElement> PartsOf(XElement key) => [.. key.Descendants(SecretKeyXmlEncryptor.ElementName)];

    private static string? FingerprintOf(XElement part) => (string?)part.Attribute(SecretKeyXmlEncryptor.FingerprintName);
}
