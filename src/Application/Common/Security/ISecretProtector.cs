namespace StackAgent.Application.Common.Security;

/// <summary>
/// Encrypts what has to be stored and read again, such as the secrets of webhooks. The keys are in the database, locked with the server's
/// secret, so all servers read what one of them wrote, and a copy of the database alone tells nothing.
/// </summary>
public interface ISecretProtector
{
    /// <summary>A text that is safe to store: about 200 characters more than <paramref name="plaintext"/>, different each time.</summary>
    string Protect(string plaintext);

    /// <summary>What was given to <see cref="Protect"/>.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// It was protected under another <c>SECRET_KEY</c>, or damaged.
    /// </exception>
    string Unprotect(string text);
}
