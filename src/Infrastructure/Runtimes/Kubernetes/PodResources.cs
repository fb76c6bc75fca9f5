using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>
/// What an agent's container asks for and may use: the server's defaults with the agent's own settings over them. Where one of the two amounts is the
/// agent's own and the other a default that contradicts it, the default gives way: a request above the default limit is the limit too, and a limit
/// below the default request is the request too.
/// </summary>
internal static class PodResources
{
    public static ResourceRequirements Of(AgentResources defaults, ResourceSettings? own)
    {
        var (cpuRequest, cpuLimit) = Pair(own?.Requests?.Cpu, own?.Limits?.Cpu, defaults.CpuRequest, defaults.CpuLimit);
        var (memoryRequest, memoryLimit) = Pair(own?.Requests?.Memory, own?.Limits?.Memory, defaults.MemoryRequest, defaults.MemoryLimit);
        var combined = new AgentResources { CpuRequest = cpuRequest, CpuLimit = cpuLimit, MemoryRequest = memoryRequest, MemoryLimit = memoryLimit };
        return new ResourceRequirements { Requests = combined.Requests, Limits = combined.Limits };
    }

    private static (string Request, string Limit) Pair(string? ownRequest, string? ownLimit, string request, string limit) => (ownRequest, ownLimit) switch
    {
        (null, null) => (request, limit),
        ({ } wanted, null) => (wanted, IsMore(wanted, limit) ? wanted : limit),
        (null, { } most) => (IsMore(request, most) ? most : request, most),
        _ => (ownRequest, ownLimit),
    };

    private static bool IsMore(string one, string other) =>
        Quantity.TryParse(one, out var amount) && Quantity.TryParse(other, out var than) && amount > than;
}
