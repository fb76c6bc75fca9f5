namespace StackAgent.Bench;

internal static class Figures
{
    public const double Mebi = 1024 * 1024;

    public static double Median(this IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The nearest rank: the smallest value that at least this part of all doesn't exceed.</summary>
    public static double Percentile(this double[] sorted, double part) =>
        sorted[Math.Clamp((int)Math.Ceiling(sorted.Length * part) - 1, 0, sorted.Length - 1)];

    public static string Mb(double bytes) => $"{bytes / Mebi:F1}";
}
