using System.Text;
using StackAgent.Application.Common;

namespace StackAgent.Infrastructure.Runtimes.Local.Logs;

/// <summary>
/// Keeps the end of each run when the log file that holds it gives way to the next: so many bytes for so long, with a cut before them that says
/// how much is missing. An agent with one run that writes much costs nothing here, since its files hold its end.
/// </summary>
/// <param name="path">The file of what is kept.</param>
/// <param name="limits">How much that is.</param>
/// <param name="time">Tells what is too old.</param>
internal sealed class KeptLines(string path, LogLimits limits, TimeProvider time)
{
    // Of the file that is written now, and of the one that was set aside last: how many bytes each run has there. Null: not known.
    private Dictionary<string, long>? _current;
    private Dictionary<string, long>? _old;

    /// <summary>A run wrote to the current file.</summary>
    public void Count(string run, int bytes)
    {
        if (_current is not null)
            _current[run] = _current.GetValueOrDefault(run) + bytes;
    }

    /// <summary>
    /// The current file is about to take the old one's place. Keeps what the old one has of the ends of runs, and of what was kept before, what is
    /// still to be.
    /// </summary>
    public void TakeFrom(string oldPath, string currentPath, IReadOnlySet<string> present)
    {
        var stays = _current ?? Measure(currentPath);
        var goes = _old ?? Measure(oldPath);
        (_old, _current) = (stays, new Dictionary<string, long>(StringComparer.Ordinal));
        if (goes.Count == 0)
            return;

        var sorting = new Sorting(limits, time.Now() - LogLimits.Age, stays, present);
        if (goes.Keys.Any(run => stays.GetValueOrDefault(run) < limits.BytesPerRun))
            sorting.Add(Read(oldPath, limits.FileBytes));
        else
            sorting.Lose(goes);
        sorting.Add(Read(path, limits.KeptBytes));

        var draft = path + ".new";
        File.WriteAllBytes(draft, sorting.Result(time.Now()));
        File.Move(draft, path, overwrite: true);
    }

    private Dictionary<string, long> Measure(string file)
    {
        var bytes = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in Read(file, limits.FileBytes))
            bytes[line.Run] = bytes.GetValueOrDefault(line.Run) + SizeOf(line);
        return bytes;
    }

    private static IReadOnlyList<StoredLogLine> Read(string file, long limit)
    {
        using var opened = LogFile.TryOpen(file);
        return opened?.ReadEnd(limit + StoredLine.MaxBytes) ?? [];
    }

    private static string Prefix(StoredLogLine line) => StoredLine.Prefix(line.Time, line.Run, line.Stream);

    private static int SizeOf(StoredLogLine line) => Prefix(line).Length + Encoding.UTF8.GetByteCount(line.Text) + 1;

    /// <summary>Goes through lines from the newest to the oldest and takes of each run what there is room for.</summary>
    private sealed class Sorting(LogLimits limits, DateTimeOffset earliest, IReadOnlyDictionary<string, long> stays, IReadOnlySet<string> present)
    {
        private readonly Stack<StoredLogLine> _taken = new();
        private readonly Dictionary<string, long> _room = new(StringComparer.Ordinal);
        private readonly Dictionary<string, long> _lost = new(StringComparer.Ordinal);
        private long _bytes;

        /// <summary>Lines older than those before, in their order.</summary>
        public void Add(IReadOnlyList<StoredLogLine> lines)
        {
            foreach (var line in lines.Reverse())
            {
                var size = line.IsCut ? line.CutBytes : SizeOf(line);
                if (!line.IsCut && Has(line, size))
                {
                    _taken.Push(line);
                    _bytes += size;
                }
                else
                {
                    Lose(line.Run, size);
                }
            }
        }

        public void Lose(IReadOnlyDictionary<string, long> bytes)
        {
            foreach (var (run, count) in bytes)
                Lose(run, count);
        }

        public byte[] Result(DateTimeOffset now)
        {
            var begun = _taken.Select(line => line.Run).ToHashSet(StringComparer.Ordinal);
            var forgotten = _lost.Where(run => !begun.Contains(run.Key) && !stays.ContainsKey(run.Key)).ToList();
            using var result = new MemoryStream();
            if (forgotten.Sum(run => run.Value) is > 0 and var gone)
                result.Write(StoredLine.OfCut(_taken.TryPeek(out var first) ? first.Time : now, StoredLine.NoRun, gone));
            foreach (var line in _taken)
            {
                if (_lost.Remove(line.Run, out var before))
                    result.Write(StoredLine.OfCut(line.Time, line.Run, before));
                result.Write(Encoding.UTF8.GetBytes($"{Prefix(line)}{line.Text}\n"));
            }

            foreach (var (run, before) in _lost.Where(run => stays.ContainsKey(run.Key)))
                result.Write(StoredLine.OfCut(now, run, before));
            return result.ToArray();
        }

        private bool Has(StoredLogLine line, long size)
        {
            // The newest line of a run decides whether the run is too old.
            if (!_room.TryGetValue(line.Run, out var room))
                room = line.Time < earliest && !present.Contains(line.Run) ? 0 : limits.BytesPerRun - stays.GetValueOrDefault(line.Run);

            var fits = size <= room && _bytes + size <= limits.KeptBytes;
            _room[line.Run] = fits ? room - size : 0;
            return fits;
        }

        private void Lose(string run, long bytes) => _lost[run] = _lost.GetValueOrDefault(run) + bytes;
    }
}
