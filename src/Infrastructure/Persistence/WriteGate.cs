namespace StackAgent.Infrastructure.Persistence;

/// <summary>
/// Queues this process's writers where the database has only one write lock (SQLite): waiting here is fair and costs no thread, while
/// SQLite's own busy handler sleeps and polls. Open for PostgreSQL.
/// </summary>
public sealed class WriteGate(bool oneWriter) : IDisposable
{
    private readonly SemaphoreSlim? _semaphore = oneWriter ? new SemaphoreSlim(1, 1) : null;

    public async ValueTask<IDisposable?> EnterAsync(CancellationToken cancellationToken)
    {
        if (_semaphore is null)
            return null;

        await _semaphore.WaitAsync(cancellationToken);
        return new Exit(_semaphore);
    }

    public void Dispose() => _semaphore?.Dispose();

    private sealed class Exit(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
