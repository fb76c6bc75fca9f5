using StackAgent.Application.Deployment;

namespace StackAgent.Infrastructure.Reconciliation;

/// <summary>
/// Hands keys to the present term's workers. What is added while another server leads is dropped: that one finds it in the rows, and so does the full pass with which
/// a term begins here.
/// </summary>
internal sealed class ReconcileQueue(ReconcilerOptions options, TimeProvider time) : IReconcileQueue
{
    private volatile KeyedWorkQueue<ReconcileKey>? _keys;

    public void Enqueue(ReconcileKey key) => _keys?.Add(key);

    /// <summary>An empty queue for a new term, which disposes it.</summary>
    public KeyedWorkQueue<ReconcileKey> Open() => _keys = new KeyedWorkQueue<ReconcileKey>(time, options.FirstRetry, options.MaxRetry);

    public void Close() => _keys = null;
}
