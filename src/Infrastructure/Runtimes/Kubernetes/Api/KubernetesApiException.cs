using System.Net;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>The API server answered, and the answer is no.</summary>
/// <param name="status">Also of an error that came as an event of a watch.</param>
/// <param name="reason">Kubernetes' word for it; the status's own name where the answer holds none.</param>
/// <param name="message">As the server put it.</param>
/// <param name="cause">A finer word, where there is one.</param>
/// <param name="retryAfter">The earliest time at which trying again makes sense, where the server said so.</param>
internal sealed class KubernetesApiException(HttpStatusCode status, string reason, string message, string? cause, TimeSpan? retryAfter)
    : Exception(message)
{
    private const int LongestMessage = 2_000;

    public HttpStatusCode Status { get; } = status;

    public string Reason { get; } = reason;

    public string? Cause { get; } = cause;

    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>The kind that the answer is about, in the plural; null when the server doesn't know the path.</summary>
    public string? ResourceKind { get; init; }

    /// <summary>The list or watch can't go on from where it stopped: the server has forgotten that state, or has itself been put back to one before it.</summary>
    public bool IsExpired => Status == HttpStatusCode.Gone || Cause == "ResourceVersionTooLarge";

    /// <summary>An answer that isn't success, with what of its body makes sense.</summary>
    public static KubernetesApiException From(HttpStatusCode code, Status? status, TimeSpan? retryAfter)
    {
        var word = code.ToString();
        var message = status?.Message is { Length: > 0 } said ? said : $"The API server answered {(int)code} ({word}).";
        return new KubernetesApiException(
            code,
            status?.Reason is { Length: > 0 } reason ? reason : word,
            message.Length <= LongestMessage ? message : message[..LongestMessage] + " …",
            status?.Details?.Causes?.Select(cause => cause.Reason).FirstOrDefault(),
            retryAfter ?? (status?.Details?.RetryAfterSeconds is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null))
        {
            ResourceKind = status?.Details?.Kind,
        };
    }
}
