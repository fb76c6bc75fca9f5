using StackAgent.Infrastructure.Leadership;

namespace StackAgent.Infrastructure.IntegrationTests.Reconciliation;

/// <summary>Leads when the test says so.</summary>
internal sealed class ManualLeadership : ILeadership
{
    private readonly SemaphoreSlim _granted = new(0);
    private volatile Term? _term;
    private int _ended;

    public string Description => "the test";

    public bool IsLeading => _term is { IsHeld: true };

    /// <summary>Terms in which everything has stopped.</summary>
    public int Ended => Volatile.Read(ref _ended);

    /// <summary>Lets the server lead, now or when it asks for it.</summary>
    public void Grant() => _granted.Release();

    /// <summary>Ends the term.</summary>
    /// <param name="isTold">False: the clock alone says so, as after a stop of the process, until <see cref="Tell"/>.</param>
    public void Take(bool isTold = true)
    {
        _term!.IsHeld = false;
        if (isTold)
            Tell();
    }

    public void Tell() => _term!.Source.Cancel();

    public async Task<ILeadershipTerm> AcquireAsync(CancellationToken cancellationToken)
    {
        await _granted.WaitAsync(cancellationToken);
        return _term = new Term(this);
    }

    private sealed class Term(ManualLeadership leadership) : ILeadershipTerm
    {
        private volatile bool _isHeld = true;

        public CancellationTokenSource Source { get; } = new();

        public CancellationToken Lost => Source.Token;

        public bool IsHeld
        {
            get => _isHeld;
            set => _isHeld = value;
        }

        public ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref leadership._ended);
            return ValueTask.CompletedTask;
        }
    }
}
