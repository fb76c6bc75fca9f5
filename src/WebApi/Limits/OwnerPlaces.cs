using StackAgent.Domain.Common;

namespace StackAgent.WebApi.Limits;

/// <summary>Counts who does at the same time what costs more than a request: how many an account may have, and how many this server.</summary>
/// <param name="ofOwner">So many of one account.</param>
/// <param name="all">So many in all.</param>
/// <param name="full">What is said when there are as many as this server can serve.</param>
internal abstract class OwnerPlaces(int ofOwner, int all, string full)
{
    private readonly Lock _sync = new();
    private readonly Dictionary<Guid, int> _owners = [];
    private int _all;

    /// <summary>How many are taken.</summary>
    public int Count
    {
        get
        {
            lock (_sync)
                return _all;
        }
    }

    /// <summary>A place until it is disposed; null when the owner has as many as anybody may have. Throws <see cref="UnavailableException"/> when all are taken.</summary>
    public IDisposable? TryEnter(Guid ownerId)
    {
        lock (_sync)
        {
            if (_all >= all)
                throw new UnavailableException(full);
            if (_owners.GetValueOrDefault(ownerId) is var open && open >= ofOwner)
                return null;

            _owners[ownerId] = open + 1;
            _all++;
            return new Place(this, ownerId);
        }
    }

    private void Leave(Guid ownerId)
    {
        lock (_sync)
        {
            _all--;
            if (--_owners[ownerId] == 0)
                _owners.Remove(ownerId);
        }
    }

    private sealed class Place(OwnerPlaces places, Guid ownerId) : IDisposable
    {
        private OwnerPlaces? _places = places;

        public void Dispose() => Interlocked.Exchange(ref _places, null)?.Leave(ownerId);
    }
}
