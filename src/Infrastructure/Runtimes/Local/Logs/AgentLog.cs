using System.Text;
using StackAgent.Application.Common;

namespace StackAgent.Infrastructure.Runtimes.Local.Logs;

/// <summary>
/// What all processes of one agent write: <c>agent.log</c> in its folder. When that has reached its limit it becomes <c>agent.log.1</c>, and of the
/// <c>agent.log.1</c> before, <see cref="KeptLines"/> keeps the ends of runs. Several runs may write at once. A full disk costs lines, never the agent.
/// </summary>
/// <param name="folder">Absolute; not made here.</param>
/// <param name="limits">How much is kept.</param>
/// <param name="time">The clock of the lines.</param>
internal sealed class AgentLog(string folder, LogLimits limits, TimeProvider time) : IDisposable
{
    public const string FileName = "agent.log";
    public const string OldFileName = "agent.log.1";
    public const string KeptFileName = "agent.log.kept";

    private const int LookBackBytes = 64 * 1024;

    private readonly Lock _sync = new();
    private readonly HashSet<string> _present = new(StringComparer.Ordinal);
    private readonly KeptLines _kept = new(Path.Combine(folder, KeptFileName), limits, time);
    private FileStream? _file;
    private TaskCompletionSource _changed = NewSignal();
    private bool _hasFollowers;
    private bool _isOver;
    private int? _lastRun;
    private long _unwritten;

    // The file that is written now; the one set aside has the number before. Offsets count from the first byte since the server's start.
    private int _fileNumber;
    private long _fileBegin;
    private long _oldFileBegin;

    public LogLimits Limits => limits;

    public DateTimeOffset Now => time.Now();

    /// <summary>A process is about to start.</summary>
    /// <param name="revision">The revision that it runs.</param>
    public RunLog BeginRun(int revision)
    {
        lock (_sync)
        {
            _lastRun = (_lastRun ?? FindLastRun()) + 1;
            var name = $"r{revision}-{_lastRun}";
            _present.Add(name);
            return new RunLog(name, this, time);
        }
    }

    /// <summary>Where a reader begins: all files that there are, opened, and who runs.</summary>
    public LogView Open()
    {
        lock (_sync)
        {
            var kept = LogFile.TryOpen(Path.Combine(folder, KeptFileName));
            var old = LogFile.TryOpen(Path.Combine(folder, OldFileName));
            return new LogView(kept, old, OpenPart(_fileNumber), _present.ToHashSet(StringComparer.Ordinal));
        }
    }

    /// <summary>
    /// What to read next after a file was looked at up to an offset: the same file when it has grown, a later one, or nothing, and then what
    /// to wait for. Disposes <paramref name="part"/> when it is done with.
    /// </summary>
    public LogStep Next(LogPart part, long offset)
    {
        lock (_sync)
        {
            if (part.File?.Length > offset)
                return new LogStep(part, Changed: null, CutBytes: 0);
            if (part.Number == _fileNumber)
            {
                var file = part.File is null ? OpenPart(_fileNumber) : part;
                if (file.File?.Length > offset)
                    return new LogStep(file, Changed: null, CutBytes: 0);

                _hasFollowers = true;
                return new LogStep(file, _isOver ? null : _changed.Task, CutBytes: 0) { IsOver = _isOver };
            }

            part.File?.Dispose();
            var next = OpenPart(Math.Max(part.File is null ? part.Number : part.Number + 1, _fileNumber - 1));
            return new LogStep(next, Changed: null, Math.Max(0, next.Begin - (part.Begin + offset)));
        }
    }

    /// <summary>No more lines will come.</summary>
    public void Dispose()
    {
        lock (_sync)
        {
            _isOver = true;
            _file?.Dispose();
            _file = null;
            Tell();
        }
    }

    /// <summary>The run is over: it is one of the previous ones.</summary>
    internal void End(string run)
    {
        lock (_sync)
            _present.Remove(run);
    }

