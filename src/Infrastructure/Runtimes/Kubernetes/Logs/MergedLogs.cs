using System.Runtime.CompilerServices;
using System.Text;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Logs;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;

/// <summary>Several logs as one.</summary>
internal static class MergedLogs
{
    /// <summary>The newest lines are held in memory until the oldest of them is known: no more of them than this.</summary>
    private const int MaxTailBytes = 8 * 1024 * 1024;

    private const int LineOverhead = 64;

    /// <summary>All lines in the order of their times; lines of one log stay in their order.</summary>
    public static async IAsyncEnumerable<LogLine> ByTimeAsync(
        IReadOnlyCollection<IAsyncEnumerable<LogLine>> logs, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var open = logs.Select(log => log.GetAsyncEnumerator(cancellationToken)).ToList();
        try
        {
            var heads = new PriorityQueue<int, (DateTimeOffset Time, int Index)>();
            for (var i = 0; i < open.Count; i++)
            {
                if (await open[i].MoveNextAsync())
                    heads.Enqueue(i, (open[i].Current.Time, i));
            }

            while (heads.TryDequeue(out var index, out _))
            {
                yield return open[index].Current;
                if (await open[index].MoveNextAsync())
                    heads.Enqueue(index, (open[index].Current.Time, index));
            }
        }
        finally
        {
            foreach (var log in open)
                await log.DisposeAsync();
        }
    }

    /// <summary>The last lines, with a marker in front where they are fewer than was asked for because they are too long.</summary>
    public static async IAsyncEnumerable<LogLine> TailAsync(
        IAsyncEnumerable<LogLine> log, int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var kept = new Queue<LogLine>();
        var (bytes, cut) = (0L, 0L);
        await foreach (var line in log.WithCancellation(cancellationToken))
        {
            kept.Enqueue(line);
            bytes += SizeOf(line);
            while (kept.Count > count)
                bytes -= SizeOf(kept.Dequeue());
            while (bytes > MaxTailBytes)
            {
                var size = SizeOf(kept.Dequeue());
                bytes -= size;
                cut += size;
            }
        }

        if (cut > 0 && kept.TryPeek(out var first))
            yield return first with { Source = LogSource.Server, Text = LogMarkers.Cut(cut) };
        while (kept.TryDequeue(out var line))
            yield return line;
    }

    private static int SizeOf(LogLine line) => Encoding.UTF8.GetByteCount(line.Text) + LineOverhead;
}
