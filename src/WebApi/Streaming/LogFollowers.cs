using StackAgent.Domain.Common;

namespace StackAgent.WebApi.Streaming;

/// <summary>Counts who follows logs: each costs an open file, or in a cluster a connection for each pod.</summary>
internal sealed class LogFollowers
{
    public const int MaxOfOwner = 50;
    private const int Max = 1_000;

    private readonly Lock _sync = new();
    private readonly Dictionary<Guid, int> _owners = [];
    private int _all;

    /// <summary>Followers of all owners.</summary>
    public int Count
    {
        get
        {
            lock (_sync)
                return _all;
        }
    }

    /// <summary>A place until it is disposed; null when the owner has as many as anybody may have.</summary>
    public IDisposable? TryEnter(Guid ownerId)
    {
        lock (_sync)
        {
            if (_all >= Max)
                throw new UnavailableException("This server has as many followers of logs as it can serve; try again later.");
            if (_owners.GetValueOrDefault(ownerId) is var open && open >= MaxOfOwner)
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

    private sealed class Place(LogFollowers followers, Guid ownerId) : IDisposable
    {
        private LogFollowers? _followers = followers;

        public void Dispose() => Interlocked.Exchange(ref _followers, null)?.Leave(ownerId);
    }
}
