using System.Text.Json;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>What the server says instead of an object, mostly when something failed.</summary>
internal sealed record Status
{
    public string? Message { get; init; }

    /// <summary>A stable word, such as <c>Forbidden</c>.</summary>
    public string? Reason { get; init; }

    public int? Code { get; init; }

    public StatusDetails? Details { get; init; }

    /// <summary>Null when the bytes are something else, such as a proxy's HTML page.</summary>
    public static Status? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, KubernetesJson.Default.Status);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal sealed record StatusDetails
{
    /// <summary>The kind that it is about, in the plural, such as <c>namespaces</c>; null when the path itself isn't known.</summary>
    public string? Kind { get; init; }

    public int? RetryAfterSeconds { get; init; }

    public IReadOnlyList<StatusCause>? Causes { get; init; }
}

internal sealed record StatusCause
{
    /// <summary>Such as <c>NamespaceTerminating</c>.</summary>
    public string? Reason { get; init; }
}
