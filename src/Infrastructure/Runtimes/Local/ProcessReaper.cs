namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>Kills the processes that carry a mark, and no others.</summary>
internal static class ProcessReaper
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Returns, with how many processes there were, once none is left. Two looks in a row have to find none: a process that is just
    /// being started shows its environment a moment late.
    /// </summary>
    public static async Task<int> KillAsync(ProcessMark mark, CancellationToken cancellationToken)
    {
        var killed = new HashSet<int>();
        for (var clean = 0; ProcessTable.IsSupported && clean < 2;)
        {
            var found = Find(mark);
            foreach (var process in found)
            {
                Kill(process);
                killed.Add(process.Id);
            }

            clean = found.Count == 0 ? clean + 1 : 0;
            if (clean < 2)
                await Task.Delay(Pause, cancellationToken);
        }

        return killed.Count;
    }

    public static IReadOnlyList<ProcessEntry> Find(ProcessMark mark) =>
        [.. ProcessTable.Living().Where(process => process.Id != Environment.ProcessId && ProcessTable.WasStartedWith(process.Id, mark.Entries))];

    /// <summary>The group of a marked leader holds nothing but what that leader started, even where it carries no mark.</summary>
    private static void Kill(ProcessEntry process)
    {
        if (process.Group == process.Id)
            Signals.KillGroup(process.Group);
        Signals.KillProcess(process.Id);
    }
}
