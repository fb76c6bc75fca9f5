using System.Net;
using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>What a failure of the cluster means to whoever asked for something: no, or not now.</summary>
internal static class Faults
{
    /// <summary>The namespace has what it may have.</summary>
    public const string QuotaExceeded = "ExceededQuota";

    private const string NamespaceTerminating = "NamespaceTerminating";

    /// <summary>
    /// A <see cref="RuntimeRefusedException"/> or a <see cref="RuntimeUnavailableException"/>; whatever isn't the cluster's failure comes back
    /// as it is.
    /// </summary>
    /// <param name="exception">As thrown by <see cref="KubernetesClient"/>.</param>
    /// <param name="what">What was tried, to follow "couldn't", for example <c>make the Deployment</c>.</param>
    public static Exception Translate(Exception exception, string what) => exception switch
    {
        KubernetesApiException answer => Translate(answer, what),
        KubernetesConnectionException connection => new RuntimeUnavailableException(
            connection.Reason, $"StackAgent couldn't {what}. {connection.Message}", cause: connection),
        HttpRequestException or TimeoutException => Translate(KubernetesConnectionException.From(exception), what),
        _ => exception,
    };

    /// <summary>Whether the exception is a failure of the cluster, which <see cref="Translate(Exception, string)"/> explains.</summary>
    public static bool IsClusterFault(Exception exception) => exception is KubernetesApiException or KubernetesConnectionException;

    /// <summary>An object of ours is on its way out, and has to be gone before another can take its place.</summary>
    public static RuntimeUnavailableException BeingRemoved(ResourceKind kind) => new(
        kind == Namespace.Kind ? NamespaceTerminating : "BeingRemoved",
        $"The cluster is still removing a {kind.Name} of the same name; it is made anew when that is done.");

    /// <summary>What the cluster holds isn't known yet.</summary>
    /// <param name="trouble">Why; null: it is only being read.</param>
    public static RuntimeUnavailableException NotSynced(InformerTrouble? trouble) => trouble is null
        ? new RuntimeUnavailableException("ClusterBeingRead", "StackAgent is still reading what the cluster holds.")
        : new RuntimeUnavailableException(trouble.Reason, trouble.Message);

    private static Exception Translate(KubernetesApiException answer, string what)
    {
        var said = $"Kubernetes says: {answer.Message}";
        return answer.Status switch
        {
            HttpStatusCode.Unauthorized => Later(
                answer,
                $"The cluster refuses StackAgent's credentials, so it couldn't {what}. They are wrong or have expired: renew them in the kubeconfig or "
                + "the service account's token.",
                KubernetesConnectionException.CredentialsRefused),
            HttpStatusCode.Forbidden when answer.Cause == NamespaceTerminating => Later(
                answer, $"StackAgent couldn't {what} because the namespace is being removed; it tries again when that is done.", NamespaceTerminating),
            HttpStatusCode.Forbidden when Says(answer, "exceeded quota") => Never(
                answer, $"StackAgent couldn't {what} because the stack has used up its quota. Remove agents, or have the quota raised. {said}", QuotaExceeded),
            HttpStatusCode.Forbidden when Says(answer, "cannot ") => Never(
                answer,
                $"StackAgent's account may not {what}. Apply deploy/base/rbac.yaml or ask the cluster's administrator for the right. {said}"),
            HttpStatusCode.Forbidden => Never(answer, $"A rule of the cluster doesn't let StackAgent {what}. {said}"),
            HttpStatusCode.NotFound when answer.ResourceKind is null => Never(
                answer, $"StackAgent couldn't {what} because the cluster doesn't know this kind of object; it needs Kubernetes 1.20 or later. {said}"),
            HttpStatusCode.NotFound => Later(answer, $"StackAgent couldn't {what} because something it belongs to isn't there; it tries again. {said}"),
            HttpStatusCode.Conflict => Later(answer, $"StackAgent couldn't {what} because somebody else changed it just then; it tries again. {said}"),
            HttpStatusCode.TooManyRequests => Later(answer, $"StackAgent couldn't {what} because the cluster has too much to do; it tries again."),
            HttpStatusCode.RequestTimeout => Later(answer, $"StackAgent couldn't {what} because the cluster took too long; it tries again."),
            >= HttpStatusCode.InternalServerError => Later(
                answer, $"StackAgent couldn't {what} because the cluster's API server failed; it tries again. {said}"),
            >= HttpStatusCode.BadRequest and not HttpStatusCode.Gone => Never(answer, $"The cluster refused to {what}. {said}"),
            _ => Later(answer, $"StackAgent couldn't {what}; it tries again. {said}"),
        };
    }

    private static bool Says(KubernetesApiException answer, string words) => answer.Message.Contains(words, StringComparison.Ordinal);

    private static RuntimeUnavailableException Later(KubernetesApiException answer, string message, string? reason = null) =>
        new(reason ?? answer.Reason, message, answer.RetryAfter, answer);

    private static RuntimeRefusedException Never(KubernetesApiException answer, string message, string? reason = null) =>
        new(reason ?? answer.Reason, message);
}
