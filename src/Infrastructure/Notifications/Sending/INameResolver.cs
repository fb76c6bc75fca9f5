using System.Collections.Concurrent;
using System.Net;

namespace StackAgent.Infrastructure.Notifications.Sending;

/// <summary>Finds the addresses of a name.</summary>
internal interface INameResolver
{
    /// <summary>The addresses, best first. Throws <see cref="System.Net.Sockets.SocketException"/> when there are none.</summary>
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken);
}

/// <summary>
/// Asks the operating system, which blocks a thread until it knows. Name servers that never answer would take the pool's threads from
/// requests, so these threads are its own: one for a name at a time, whoever asks, and a limited number for all.
/// </summary>
internal sealed class SystemNameResolver : INameResolver
{
    private const int MaxThreads = 64;

    private readonly SemaphoreSlim _threads = new(MaxThreads);
    private readonly ConcurrentDictionary<string, Lazy<Task<IPAddress[]>>> _asking = new(StringComparer.OrdinalIgnoreCase);

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
        _asking.GetOrAdd(host, name => new Lazy<Task<IPAddress[]>>(() => AskAsync(name))).Value.WaitAsync(cancellationToken);

    /// <summary>Others may wait for the same answer, so it isn't given up when one of them does.</summary>
    private async Task<IPAddress[]> AskAsync(string host)
    {
        await _threads.WaitAsync();
        try
        {
            return await Task.Factory.StartNew(
                () => Dns.GetHostAddresses(host), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            _asking.TryRemove(host, out _);
            _threads.Release();
        }
    }
}
