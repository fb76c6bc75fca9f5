using System.Globalization;
using StackAgent.Infrastructure.Runtimes.Logs;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>Which log of which container, and how much of it.</summary>
internal sealed record LogRequest(string Namespace, string Pod, string Container)
{
    /// <summary>Of the run before the present one.</summary>
    public bool Previous { get; init; }

    /// <summary>Until the container ends.</summary>
    public bool Follow { get; init; }

    /// <summary>No more than so many of the newest lines that are there.</summary>
    public int? TailLines { get; init; }

    /// <summary>Kubernetes knows whole seconds only: lines from the beginning of this one.</summary>
    public DateTimeOffset? Since { get; init; }

    public string Path
    {
        get
        {
            var tail = TailLines is { } lines ? string.Create(CultureInfo.InvariantCulture, $"&tailLines={lines}") : "";
            var since = Since is { } moment ? string.Create(CultureInfo.InvariantCulture, $"&sinceTime={moment.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}") : "";
            return $"{Kubernetes.Api.Pod.Kind.ObjectPath(Namespace, Pod)}/log?container={Uri.EscapeDataString(Container)}&timestamps=true"
                + $"{(Previous ? "&previous=true" : "")}{(Follow ? "&follow=true" : "")}{tail}{since}";
        }
    }
}

/// <summary>One line of a container's log.</summary>
/// <param name="Time">When it was written (UTC).</param>
/// <param name="Text">Without its line break.</param>
internal readonly record struct LogEntry(DateTimeOffset Time, string Text);

/// <summary>A log as it comes from the API server, a line with its time at a time. Holds no more than it has just received.</summary>
internal sealed class LogStream : IDisposable
{
    /// <summary>What a node answers, as if it were the log, when it has cleaned up the container since.</summary>
    private const string Gone = "unable to retrieve container logs for ";

    private const int BufferSize = 16 * 1024;

    /// <summary>Longest time, and the space after it.</summary>
    private const int TimeBytes = 40;

    private readonly HttpResponseMessage _response;
    private readonly Stream _body;
    private readonly TimeSpan _idleLimit;
    private readonly CancellationTokenSource _idle;
    private readonly LineSplitter _splitter = new(LogMarkers.MaxLineBytes + TimeBytes);
    private readonly byte[] _buffer = new byte[BufferSize];
    private List<string> _lines = [];
    private int _next;
    private bool _isOver;

    /// <summary>Takes over the response.</summary>
    public LogStream(HttpResponseMessage response, Stream body, TimeSpan idleLimit, TimeProvider time)
    {
        _response = response;
        _body = body;
        _idleLimit = idleLimit;
        _idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    /// <summary>
    /// Whether the node ended the log with a sentence of its own, which isn't among the lines: it couldn't go on, for example because it was just beginning
    /// another file.
    /// </summary>
    public bool WasCutShort { get; private set; }

    /// <summary>Whether what looks like a log says that there is none any more.</summary>
    public static bool IsGone(string line) => line.StartsWith(Gone, StringComparison.Ordinal);

    /// <summary>The next line; null at the end. Throws <see cref="KubernetesConnectionException"/> when the connection breaks, or says nothing for too long.</summary>
    public async ValueTask<LogEntry?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (_next < _lines.Count)
            {
                if (Parse(_lines[_next++]) is { } entry)
                    return entry;
            }

            if (_isOver)
                return null;

            (_lines, _next) = ([], 0);
            var count = await ReceiveAsync(cancellationToken);
            if (count > 0)
            {
                _lines = _splitter.Split(_buffer.AsSpan(0, count));
                continue;
            }

            _isOver = true;
            if (_splitter.Rest() is { } rest)
                _lines.Add(rest);
        }
    }

    /// <summary>Ends what is being read as if the connection had broken.</summary>
    public void GiveUp() => _idle.Cancel();

    public void Dispose()
    {
        _idle.Dispose();
        _response.Dispose();
    }

    private async Task<int> ReceiveAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_idle.Token, cancellationToken);
        _idle.CancelAfter(_idleLimit);
        try
        {
            return await _body.ReadAsync(_buffer, either.Token);
        }
        catch (Exception exception) when (KubernetesConnectionException.IsConnectionFailure(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw KubernetesConnectionException.From(exception);
        }
        finally
        {
            // A reader that takes its time isn't a server that does.
            if (!_idle.IsCancellationRequested)
                _idle.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Null for what is no line of the log: each of those has its time.</summary>
    private LogEntry? Parse(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        if (space > 0 && DateTimeOffset.TryParse(line.AsSpan(0, space), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time))
            return new LogEntry(time, line[(space + 1)..]);

        WasCutShort |= !IsGone(line);
        return null;
    }
}
