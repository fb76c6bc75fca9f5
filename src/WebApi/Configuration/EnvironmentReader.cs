using System.Globalization;

namespace StackAgent.WebApi.Configuration;

/// <summary>Reads single variables and gathers a sentence for each bad one. An empty variable counts as absent, as in a compose file.</summary>
internal sealed class EnvironmentReader(IReadOnlyDictionary<string, string?> environment)
{
    private readonly List<string> _faults = [];

    public IReadOnlyList<string> Faults => _faults;

    public IReadOnlyDictionary<string, string?> Variables => environment;

    public void Refuse(string sentence) => _faults.Add(sentence);

    /// <summary>The trimmed value; null when absent or blank.</summary>
    public string? Text(string name) =>
        environment.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    /// <summary>The value exactly as given, for secrets; null when absent or empty.</summary>
    public string? Exact(string name) => environment.TryGetValue(name, out var value) && value is { Length: > 0 } ? value : null;

    public long Number(string name, long fallback, long min, long max)
    {
        if (Text(name) is not { } text)
            return fallback;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;

        Refuse($"{name} must be a whole number from {min} to {max}.");
        return fallback;
    }

    public int? OptionalNumber(string name, int min, int max) => Text(name) is null ? null : (int)Number(name, min, min, max);

    /// <summary>One of some words, given in any case and returned as it stands in <paramref name="allowed"/>; null when absent or bad.</summary>
    public string? Word(string name, params ReadOnlySpan<string> allowed)
    {
        if (Text(name) is not { } text)
            return null;
        foreach (var word in allowed)
        {
            if (string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
                return word;
        }

        Refuse($"{name} must be {string.Join(" or ", allowed.ToArray())}.");
        return null;
    }

    public bool Flag(string name, bool fallback) => Word(name, "true", "false") is { } word ? word == "true" : fallback;

    /// <summary>What is between commas, trimmed; empty when absent.</summary>
    public IReadOnlyList<string> List(string name) =>
        Text(name)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>An absolute http or https address without query, fragment and credentials; its trailing slash goes.</summary>
    public Uri? BaseUrl(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (TryHttp(text, out var url) && url.Query.Length == 0 && url.Fragment.Length == 0 && url.UserInfo.Length == 0)
            return new Uri(url.AbsoluteUri.TrimEnd('/'));

        Refuse($"{name} must be an address such as https://stackagent.example.com, without a query.");
        return null;
    }

    /// <summary>An absolute http or https address.</summary>
    public Uri? Url(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (TryHttp(text, out var url))
            return url;

        Refuse($"{name} must be an address that starts with http:// or https://.");
        return null;
    }

    /// <summary>A duration in seconds (<c>300</c>) or in Go's notation (<c>1h30m</c>, <c>500ms</c>).</summary>
    public TimeSpan? Duration(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (GoDuration.TryParse(text, out var duration))
            return duration;

        Refuse($"{name} must be a number of seconds or a duration such as 5m or 1h30m.");
        return null;
    }

    public static bool TryHttp(string text, out Uri url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url!) && url.Scheme is "http" or "https" && url.Host.Length > 0;
}
