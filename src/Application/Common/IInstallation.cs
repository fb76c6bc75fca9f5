namespace StackAgent.Application.Common;

/// <summary>
/// Which StackAgent this is, to tell its things in a shared place from another's. As old as the database and the same for all servers that
/// share it.
/// </summary>
public interface IInstallation
{
    /// <summary>A random UUID (version 4), so that its first digits alone serve as well. Known from memory after the first call.</summary>
    ValueTask<Guid> GetIdAsync(CancellationToken cancellationToken);
}
