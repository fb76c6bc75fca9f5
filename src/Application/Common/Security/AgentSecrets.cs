using System.Security.Cryptography;
using System.Text.Json;

namespace StackAgent.Application.Common.Security;

/// <summary>An agent's secrets as they are stored: names and values as one protected text; no text for none.</summary>
internal static class AgentSecrets
{
    public static IReadOnlyDictionary<string, string> None { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public static string? ProtectSecrets(this ISecretProtector protector, IReadOnlyDictionary<string, string> secrets) =>
        secrets.Count == 0 ? null : protector.Protect(JsonSerializer.Serialize(secrets));

    /// <summary>By name; null when they were protected under another <c>SECRET_KEY</c>, or are damaged.</summary>
    public static IReadOnlyDictionary<string, string>? ReadSecrets(this ISecretProtector protector, string? protectedSecrets)
    {
        if (protectedSecrets is null)
            return None;

        try
        {
            return JsonSerializer.Deserialize<SortedDictionary<string, string>>(protector.Unprotect(protectedSecrets)) is { } secrets
                ? new SortedDictionary<string, string>(secrets, StringComparer.Ordinal)
                : None;
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException)
        {
            return null;
        }
    }
}
