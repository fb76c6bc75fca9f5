using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>
/// Agents' environments, a Secret for each revision. Secrets can neither be listed nor watched, so the Deployment bears the note that earlier ones may be
/// there, from before the first pod could need the new one until the earlier are gone: a crash in between forgets none.
/// </summary>
internal sealed class AgentSecrets(KubernetesClient client, ObjectWriter writer, AgentMonitor monitor, TimeProvider time, ILogger logger)
{
    /// <summary>What can't be watched is applied again after so long.</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(4);

    private readonly ConcurrentDictionary<AgentRef, long> _checkedAt = [];

    /// <summary>What the Deployment's note says.</summary>
    public static bool AreThereEarlierOnes(Deployment deployment) =>
        deployment.Metadata.Annotations?.ContainsKey(AgentObjects.EarlierSecretsAnnotation) == true;

    /// <summary>Makes sure of the revision's Secret, unless what runs shows that it was there not long ago.</summary>
    public async Task EnsureAsync(Secret secret, AgentSpec agent, Deployment? running, CancellationToken cancellationToken)
    {
        if (!IsDue(agent, running))
            return;

        await writer.EnsureAsync(secret, present: null, cancellationToken);
        _checkedAt[agent.Agent] = time.GetTimestamp();
    }

    /// <summary>Removes earlier revisions' Secrets once only pods of this one are left. Returns whether there may still be any.</summary>
    public async Task<bool> RemoveEarlierAsync(Secret secret, AgentSpec agent, Deployment? running, CancellationToken cancellationToken)
    {
        if (running is null)
            return agent.Revision > 1;
        if (!IsOf(agent, running))
            return true;
        if (!AreThereEarlierOnes(running) || !AgentDoctor.IsComplete(running))
            return AreThereEarlierOnes(running);

        try
        {
            await client.DeleteAllAsync<Secret>(
                Stack.NamespaceFor(agent.Agent.StackId), ObjectLabels.SelectorOf(agent.Agent), $"metadata.name!={secret.Metadata.Name}", cancellationToken);
            return false;
        }
        catch (Exception exception) when (Faults.IsClusterFault(exception))
        {
            // The agent runs as it should. The note stays, so a later pass tries again.
            logger.LogWarning("Secrets of earlier revisions of agent {AgentId} couldn't be removed ({Cause})", agent.Agent.AgentId, exception.Message);
            return true;
        }
    }

    public Task RemoveAllAsync(AgentRef agent, CancellationToken cancellationToken) =>
        client.DeleteAllAsync<Secret>(Stack.NamespaceFor(agent.StackId), ObjectLabels.SelectorOf(agent), fieldSelector: null, cancellationToken);

    public void Forget(AgentRef agent) => _checkedAt.TryRemove(agent, out _);

    public void ForgetAll() => _checkedAt.Clear();

    private static bool IsOf(AgentSpec agent, Deployment? running) =>
        running?.Spec.Template?.Metadata?.Annotations?.GetValueOrDefault(AgentObjects.SpecAnnotation) == AgentObjects.SpecDigest(agent);

    /// <summary>A Deployment that is as it should be shows that its Secret was; whether it still is has to be made sure of now and then.</summary>
    private bool IsDue(AgentSpec agent, Deployment? running)
    {
        if (!IsOf(agent, running) || monitor.TakeSecretMissing(agent.Agent))
            return true;

        return time.GetElapsedTime(_checkedAt.GetOrAdd(agent.Agent, _ => time.GetTimestamp())) >= CheckInterval;
    }
}
