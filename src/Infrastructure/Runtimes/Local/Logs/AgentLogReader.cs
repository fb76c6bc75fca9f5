using System.Runtime.CompilerServices;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Logs;

namespace StackAgent.Infrastructure.Runtimes.Local.Logs;

/// <summary>
/// Reads an agent's log from its files, whether or not the agent runs. However much is asked for and however slow the reader is, no more than a block of a
/// file is in memory: a follower that falls behind reads on where it was, as long as that is there.
/// </summary>
internal static class AgentLogReader
{
    /// <summary>What comes faster than this is read together.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(10);

    /// <summary>The last <paramref name="lines"/> lines that the agent itself wrote, oldest first.</summary>
    public static async Task<IReadOnlyList<string>> ReadTailAsync(this AgentLog log, int lines, CancellationToken cancellationToken)
    {
        if (lines <= 0)
            return [];

        var view = log.Open();
        try
        {
            var found = new Stack<string>();
            await new TailSearch(view, log.Limits).FindAsync(
                line =>
                {
                    if (line.Stream is not (StoredLine.Stdout or StoredLine.Stderr))
                        return Glance.PassOver;
                    found.Push(line.Text);
                    return found.Count == lines ? Glance.Stop : Glance.PassOver;
                },
                cancellationToken);
            return [.. found];
        }
        finally
        {
            view.Close();
        }
    }

    /// <summary>See <see cref="IAgentRuntime.ReadLogAsync"/>. Ends when it has given what there is, or, when it follows, with the log.</summary>
    public static async IAsyncEnumerable<LogLine> ReadAsync(this AgentLog log, LogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var view = log.Open();
        var selection = new LogSelection(query, view.Present);
        var part = view.Current;
        try
        {
            var sections = await new TailSearch(view, log.Limits).FindAsync(query, selection, cancellationToken);
            var (position, examined) = (0L, 0L);
            foreach (var (file, start, end) in sections)
            {
                (position, examined) = (start, start);
                while (position < end && await file.ReadAsync(position, end, cancellationToken) is var block && block.End > position)
                {
                    (position, examined) = (block.End, block.Examined);
                    foreach (var line in Wanted(block))
                        yield return line;
                }
            }

            if (!query.Follow)
                yield break;

            if (part.File is null)
                (position, examined) = (0, 0);
            while (log.Next(part, examined) is { IsOver: false } step)
            {
                if (step.Part.Number != part.Number)
                    (position, examined) = (0, 0);
                part = step.Part;
                if (step.CutBytes > 0)
                    yield return new LogLine(log.Now, StoredLine.NoRun, LogSource.Server, LogMarkers.Cut(step.CutBytes));
                if (step.Changed is { } changed)
                {
                    await changed.WaitAsync(cancellationToken);
                    await Task.Delay(Breath, cancellationToken);
                }
                else if (part.File is { } file)
                {
                    var block = await file.ReadAsync(position, long.MaxValue, cancellationToken);
                    (position, examined) = (block.End, block.Examined);
                    foreach (var line in Wanted(block))
                        yield return line;
                }
            }
        }
        finally
        {
            view.Close();
            part.File?.Dispose();
        }

        IEnumerable<LogLine> Wanted(LogBlock block) => block.Lines
            .Select(line => (Line: line.ToLogLine(), line.IsCut))
            .Where(line => selection.Takes(line.Line, line.IsCut))
            .Select(line => line.Line);
    }

    private static void Close(this LogView view)
    {
        view.Kept?.Dispose();
        view.Old?.Dispose();
        view.Current.File?.Dispose();
    }

    /// <summary>Finds where in the files the wanted lines begin, by going back from their end.</summary>
    private sealed class TailSearch(LogView view, LogLimits limits)
    {
        /// <summary>The parts of files to read, oldest first; the last one is of the current file when there is one.</summary>
        public async Task<IReadOnlyList<(LogFile File, long Start, long End)>> FindAsync(
            LogQuery query, LogSelection selection, CancellationToken cancellationToken)
        {
            var left = query.Tail ?? int.MaxValue;
            return await FindAsync(Look, cancellationToken, isNothingWanted: left == 0);

            Glance Look(StoredLogLine line)
            {
                if (selection.IsTooOld(line.Time))
                    return Glance.Stop;
                if (!selection.Takes(line.ToLogLine(), line.IsCut))
                    return Glance.PassOver;

                // A cut is no line of the agent's, and doesn't take the place of one.
                return line.IsCut || --left > 0 ? Glance.Include : Glance.IncludeAndStop;
            }
        }

        public async Task<IReadOnlyList<(LogFile File, long Start, long End)>> FindAsync(
            Func<StoredLogLine, Glance> look, CancellationToken cancellationToken, bool isNothingWanted = false)
        {
            var sections = new List<(LogFile File, long Start, long End)>();
            var isDone = isNothingWanted;
            foreach (var file in new[] { view.Current.File, view.Old, view.Kept }.OfType<LogFile>())
            {
                var end = file.Length;
                var start = end;
                if (!isDone)
                {
                    // The agent itself may have made it longer.
                    var floor = Math.Max(0, end - Math.Max(limits.FileBytes, limits.KeptBytes) - StoredLine.MaxBytes);
                    start = await file.FindBackwardsAsync(floor, end, Remember, cancellationToken);
                }

                sections.Insert(0, (file, start, end));
            }

            return sections;

            Glance Remember(StoredLogLine line)
            {
                var glance = look(line);
                isDone = glance is Glance.Stop or Glance.IncludeAndStop;
                return glance;
            }
        }
    }
}
