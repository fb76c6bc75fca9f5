using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using StackAgent.Testing;

namespace StackAgent.Bench.Status;

/// <summary>
/// Event streams of one server, all read by a single thread through poll(2) and searched for no more than which session an event is about:
/// the reader shares the processor with the server it measures. They speak HTTP/1.0, so that no chunks interrupt the events.
/// </summary>
internal sealed partial class EventStreams : IDisposable
{
    private const short Readable = 1;
    private const int PollMilliseconds = 100;

    private readonly EventStream[] _streams;
    private readonly PollFile[] _files;
    private readonly Thread _thread;
    private readonly (int Report, long At)[] _arrivals;
    private readonly int _sessions;
    private volatile bool _isStopping;
    private int _count;

    private EventStreams(EventStream[] streams, int sessions, int capacity)
    {
        _streams = streams;
        _sessions = sessions;
        _arrivals = new (int, long)[capacity];
        _files = [.. streams.Select(stream => new PollFile { File = stream.File, Events = Readable })];
        _thread = new Thread(Read) { IsBackground = true };
    }

    /// <summary>Events that told of a change so far.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Streams that the server has closed.</summary>
    public int Closed => _streams.Count(stream => stream.IsClosed);

    /// <summary>The last event of a stream that the server has closed; null while there is none.</summary>
    public string? LastWords => Array.Find(_streams, stream => stream.IsClosed)?.LastEvent;

    /// <summary>
    /// The change of which each event told, counted over all sessions as <see cref="PacedReporter"/> does, and when it came. Only to be read
    /// when nothing arrives any more.
    /// </summary>
    public ReadOnlySpan<(int Report, long At)> Arrivals => _arrivals.AsSpan(0, Count);

    /// <summary>Opens the streams and waits until the server has accepted all of them.</summary>
    /// <param name="server">Where it is.</param>
    /// <param name="credential">Who asks.</param>
    /// <param name="paths">One for each stream.</param>
    /// <param name="sessions">How many sessions there are.</param>
    /// <param name="capacity">How many events there will be at most.</param>
    public static async Task<EventStreams> OpenAsync(Uri server, string credential, IEnumerable<string> paths, int sessions, int capacity)
    {
        var opened = paths.Select(path => new EventStream(server, credential, path, sessions)).ToArray();
        var streams = new EventStreams(opened, sessions, capacity);
        streams._thread.Start();
        await Eventually.TrueAsync(() => Array.TrueForAll(opened, stream => stream.IsOpen || stream.IsClosed), "all event streams to be open");
        if (Array.Find(opened, stream => stream.IsClosed) is { } closed)
        {
            streams.Dispose();
            throw new InvalidOperationException($"The server refused an event stream: {closed.LastEvent}");
        }

        return streams;
    }

    /// <summary>Waits until so many events have come, or none comes any more.</summary>
    public async Task DrainAsync(int expected)
    {
        var patience = TimeSpan.FromSeconds(3);
        var (count, since) = (Count, Stopwatch.GetTimestamp());
        while (count < expected && Stopwatch.GetElapsedTime(since) < patience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50));
            if (Count != count)
                (count, since) = (Count, Stopwatch.GetTimestamp());
        }
    }

    public void Dispose()
    {
        _isStopping = true;
        _thread.Join();
        foreach (var stream in _streams)
            stream.Dispose();
    }

    private void Read()
    {
        while (!_isStopping)
        {
            if (Poll(_files, (nuint)_files.Length, PollMilliseconds) <= 0)
                continue;
            for (var i = 0; i < _files.Length; i++)
            {
                if (_files[i].Returned != 0)
                    Read(i);
            }
        }
    }

    private void Read(int index)
    {
        var stream = _streams[index];
        stream.Receive();
        var now = Stopwatch.GetTimestamp();
        while (stream.TryNext(out var session, out var ordinal))
        {
            if (_count < _arrivals.Length)
                _arrivals[_count] = (ordinal * _sessions + session, now);
            Volatile.Write(ref _count, Math.Min(_count + 1, _arrivals.Length));
        }

        // poll passes over what is negative.
        if (stream.IsClosed)
            _files[index].File = -1;
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(Span<PollFile> files, nuint count, int timeout);

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollFile
    {
        public int File;
        public short Events;
        public short Returned;
    }

    private sealed class EventStream : IDisposable
    {
        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
        private readonly ushort[] _seen;
        private byte[] _buffer = new byte[16 << 10];
        private int _start;
        private int _end;

        public EventStream(Uri server, string credential, string path, int sessions)
        {
            _seen = new ushort[sessions];
            _socket.Connect(server.Host, server.Port);
            _socket.Send(Encoding.ASCII.GetBytes(
                $"GET {path} HTTP/1.0\r\nHost: {server.Authority}\r\nAuthorization: Bearer {credential}\r\nAccept: text/event-stream\r\n\r\n"));
            _socket.Blocking = false;
        }

        public int File => (int)_socket.Handle;

        public bool IsOpen { get; private set; }

        public bool IsClosed { get; private set; }

        public string LastEvent { get; private set; } = "";

        public void Receive()
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }

            if (_end == _buffer.Length)
                Array.Resize(ref _buffer, _buffer.Length * 2);
            var received = _socket.Receive(_buffer.AsSpan(_end), SocketFlags.None, out var error);
            _end += received;
            if (received > 0 || error == SocketError.WouldBlock)
                return;
            if (LastEvent.Length == 0)
                LastEvent = Encoding.UTF8.GetString(_buffer, _start, _end - _start);
            IsClosed = true;
        }

        /// <summary>Finds the next event about a session.</summary>
        /// <param name="session">Its number.</param>
        /// <param name="ordinal">How many events about this session this stream has had before.</param>
        public bool TryNext(out int session, out int ordinal)
        {
            (session, ordinal) = (0, 0);
            if (!IsOpen && !TryOpen())
                return false;

            while (_buffer.AsSpan(_start, _end - _start) is var rest && rest.IndexOf("\n\n"u8) is var end and >= 0)
            {
                var found = rest[..end];
                _start += end + 2;
                var topic = found.IndexOf(PacedReporter.TopicStart);
                if (topic >= 0 && found.IndexOf("event: session.status_changed\n"u8) >= 0)
                {
                    session = PacedReporter.SessionOf(found[topic..]);
                    ordinal = _seen[session]++;
                    return true;
                }

                // Not a heartbeat, which is a comment.
                if (!found.StartsWith(":"u8))
                    LastEvent = Encoding.UTF8.GetString(found);
            }

            return false;
        }

        public void Dispose() => _socket.Dispose();

        private bool TryOpen()
        {
            var received = _buffer.AsSpan(_start, _end - _start);
            var head = received.IndexOf("\r\n\r\n"u8);
            if (head < 0 || !received[..head].StartsWith("HTTP/1.1 200 "u8) && !received[..head].StartsWith("HTTP/1.0 200 "u8))
                return false;
            _start += head + 4;
            IsOpen = true;
            return true;
        }
    }
}
