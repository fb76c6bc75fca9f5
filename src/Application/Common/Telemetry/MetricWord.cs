using System.Collections.Concurrent;

namespace StackAgent.Application.Common.Telemetry;

/// <summary>
/// Reasons as values of a metric's attribute. They come from outside (a cluster may invent any), and each new one is a time series for ever: so
/// only words, and only so many of them in a process; the rest is <c>other</c>.
/// </summary>
public static class MetricWord
{
    public const string Other = "other";
    private const int MaxWords = 100;
    private const int MaxLength = 60;

    private static readonly ConcurrentDictionary<string, string> Known = new(StringComparer.Ordinal);

    public static string Of(string? reason)
    {
        if (string.IsNullOrEmpty(reason))
            return Other;
        if (Known.TryGetValue(reason, out var known))
            return known;

        return Known.Count < MaxWords && reason.Length <= MaxLength && reason.All(char.IsAsciiLetterOrDigit) ? Known.GetOrAdd(reason, reason) : Other;
    }
}
