using StackAgent.WebApi.Limits;

namespace StackAgent.WebApi.Streaming;

/// <summary>Counts who follows logs: each costs an open file, or in a cluster a connection for each pod.</summary>
internal sealed class LogFollowers() : OwnerPlaces(MaxOfOwner, Max, "This server has as many followers of logs as it can serve; try again later.")
{
    public const int MaxOfOwner = 50;
    private const int Max = 1_000;
}
