using System.Globalization;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>What the API server says of itself.</summary>
internal sealed record ClusterVersion
{
    public string Major { get; init; } = "";

    /// <summary>Some add a sign to it, as in <c>27+</c>.</summary>
    public string Minor { get; init; } = "";

    public string GitVersion { get; init; } = "";

    /// <summary>False when it can't be told.</summary>
    public bool IsBefore(int major, int minor) =>
        int.TryParse(Major, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
        && int.TryParse(Minor.TrimEnd('+'), NumberStyles.None, CultureInfo.InvariantCulture, out var second)
        && (first < major || (first == major && second < minor));
}
