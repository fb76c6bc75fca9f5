using System.Net;
using System.Net.Sockets;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>Where an agent's pods answer, one after the other.</summary>
internal sealed class PodEndpoints
{
    private uint _turn;

    /// <summary>One of those that are ready, and haven't been told to end; null when there is none.</summary>
    public Uri? Pick(IReadOnlyCollection<Pod> pods)
    {
        var ready = pods.Where(IsReady).Select(AddressOf).OfType<Uri>().ToList();
        return ready.Count > 1 ? ready[(int)(Interlocked.Increment(ref _turn) % (uint)ready.Count)] : ready.FirstOrDefault();
    }

    private static bool IsReady(Pod pod) =>
        pod.Metadata.DeletionTimestamp is null && pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;

    /// <summary>At the pod's own port: pods of the revision before may have another one.</summary>
    private static Uri? AddressOf(Pod pod) => IPAddress.TryParse(pod.Status?.PodIp, out var address)
        ? new Uri($"http://{(address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : $"{address}")}:{AgentPod.PortOf(pod.Spec)}")
        : null;
}
