using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace StackAgent.WebApi.Authentication;

/// <summary>
/// Counts attempts by partition in windows of fixed length that begin with a partition's first attempt. In memory and bounded: past the
/// capacity the oldest windows are forgotten. The framework's limiters can't take a count back, which a successful login does.
/// </summary>
internal sealed class AttemptCounter(TimeProvider time, int limit, TimeSpan window, int capacity = AttemptCounter.DefaultCapacity)
{
    private const int DefaultCapacity = 50_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, Window> _windows = [];

    // In order of their starts, which is the order of their ends. Holds windows that were reset as well.
    private readonly Queue<Window> _order = new();

    /// <summary>How many partitions are being counted.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _windows.Count;
        }
    }

    /// <summary>Counts an attempt. False when the partition has had its share; then <paramref name="retryAfter"/> says how long to wait.</summary>
    public bool TryCount(string partition, out TimeSpan retryAfter)
    {
        var key = KeyOf(partition);
        var now = time.GetTimestamp();
        lock (_lock)
        {
            while (_order.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Start, now) >= window)
                ForgetOldest();

            if (!_windows.TryGetValue(key, out var current))
            {
                if (_order.Count >= capacity)
                    ForgetOldest();
                current = new Window(key, now);
                _windows.Add(key, current);
                _order.Enqueue(current);
            }

            retryAfter = window - time.GetElapsedTime(current.Start, now);
            if (current.Attempts >= limit)
                return false;

            current.Attempts++;
            return true;
        }
    }

    /// <summary>Starts a partition's count anew.</summary>
    public void Reset(string partition)
    {
        var key = KeyOf(partition);
        lock (_lock)
            _windows.Remove(key);
    }

    private void ForgetOldest()
    {
        var oldest = _order.Dequeue();
        if (_windows.TryGetValue(oldest.Key, out var current) && ReferenceEquals(current, oldest))
            _windows.Remove(oldest.Key);
    }

    /// <summary>A partition's text comes from outside and may be long; its key isn't.</summary>
    private static UInt128 KeyOf(string partition) =>
        BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(partition)));

    private sealed class Window(UInt128 key, long start)
    {
        public UInt128 Key { get; } = key;

        public long Start { get; } = start;

        public int Attempts { get; set; }
    }
}
