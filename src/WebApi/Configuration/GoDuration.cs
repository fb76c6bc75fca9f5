using System.Globalization;
using System.Text.RegularExpressions;

namespace StackAgent.WebApi.Configuration;

/// <summary>Durations as kubeagents' environment has them.</summary>
internal static class GoDuration
{
    // Keeps the sum of the parts far from what a TimeSpan can't hold.
    private const int LongestText = 40;

    private static readonly Regex Notation = new(
        @"^(?:(?<amount>\d{1,7}(?:\.\d{1,9})?)(?<unit>h|ms|m|s))+$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    private static readonly Regex Part = new(
        @"(?<amount>\d{1,7}(?:\.\d{1,9})?)(?<unit>h|ms|m|s)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            duration = TimeSpan.FromSeconds(seconds);
            return true;
        }

        if (text.Length > LongestText || !Notation.IsMatch(text))
            return false;

        foreach (Match part in Part.Matches(text))
        {
            var amount = double.Parse(part.Groups["amount"].Value, CultureInfo.InvariantCulture);
            duration += part.Groups["unit"].Value switch
            {
                "h" => TimeSpan.FromHours(amount),
                "m" => TimeSpan.FromMinutes(amount),
                "s" => TimeSpan.FromSeconds(amount),
                _ => TimeSpan.FromMilliseconds(amount),
            };
        }

        return duration <= TimeSpan.FromSeconds(int.MaxValue);
    }
}
