using StackAgent.Domain.Common;

namespace StackAgent.Domain.Accounts;

/// <summary>What a new password must have. Lengths count Unicode code points.</summary>
public static class PasswordRules
{
    public const int MinLength = 8;

    /// <summary>Bounds the work of hashing; a longer one is refused before it is hashed.</summary>
    public const int MaxLength = 128;

    /// <summary>The sentences that say what <paramref name="password"/> lacks; none for an acceptable one.</summary>
    public static IEnumerable<string> Violations(string password)
    {
        // Cheap before exact: a text of several megabytes isn't walked.
        if (password.Length > MaxLength * 2 || Text.Length(password) > MaxLength)
        {
            yield return $"The password can have at most {MaxLength} characters.";
            yield break;
        }

        if (Text.Length(password) < MinLength)
            yield return $"The password must have at least {MinLength} characters.";
        if (!password.Any(char.IsUpper))
            yield return "The password must contain at least one upper-case letter.";
        if (!password.Any(char.IsLower))
            yield return "The password must contain at least one lower-case letter.";
        if (!password.Any(char.IsDigit))
            yield return "The password must contain at least one digit.";
    }
}
