using System.Buffers;
using System.Globalization;
using StackAgent.Infrastructure.Runtimes.Logs;

namespace StackAgent.Infrastructure.Runtimes.Local.Logs;

/// <summary>What one process writes to its agent's log, and its last lines in memory.</summary>
/// <param name="name">As <c>r3-17</c>: the 17th process of the agent, running its revision 3.</param>
/// <param name="log">The agent's.</param>
/// <param name="time">Paces an agent that writes without end.</param>
internal sealed class RunLog(string name, AgentLog log, TimeProvider time)
{
    private const int LastLinesKept = 20;
    private const int BufferSize = 32 * 1024;

    /// <summary>An agent that writes without end is slowed down to this many bytes a second, so that it doesn't cost the server a core.</summary>
    private const int MaxBytesPerSecond = 8 * 1024 * 1024;

    private readonly Queue<string> _lastLines = new(LastLinesKept);

    public string Name => name;

    /// <summary>What the process wrote last, oldest first.</summary>
    public IReadOnlyList<string> LastLines
    {
        get
        {
            lock (_lastLines)
                return [.. _lastLines];
        }
    }

    /// <summary>The number in a run's name; 0 for anything else.</summary>
    public static int NumberOf(string name) =>
        name.StartsWith('r') && name.IndexOf('-') is > 0 and var dash
        && int.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;

    /// <summary>Writes a line of the server's own, which isn't among those that the agent wrote.</summary>
    public void Remark(string text) => log.Append(name, StoredLine.Server, [text]);

    /// <summary>The process has ended; its lines are those of a previous run from now on.</summary>
    public void End() => log.End(name);

    /// <summary>Reads an output of the process until it ends, as fast as it comes.</summary>
    public async Task PumpAsync(Stream source, string stream, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        var lines = new LineSplitter(LogMarkers.MaxLineBytes);
        var (second, bytes) = (time.GetTimestamp(), 0L);
        try
        {
            while (await source.ReadAsync(buffer.AsMemory(0, BufferSize), cancellationToken) is > 0 and var count)
            {
                Append(stream, lines.Split(buffer.AsSpan(0, count)));
                if (time.GetElapsedTime(second) is var elapsed && elapsed >= TimeSpan.FromSeconds(1))
                    (second, bytes) = (time.GetTimestamp(), 0);
                else if ((bytes += count) > MaxBytesPerSecond)
                    await Task.Delay(TimeSpan.FromSeconds(1) - elapsed, time, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The process is gone, and whoever else held its output was given up.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (lines.Rest() is { } rest)
            Append(stream, [rest]);
    }

    private void Append(string stream, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
            return;

        lock (_lastLines)
        {
            foreach (var line in lines.TakeLast(LastLinesKept))
            {
                if (_lastLines.Count == LastLinesKept)
                    _lastLines.Dequeue();
                _lastLines.Enqueue(line);
            }
        }

        log.Append(name, stream, lines);
    }
}
