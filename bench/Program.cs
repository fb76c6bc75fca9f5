using System.Globalization;
using StackAgent.Bench;
using StackAgent.Bench.Kubernetes;
using StackAgent.Bench.Replicas;
using StackAgent.Bench.Status;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is [BareEndpoint.Word])
{
    await BareEndpoint.ServeAsync();
    return 0;
}

if (BenchOptions.Parse(args) is not { } options)
{
    await Console.Error.WriteLineAsync(BenchOptions.Usage);
    return 2;
}

if (!OperatingSystem.IsLinux())
{
    await Console.Error.WriteLineAsync("The benchmarks read memory and processor times from /proc, which only Linux has.");
    return 2;
}

try
{
    await Machine.DescribeAsync(options);
    await using var lab = await Lab.PublishAsync(options);
    if (options.Includes("start"))
        await StartBenchmark.RunAsync(lab);
    if (options.Includes("upload"))
        await UploadBenchmark.RunAsync(lab);
    if (options.Includes("lists"))
        await ListsBenchmark.RunAsync(lab);
    if (options.Includes("revisions"))
        await RevisionsBenchmark.RunAsync(lab);
    if (options.Includes("logs"))
        await LogsBenchmark.RunAsync(lab);
    if (StatusBenchmarks.Words.Contains(options.What, StringComparer.Ordinal))
        await StatusBenchmarks.RunAsync(lab);
    if (options.Includes("failover"))
        await FailoverBenchmark.RunAsync(lab);
    if (options.Includes("replicas"))
        await ReplicasBenchmark.RunAsync(lab);
    if (options.Includes("image"))
        await ImageBenchmark.RunAsync(options);
    if (options.Includes("kubernetes"))
        await KubernetesBenchmark.RunAsync(lab);
    if (options.Includes("pod"))
        await PodBenchmark.RunAsync(lab);
    Console.WriteLine($"Load average after: {Machine.LoadAverage}");
    return 0;
}
catch (Exception exception)
{
    // Caught, because an exception that nobody catches ends the process without the clean-up on its way: servers would go on running.
    await Console.Error.WriteLineAsync(exception.ToString());
    return 1;
}
