namespace StackAgent.Infrastructure.StatusLog;

/// <summary>
/// A session whose row is gone and whose reports still have to go. There may be a million of them, so they are deleted afterwards, a few
/// at a time.
/// </summary>
public sealed class SessionRemoval
{
    public Guid SessionId { get; init; }
}
