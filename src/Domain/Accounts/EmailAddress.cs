using System.Globalization;
using StackAgent.Domain.Common;

namespace StackAgent.Domain.Accounts;

/// <summary>Rules for the e-mail address that names an account.</summary>
public static class EmailAddress
{
    /// <summary>In code points, as typed and as normalised.</summary>
    public const int MaxLength = 255;

    private const string ForbiddenInLocalPart = "()<>[]:;,\\\"";

    /// <summary>
    /// The form in which two spellings of one address are equal: trimmed, upper case. Null for text that can't be anybody's
    /// address because it is too long or no database can hold it.
    /// </summary>
    public static string? Normalize(string? email)
    {
        var trimmed = email?.Trim();
        if (string.IsNullOrEmpty(trimmed) || trimmed.Length > MaxLength * 2 || !Text.IsStorable(trimmed))
            return null;

        var normalized = trimmed.ToUpperInvariant();
        return Text.Length(normalized) > MaxLength ? null : normalized;
    }

    /// <summary>
    /// Whether <paramref name="email"/> looks like <c>local@domain.tld</c>. Only a message that arrives proves an address; this keeps out
    /// slips of the pen and characters that could mean something in a header.
    /// </summary>
    public static bool IsAcceptable(string? email)
    {
        if (email is null || Normalize(email) is null)
            return false;

        var address = email.Trim();
        var at = address.IndexOf('@', StringComparison.Ordinal);
        if (at <= 0 || at != address.LastIndexOf('@') || Text.Length(address) > MaxLength)
            return false;
        if (address.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
            return false;

        var local = address[..at];
        var labels = address[(at + 1)..].Split('.');
        return !local.StartsWith('.')
            && !local.EndsWith('.')
            && !local.Contains("..", StringComparison.Ordinal)
            && local.IndexOfAny(ForbiddenInLocalPart.ToCharArray()) < 0
            && labels.Length >= 2
            && labels.All(IsDomainLabel);
    }

    private static bool IsDomainLabel(string label) =>
        label.Length is > 0 and <= 63
        && !label.StartsWith('-')
        && !label.EndsWith('-')
        && label.All(c => char.IsLetterOrDigit(c) || c == '-' || char.IsSurrogate(c) || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark);
}
