using Microsoft.Extensions.Logging;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>What all agents of a server share.</summary>
internal sealed record LocalAgentHost(
    LocalRuntimeOptions Options,
    ProcessMark Mark,
    ProcessSpawner Spawner,
    PortAllocator Ports,
    ObservationFeed Observations,
    TimeProvider Time,
    ILogger Logger);
