using System.Globalization;

namespace StackAgent.Application.Common;

/// <summary>Times as RFC 3339 writes them: date, <c>T</c>, time with any number of decimals, and an offset.</summary>
public static class Rfc3339
{
    private const int MaxLength = 64;
    private const int WholeSecondsLength = 19;
    private const int KeptDecimals = 6;
    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK"];

    /// <summary>Reads a time, cut to whole microseconds and turned to UTC. False for anything else, a time without an offset included.</summary>
    public static bool TryParse(string text, out DateTimeOffset moment)
    {
        moment = default;
        if (text.Length is <= WholeSecondsLength or > MaxLength)
            return false;

        // .NET reads at most seven decimals; Go writes nine.
        var normal = text.ToUpperInvariant();
        var offsetStart = WholeSecondsLength;
        if (normal[WholeSecondsLength] == '.')
        {
            offsetStart++;
            while (offsetStart < normal.Length && char.IsAsciiDigit(normal[offsetStart]))
                offsetStart++;
            if (offsetStart == WholeSecondsLength + 1)
                return false;
        }

        var offset = normal[offsetStart..];
        if (offset is not "Z" && (offset.Length != "+00:00".Length || offset[0] is not ('+' or '-')))
            return false;

        normal = string.Concat(normal.AsSpan(0, Math.Min(offsetStart, WholeSecondsLength + 1 + KeptDecimals)), offset);
        if (!DateTimeOffset.TryParseExact(normal, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed))
            return false;

        moment = parsed.ToUniversalTime();
        return true;
    }
}
