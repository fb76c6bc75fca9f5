using System.Globalization;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

/// <summary>
/// Pods of this installation, told by the token that the cluster made for each: the cluster says whose it is, and the pod says which code it runs. Only tokens
/// that name a pod which is there are shown to the cluster.
/// </summary>
internal sealed class PodRecipients(IPodDirectory pods, KubernetesClient client) : ICodeRecipients
{
    public async Task<CodeRecipient?> IdentifyAsync(string token, CancellationToken cancellationToken)
    {
        if (PodToken.TryRead(token, CodeFetchPod.Audience) is not { } claimed)
            return null;

        // A pod may ask before the news of it has come here.
        var pod = pods.Find(claimed.Namespace, claimed.Pod);
        if (pod is null || pod.Metadata.Uid != claimed.Uid)
            throw new UnavailableException("This server doesn't know the pod that asks. If it is an agent's, that will change in a moment.");

        if (CodeOf(pod) is not { } recipient)
            return null;

        return await IsOfAsync(token, pod, cancellationToken) ? recipient : null;
    }

    private static CodeRecipient? CodeOf(Pod pod) =>
        ObjectLabels.TryGetAgent(pod.Metadata, out var agent)
        && int.TryParse(pod.Metadata.Annotations?.GetValueOrDefault(CodeFetchPod.CodeAnnotation), NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? new CodeRecipient(agent, revision)
            : null;

    private async Task<bool> IsOfAsync(string token, Pod pod, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.ReviewTokenAsync(token, CodeFetchPod.Audience, cancellationToken);
            return answer is { Authenticated: true, User: { } user } && answer.Audiences?.Contains(CodeFetchPod.Audience) == true && user.IsPod(pod.Metadata);
        }
        catch (Exception exception) when (Faults.IsClusterFault(exception))
        {
            throw new UnavailableException(Faults.Translate(exception, "check the token of an agent's pod").Message, exception);
        }
    }
}

/// <summary>The agents' pods that are known.</summary>
internal interface IPodDirectory
{
    /// <summary>Null when there is none of this installation's. Throws <see cref="UnavailableException"/> while it isn't known which there are.</summary>
    Pod? Find(string ns, string name);
}
