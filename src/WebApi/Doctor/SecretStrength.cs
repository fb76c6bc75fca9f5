namespace StackAgent.WebApi.Doctor;

/// <summary>Tells secrets that somebody thought of from random ones. It can't prove that one is random.</summary>
internal static class SecretStrength
{
    /// <summary>32 random hexadecimal digits have about 14 different ones, and less than this in one case of ten thousand.</summary>
    private const int FewestDifferent = 10;

    private static readonly string[] ExampleWords =
        ["secret", "password", "passwort", "changeme", "change-me", "change_me", "example", "default", "insecure", "development", "stackagent", "your-", "your_", "qwerty"];

    /// <summary>What is weak about it, to follow "it"; null when nothing is found.</summary>
    public static string? FindWeakness(string secret)
    {
        if (secret.Distinct().Count() < FewestDifferent)
            return "has few different characters";
        if ((secret + secret).IndexOf(secret, 1, StringComparison.Ordinal) < secret.Length)
            return "repeats itself";
        if (CountSteps(secret) * 2 > secret.Length)
            return "is a sequence";
        return Array.Exists(ExampleWords, word => secret.Contains(word, StringComparison.OrdinalIgnoreCase)) ? "looks like an example" : null;
    }

    /// <summary>How many characters are the same as, or follow, the one before.</summary>
    private static int CountSteps(string text) => text.Zip(text.Skip(1)).Count(pair => Math.Abs(pair.First - pair.Second) <= 1);
}
