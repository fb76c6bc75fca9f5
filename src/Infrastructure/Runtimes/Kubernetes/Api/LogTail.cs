using System.Buffers;
using System.Text;
using StackAgent.Infrastructure.Runtimes.Logs;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>The end of a log that comes as a stream.</summary>
/// <param name="Lines">Oldest first.</param>
/// <param name="IsWhole">False when the stream stopped at the limit, so that the end is missing.</param>
internal readonly record struct LogTail(IReadOnlyList<string> Lines, bool IsWhole)
{
    private const int LeastTransfer = 1024 * 1024;
    private const int BufferSize = 16 * 1024;

    /// <summary>How much to ask the server for. More than is kept, since it counts from the wrong end.</summary>
    public static int TransferLimit(int limitBytes) => Math.Max(LeastTransfer, limitBytes);

    /// <summary>Keeps the last lines, and no more of them than <paramref name="limitBytes"/>.</summary>
    public static async Task<LogTail> ReadAsync(Stream stream, int maxLines, int limitBytes, CancellationToken cancellationToken)
    {
        var splitter = new LineSplitter(limitBytes);
        var lines = new Queue<(string Text, int Bytes)>();
        var (kept, read) = (0, 0L);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            {
                read += count;
                foreach (var line in splitter.Split(buffer.AsSpan(0, count)))
                    Keep(line);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (splitter.Rest() is { } rest)
            Keep(rest);
        return new LogTail([.. lines.Select(line => line.Text)], read < TransferLimit(limitBytes));

        void Keep(string line)
        {
            var bytes = Encoding.UTF8.GetByteCount(line) + 1;
            lines.Enqueue((line, bytes));
            kept += bytes;
            while (lines.Count > maxLines || (kept > limitBytes && lines.Count > 1))
                kept -= lines.Dequeue().Bytes;
        }
    }
}
