using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>The pods of each agent.</summary>
internal sealed class PodIndex
{
    private readonly Dictionary<AgentRef, Dictionary<string, Pod>> _pods = [];
    private readonly Lock _lock = new();

    /// <summary>Takes over a change. Returns the agent whose pod it is; null when it is nobody's.</summary>
    public AgentRef? Update(Pod? old, Pod? @new)
    {
        if ((@new ?? old)?.Metadata is not { } meta || !ObjectLabels.TryGetAgent(meta, out var agent))
            return null;

        lock (_lock)
        {
            if (!_pods.TryGetValue(agent, out var pods))
                _pods[agent] = pods = new Dictionary<string, Pod>(StringComparer.Ordinal);

            if (@new is not null)
                pods[meta.Name] = @new;
            else if (pods.Remove(meta.Name) && pods.Count == 0)
                _pods.Remove(agent);
        }

        return agent;
    }

    public IReadOnlyCollection<(AgentRef Agent, Pod Pod)> All()
    {
        lock (_lock)
            return [.. _pods.SelectMany(agent => agent.Value.Values.Select(pod => (agent.Key, pod)))];
    }

    public IReadOnlyCollection<Pod> Of(AgentRef agent)
    {
        lock (_lock)
            return _pods.TryGetValue(agent, out var pods) ? [.. pods.Values] : [];
    }
}
