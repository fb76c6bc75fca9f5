namespace StackAgent.Bench;

/// <summary>What the kernel says about another process's memory, in bytes.</summary>
internal static class ProcessMemory
{
    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(10);

    public static long Resident(int process) => Read($"/proc/{process}/status", "VmRSS:");

    /// <summary>Resident memory with each shared page divided by those who share it.</summary>
    public static long Proportional(int process) => Read($"/proc/{process}/smaps_rollup", "Pss:");

    /// <summary>The most resident memory while <paramref name="work"/> runs: the kernel's own high-water mark, and samples beside it.</summary>
    public static async Task<long> PeakAsync(int process, Func<Task> work)
    {
        var marked = await TryResetHighWaterMarkAsync(process);
        using var stop = new CancellationTokenSource();
        var samples = SampleAsync(process, stop.Token);
        try
        {
            await work();
        }
        finally
        {
            await stop.CancelAsync();
        }

        var sampled = await samples;
        return marked ? Math.Max(sampled, Read($"/proc/{process}/status", "VmHWM:")) : sampled;
    }

    private static async Task<long> SampleAsync(int process, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(SampleInterval);
        var peak = Resident(process);
        while (!stop.IsCancellationRequested)
        {
            peak = Math.Max(peak, Resident(process));
            try
            {
                await timer.WaitForNextTickAsync(stop);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        return Math.Max(peak, Resident(process));
    }

    private static async Task<bool> TryResetHighWaterMarkAsync(int process)
    {
        try
        {
            await File.WriteAllTextAsync($"/proc/{process}/clear_refs", "5");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long Read(string file, string field)
    {
        var line = File.ReadLines(file).First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim()) * 1024;
    }
}
