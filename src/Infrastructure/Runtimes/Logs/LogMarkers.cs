using System.Globalization;

namespace StackAgent.Infrastructure.Runtimes.Logs;

/// <summary>The words that stand in a log where something is missing, the same for every runtime.</summary>
internal static class LogMarkers
{
    /// <summary>The most bytes of one line that are kept; what follows is <see cref="OfLine"/>.</summary>
    public const int MaxLineBytes = 8 * 1024;

    private const double Step = 1024;

    /// <summary>Stands in place of whole lines, as a line of the server's own: <c>[… 1.2 MB cut …]</c>.</summary>
    /// <param name="bytes">How much is missing, about.</param>
    public static string Cut(long bytes) => $"[… {Size(bytes)} cut …]";

    /// <summary>As <see cref="Cut(long)"/>, where nobody knows how much is missing.</summary>
    public static string CutUnknown() => "[… lines cut …]";

    /// <summary>Ends a line that was too long.</summary>
    public static string OfLine(long bytes) => $" {Cut(bytes)}";

    private static string Size(long bytes) => bytes switch
    {
        < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / Step:0.#} KB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / Step / Step:0.#} MB"),
    };
}
