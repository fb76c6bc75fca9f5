using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace StackAgent.Infrastructure.Runtimes.Local.Logs;

/// <summary>
/// One file of a log, opened for reading. What was opened stays readable when the file is set aside or removed. Holds no buffer of its own and no
/// more than one block of the file in memory while it is read.
/// </summary>
internal sealed class LogFile : IDisposable
{
    private const int Block = 64 * 1024;

    private readonly SafeFileHandle _handle;

    private LogFile(SafeFileHandle handle) => _handle = handle;

    public long Length => RandomAccess.GetLength(_handle);

    /// <summary>Null when there is nothing to read. The agent can write to the folder: links and pipes, which have no length, aren't opened.</summary>
    public static LogFile? TryOpen(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, LinkTarget: null, Length: > 0 }
                ? new LogFile(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
                : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The complete lines of the next block between two offsets.</summary>
    public async Task<LogBlock> ReadAsync(long start, long end, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Block);
        try
        {
            var count = await RandomAccess.ReadAsync(_handle, buffer.AsMemory(0, (int)Math.Clamp(end - start, 0, Block)), start, cancellationToken);
            var complete = buffer.AsSpan(0, count).LastIndexOf((byte)'\n') + 1;

            // A block without a line break isn't the server's work, and is passed over.
            return new LogBlock(Parse(buffer.AsSpan(0, complete)), start + (complete == 0 && count == Block ? count : complete), start + count);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The complete lines among the file's last <paramref name="bytes"/>, all at once: for the moments when a file gives way to the next.</summary>
    public IReadOnlyList<StoredLogLine> ReadEnd(long bytes)
    {
        var length = Length;
        var buffer = new byte[Math.Min(bytes, length)];
        ReadOnlySpan<byte> text = buffer.AsSpan(0, RandomAccess.Read(_handle, buffer, length - buffer.Length));
        if (buffer.Length < length)
            text = text[(text.IndexOf((byte)'\n') + 1)..];

        return Parse(text);
    }

    /// <summary>Looks at lines from the last one back, until <paramref name="look"/> says where to begin or <paramref name="floor"/> is reached.</summary>
    /// <returns>The offset of the earliest line that was to be included.</returns>
    public async Task<long> FindBackwardsAsync(long floor, long end, Func<StoredLogLine, Glance> look, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Block);
        var found = end;
        try
        {
            while (end > floor)
            {
                var start = Math.Max(floor, end - Block);
                var count = await RandomAccess.ReadAsync(_handle, buffer.AsMemory(0, (int)(end - start)), start, cancellationToken);

                // A block in the middle of the file begins in the middle of a line, which is left to the block before.
                var first = start > 0 ? buffer.AsSpan(0, count).IndexOf((byte)'\n') + 1 : 0;
                var last = buffer.AsSpan(0, count).LastIndexOf((byte)'\n') + 1;
                for (var to = last; to > first;)
                {
                    var from = buffer.AsSpan(0, to - 1).LastIndexOf((byte)'\n') + 1;
                    if (StoredLine.TryParse(buffer.AsSpan(from, to - 1 - from), out var line))
                    {
                        var glance = look(line);
                        if (glance is Glance.Include or Glance.IncludeAndStop)
                            found = start + from;
                        if (glance is Glance.Stop or Glance.IncludeAndStop)
                            return found;
                    }

                    to = from;
                }

                end = first > 0 && first < count ? start + first : start;
            }

            return found;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose() => _handle.Dispose();

    private static List<StoredLogLine> Parse(ReadOnlySpan<byte> text)
    {
        List<StoredLogLine> lines = [];
        while (text.IndexOf((byte)'\n') is >= 0 and var end)
        {
            if (StoredLine.TryParse(text[..end], out var line))
                lines.Add(line);
            text = text[(end + 1)..];
        }

        return lines;
    }
}

/// <summary>Lines that stand together in a file.</summary>
/// <param name="Lines">Oldest first.</param>
/// <param name="End">The offset after them, where to go on.</param>
/// <param name="Examined">How far was looked: from <see cref="End"/> on there is the beginning of a line that isn't whole yet.</param>
internal readonly record struct LogBlock(IReadOnlyList<StoredLogLine> Lines, long End, long Examined);

/// <summary>What came of a look at a line.</summary>
internal enum Glance
{
    PassOver,
    Include,
    IncludeAndStop,
    Stop,
}
