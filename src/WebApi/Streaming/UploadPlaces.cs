using StackAgent.WebApi.Limits;

namespace StackAgent.WebApi.Streaming;

/// <summary>Counts uploads that are arriving: each takes as much of the disk as its code does unpacked, before anybody knows whether it is any good.</summary>
internal sealed class UploadPlaces() : OwnerPlaces(MaxOfOwner, Max, "This server has as many uploads under way as it can take; try again later.")
{
    public const int MaxOfOwner = 4;
    private const int Max = 32;
}
