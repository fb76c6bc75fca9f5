namespace StackAgent.Infrastructure.Leadership;

/// <summary>For a server that is the only one by nature: its database is a file.</summary>
internal sealed class AloneLeadership : ILeadership
{
    public string Description => "being the only server";

    public bool IsLeading => true;

    public Task<ILeadershipTerm> AcquireAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<ILeadershipTerm>(new EndlessTerm());
    }

    private sealed class EndlessTerm : ILeadershipTerm
    {
        public CancellationToken Lost => CancellationToken.None;

        public bool IsHeld => true;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
