using System.Buffers;
using System.Text;
using StackAgent.Application.Common;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>
/// What an agent writes: <c>agent.log</c> in its folder, each line as <c>time stream text</c>, and the last lines of the present run in memory.
/// When the file has reached its limit it becomes <c>agent.log.1</c>. A full disk costs lines, never the agent.
/// </summary>
internal sealed class AgentLog(string folder, long fileLimit, TimeProvider time) : IDisposable
{
    public const string FileName = "agent.log";
    public const string OldFileName = "agent.log.1";

    /// <summary>Bytes of one line that are kept.</summary>
    public const int MaxLineBytes = 8 * 1024;

    /// <summary>The stream that holds the server's own remarks.</summary>
    public const string ServerStream = "server";

    private const int LastLinesKept = 20;
    private const int BufferSize = 32 * 1024;

    /// <summary>An agent that writes without end is slowed down to this many bytes a second, so that it doesn't cost the server a core.</summary>
    private const int MaxBytesPerSecond = 8 * 1024 * 1024;

    private readonly Lock _sync = new();
    private readonly Queue<string> _lastLines = new(LastLinesKept);
    private FileStream? _file;
    private bool _disposed;

    /// <summary>What the present run wrote last, oldest first.</summary>
    public IReadOnlyList<string> LastLines
    {
        get
        {
            lock (_sync)
                return [.. _lastLines];
        }
    }

    /// <summary>A run begins: its folder exists.</summary>
    public void BeginRun(string remark)
    {
        lock (_sync)
            _lastLines.Clear();
        Remark(remark);
    }

    /// <summary>Writes a line of the server's own, which isn't among those that the agent wrote.</summary>
    public void Remark(string text) => Append(ServerStream, [text]);

    /// <summary>Reads an output of the agent until it ends, as fast as it comes.</summary>
    public async Task PumpAsync(Stream source, string stream, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        var lines = new LineSplitter(MaxLineBytes);
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

    public void Dispose()
    {
        lock (_sync)
        {
            _disposed = true;
            _file?.Dispose();
            _file = null;
        }
    }

    private void Append(string stream, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
            return;

        var prefix = $"{time.Now():yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'} {stream} ";
        var text = new StringBuilder();
        foreach (var line in lines)
            text.Append(prefix).Append(line).Append('\n');

        lock (_sync)
        {
            foreach (var line in stream == ServerStream ? [] : lines.TakeLast(LastLinesKept))
            {
                if (_lastLines.Count == LastLinesKept)
                    _lastLines.Dequeue();
                _lastLines.Enqueue(line);
            }

            if (_disposed)
                return;

            try
            {
                Write(Encoding.UTF8.GetBytes(text.ToString()));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A full disk, or the agent's folder is being removed. The next line tries again.
                _file?.Dispose();
                _file = null;
            }
        }
    }

    private void Write(byte[] bytes)
    {
        var path = Path.Combine(folder, FileName);
        _file ??= Open(path);
        _file.Write(bytes);
        if (_file.Length < fileLimit)
            return;

        _file.Dispose();
        _file = null;
        File.Move(path, Path.Combine(folder, OldFileName), overwrite: true);
    }

    private static FileStream Open(string path)
    {
        // The agent can write here too: a named pipe in the log's place, which has no length, would stop the server at opening it.
        var file = new FileInfo(path);
        if (file.Exists && (file.LinkTarget is not null || file.Length == 0))
            file.Delete();
        return new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }
}
