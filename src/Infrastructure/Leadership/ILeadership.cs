namespace StackAgent.Infrastructure.Leadership;

/// <summary>
/// Decides which of an installation's servers is the one that acts. It is a promise with an end: whoever leads stops by itself before anybody else can begin,
/// also when it can't reach whoever decides.
/// </summary>
public interface ILeadership
{
    /// <summary>What decides, for people.</summary>
    string Description { get; }

    /// <summary>Whether this server leads at this moment.</summary>
    bool IsLeading { get; }

    /// <summary>
    /// Waits until this server leads, however long that takes and whatever fails meanwhile. One term at a time: the one before has to be disposed.
    /// </summary>
    Task<ILeadershipTerm> AcquireAsync(CancellationToken cancellationToken);
}

/// <summary>The time for which this server leads. To be disposed when everything that was done in it has stopped: then another one may begin at once.</summary>
public interface ILeadershipTerm : IAsyncDisposable
{
    /// <summary>Cancelled as soon as the term is over.</summary>
    CancellationToken Lost { get; }

    /// <summary>
    /// Asks the clock instead of waiting for <see cref="Lost"/>: a process that was stopped for a while hasn't heard of its term's end when it goes on. To be asked
    /// before whatever must not be done by two.
    /// </summary>
    bool IsHeld { get; }
}