    internal void Append(string run, string stream, IReadOnlyList<string> lines)
    {
        var now = time.Now();
        var prefix = StoredLine.Prefix(now, run, stream);
        var text = new StringBuilder();
        foreach (var line in lines)
            text.Append(prefix).Append(line).Append('\n');
        var bytes = Encoding.UTF8.GetBytes(text.ToString());

        lock (_sync)
        {
            if (_isOver)
                return;

            try
            {
                if (_unwritten > 0)
                    Write(run, [(byte)'\n', .. StoredLine.OfCut(now, run, _unwritten)]);
                _unwritten = 0;
                Write(run, bytes);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A full disk, or the agent's folder is being removed. The next line tries again.
                _unwritten += bytes.Length;
                _file?.Dispose();
                _file = null;
            }

            Tell();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Wakes who follows.</summary>
    private void Tell()
    {
        if (!_hasFollowers)
            return;

        _hasFollowers = false;
        _changed.SetResult();
        _changed = NewSignal();
    }

    private void Write(string run, byte[] bytes)
    {
        var path = Path.Combine(folder, FileName);
        _file ??= OpenForWriting(path);
        _file.Write(bytes);
        _kept.Count(run, bytes.Length);
        if (_file.Length < limits.FileBytes)
            return;

        var length = _file.Length;
        _file.Dispose();
        _file = null;
        var old = Path.Combine(folder, OldFileName);
        _kept.TakeFrom(old, path, _present);
        File.Move(path, old, overwrite: true);
        _fileNumber++;
        _oldFileBegin = _fileBegin;
        _fileBegin += length;
    }

    private LogPart OpenPart(int number) => number == _fileNumber
        ? new LogPart(LogFile.TryOpen(Path.Combine(folder, FileName)), number, _fileBegin)
        : new LogPart(LogFile.TryOpen(Path.Combine(folder, OldFileName)), number, _oldFileBegin);

    private static FileStream OpenForWriting(string path)
    {
        // The agent can write here too: a named pipe in the log's place, which has no length, would stop the server at opening it.
        var file = new FileInfo(path);
        if (file.Exists && (file.LinkTarget is not null || file.Length == 0))
            file.Delete();
        return new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }

    /// <summary>Runs are counted over the agent's whole life, so that none has the name of an earlier one that can still be read.</summary>
    private int FindLastRun()
    {
        foreach (var name in new[] { FileName, OldFileName, KeptFileName })
        {
            using var file = LogFile.TryOpen(Path.Combine(folder, name));
            if (file?.ReadEnd(LookBackBytes).Select(line => RunLog.NumberOf(line.Run)).DefaultIfEmpty().Max() is > 0 and var last)
                return last;
        }

        return 0;
    }
}

/// <summary>How much of an agent's output is kept.</summary>
/// <param name="FileBytes">After so many a file is set aside; one old file is kept.</param>
/// <param name="BytesPerRun">Of each run, its last bytes stay readable for <see cref="Age"/>, whatever others write.</param>
public sealed record LogLimits(long FileBytes, long BytesPerRun)
{
    public static readonly TimeSpan Age = TimeSpan.FromDays(1);

    /// <summary>No more than this is kept beside the two files; the oldest runs go first.</summary>
    public long KeptBytes => 8 * BytesPerRun;
}

/// <summary>The files of a log, oldest first, at one moment.</summary>
internal sealed record LogView(LogFile? Kept, LogFile? Old, LogPart Current, IReadOnlySet<string> Present);

/// <summary>One file in the sequence of those that are written.</summary>
/// <param name="File">Null while nothing was written to it, or when it is gone.</param>
/// <param name="Number">Counts the files since the server's start.</param>
/// <param name="Begin">How many bytes came before it.</param>
internal sealed record LogPart(LogFile? File, int Number, long Begin);

/// <summary>What to do next for who follows a log.</summary>
/// <param name="Part">Where to go on.</param>
/// <param name="Changed">What to wait for before looking again; null: there is more to read now.</param>
/// <param name="CutBytes">So many bytes went by unread.</param>
internal readonly record struct LogStep(LogPart Part, Task? Changed, long CutBytes)
{
    public bool IsOver { get; init; }
}
