namespace StackAgent.Bench;

/// <summary>How long a start takes, with nothing there and with what the last one left, and what the server weighs when it has nothing to do.</summary>
internal static class StartBenchmark
{
    private const int Runs = 7;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(Lab lab)
    {
        var first = new List<double>();
        var second = new List<double>();
        long resident = 0, proportional = 0;
        for (var run = 1; run <= Runs; run++)
        {
            await using var server = await lab.NewServerAsync(lab.Build);
            first.Add((await server.StartAsync()).TotalMilliseconds);
            if (run == Runs)
            {
                await Task.Delay(Idle);
                resident = ProcessMemory.Resident(server.Process.ProcessId);
                proportional = ProcessMemory.Proportional(server.Process.ProcessId);
            }

            await server.Process.StopAsync();
            second.Add((await server.StartAsync()).TotalMilliseconds);
        }

        var table = new Table("start to first healthy answer", "runs", "min ms", "median ms", "max ms");
        Add(table, "empty data folder", first);
        Add(table, "with the database of the start before", second);
        table.Print("Start");

        var memory = new Table($"idle for {Idle.TotalSeconds} s after the first start", "MB");
        memory.Add("resident (VmRSS)", Figures.Mb(resident));
        memory.Add("proportional (PSS)", Figures.Mb(proportional));
        memory.Print("Memory");
    }

    private static void Add(Table table, string name, List<double> times) =>
        table.Add(name, $"{times.Count}", $"{times.Min():F0}", $"{times.Median():F0}", $"{times.Max():F0}");
}
