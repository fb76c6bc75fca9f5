namespace StackAgent.Infrastructure.CodeStorage.Fetching;

/// <summary>Which code to fetch into which folder.</summary>
/// <param name="Source">Where a server gives it out: its address and <see cref="UrlPath"/>.</param>
/// <param name="TokenFile">Holds the token that says what may be fetched; read anew for each try.</param>
/// <param name="Digest">SHA-256 of the ZIP, 64 hexadecimal digits in lower case.</param>
/// <param name="Target">A folder of its own: what is in it goes.</param>
public sealed record CodeFetchRequest(Uri Source, string TokenFile, string Digest, string Target)
{
    /// <summary>The mode of the server's binary.</summary>
    public const string Verb = "fetch-code";

    public const string UrlOption = "--url";
    public const string TokenFileOption = "--token-file";
    public const string DigestOption = "--sha256";
    public const string TargetOption = "--to";

    /// <summary>Under a server's address. No part of the API that its document describes.</summary>
    public const string UrlPath = "/internal/code";

    /// <summary>How to call it.</summary>
    public const string Usage = $"usage: {Verb} {UrlOption} ADDRESS {TokenFileOption} FILE {DigestOption} DIGEST {TargetOption} FOLDER";

    /// <summary>Reads a command line, without the verb. Null when it isn't one.</summary>
    public static CodeFetchRequest? TryParse(IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 8)
            return null;

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Count; i += 2)
            values[arguments[i]] = arguments[i + 1];

        return values.TryGetValue(UrlOption, out var url)
            && Uri.TryCreate(url, UriKind.Absolute, out var source) && source.Scheme is "http" or "https"
            && values.TryGetValue(TokenFileOption, out var file) && file.Length > 0
            && values.TryGetValue(DigestOption, out var digest) && digest.Length == 64
            && values.TryGetValue(TargetOption, out var target) && target.Length > 0
                ? new CodeFetchRequest(source, file, digest, Path.GetFullPath(target))
                : null;
    }
}
