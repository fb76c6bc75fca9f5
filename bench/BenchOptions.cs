using System.Globalization;
using StackAgent.Bench.Status;

namespace StackAgent.Bench;

/// <summary>What the command line asks for.</summary>
/// <param name="What">
/// One of <c>all</c>, <c>start</c>, <c>upload</c>, <c>lists</c>, <c>revisions</c>, <c>logs</c>, of <see cref="StatusBenchmarks.Words"/>, <c>failover</c>, <c>replicas</c>, <c>image</c>, <c>kubernetes</c> and <c>pod</c>. No part of
/// <c>all</c> are those of status tracking, which need wrk, those of two replicas, and the last three, which need a cluster.
/// </param>
/// <param name="Postgres">Null: SQLite. Else a connection string, or <c>auto</c> for a throwaway cluster.</param>
/// <param name="Baseline">A folder with another published build to measure beside the present one; null: none.</param>
internal sealed record BenchOptions(string What, string? Postgres, string? Baseline)
{
    public const string Usage =
        """
        Measures the published server: its start and memory, an upload of 200 MB, its lists under load; changes of an agent's code and ways
        back; logs that are followed; status tracking; and, in a cluster, a thousand agents from upload to deletion (kubernetes) and one pod from upload to its first answer (pod).

            dotnet run -c Release --project bench -- [all|start|upload|lists|revisions|logs] [--postgres CONNECTION] [--baseline FOLDER]
            dotnet run -c Release --project bench -- status|reports|history|arrays|pages|streams|notifications|telemetry|soak
                                                     [--seconds 10]
                                                     [--databases postgres,sqlite,memory] [--postgres CONNECTION]
                                                     [--history 1000,10000,50000,500000] [--soak MINUTES]
            dotnet run -c Release --project bench -- failover [--kubeconfig FILE] [--minutes 10]
            dotnet run -c Release --project bench -- replicas [--seconds 10]
            dotnet run -c Release --project bench -- image [--kubeconfig FILE]
            dotnet run -c Release --project bench -- kubernetes [--kubeconfig FILE] [--audit-log FILE] [--stacks 20] [--agents 50]
            dotnet run -c Release --project bench -- pod [--kubeconfig FILE] [--audit-log FILE]
            dotnet run -c Release --project bench -- revisions|logs --kubeconfig FILE

        --postgres CONNECTION  on PostgreSQL instead of SQLite: an Npgsql connection string whose user may create databases
                               (each server gets one of its own, dropped at the end), or "auto" for a throwaway cluster
                               made with this machine's initdb and postgres, which status tracking takes without being told
        --baseline FOLDER      for lists and telemetry: another build (dotnet publish src/WebApi -c Release -o FOLDER) measured in turn with
                               the present one, for ratios that a busy machine doesn't spoil
        --seconds              for status tracking and replicas: how long each load lasts
        --minutes              for failover: how long one of two replicas is killed again and again, under load
        --databases            for status tracking: which, where a figure is taken on several
        --history              for history: reports that sessions hold, the first being what the others are compared with
        --soak                 for soak: how many minutes it lasts
        --kubeconfig FILE      for image, kubernetes and pod: of a cluster's administrator; without it, what KUBECONFIG names;
                               for revisions, logs and failover: measures them in this cluster and not on the local runtime
        --audit-log FILE       what that cluster's API server logs of each request (level Metadata); without it, audit.log
                               beside the kubeconfig
        --stacks, --agents     for kubernetes: how many stacks, and how many agents in each

        "status" is all of status tracking: reports one by one, sessions with a long history, reports in arrays, pages of agents
        and stacks, event streams, notifications, what being watched costs, and a soak. It needs wrk.
        """;

    private static readonly string[] Benchmarks = ["all", "start", "upload", "lists", "revisions", "logs", "failover", "replicas", "image", "kubernetes", "pod", .. StatusBenchmarks.Words];
    private static readonly string[] PartsOfAll = ["start", "upload", "lists", "revisions", "logs"];
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(5);

    /// <summary>Of a cluster's administrator; null: what <c>KUBECONFIG</c> names, and for <c>revisions</c> and <c>logs</c> the local runtime.</summary>
    public string? KubeConfig { get; init; }

    /// <summary>Where that cluster's API server writes down requests; null: <c>audit.log</c> beside the kubeconfig.</summary>
    public string? AuditLog { get; init; }

    public int Stacks { get; init; } = 20;

    /// <summary>In each stack.</summary>
    public int Agents { get; init; } = 50;

    /// <summary>Of each load of status tracking, in whole seconds.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan WarmUp => Duration < LongestWarmUp ? Duration : LongestWarmUp;

    /// <summary>What status tracking is measured on.</summary>
    public IReadOnlyList<Store> Stores { get; init; } = Bench.Stores.All;

    /// <summary>How many reports sessions hold, at least one number.</summary>
    public IReadOnlyList<int> History { get; init; } = [1_000, 10_000, 50_000, 500_000];

    /// <summary>Of the killing.</summary>
    public TimeSpan Killing { get; init; } = TimeSpan.FromMinutes(10);

    public TimeSpan Soak { get; init; } = TimeSpan.FromMinutes(10);

    public bool Includes(string benchmark) => What == benchmark || (What == "all" && PartsOfAll.Contains(benchmark, StringComparer.Ordinal));

    /// <summary>Null when the arguments aren't understood.</summary>
    public static BenchOptions? Parse(string[] arguments)
    {
        var options = new BenchOptions("all", Postgres: null, Baseline: null);
        for (var i = 0; i < arguments.Length; i++)
        {
            if (Benchmarks.Contains(arguments[i], StringComparer.Ordinal))
                options = options with { What = arguments[i] };
            else if (i + 1 < arguments.Length && options.With(arguments[i], arguments[++i]) is { } changed)
                options = changed;
            else
                return null;
        }

        return options;
    }

    private BenchOptions? With(string name, string value) => name switch
    {
        "--postgres" => this with { Postgres = value },
        "--baseline" when File.Exists(Path.Combine(value, Lab.ServerAssembly)) => this with { Baseline = Path.GetFullPath(value) },
        "--kubeconfig" when File.Exists(value) => this with { KubeConfig = Path.GetFullPath(value) },
        "--audit-log" when File.Exists(value) => this with { AuditLog = Path.GetFullPath(value) },
        "--stacks" when Positive(value) is { } stacks => this with { Stacks = stacks },
        "--agents" when Positive(value) is { } agents => this with { Agents = agents },
        "--seconds" when Positive(value) is { } seconds => this with { Duration = TimeSpan.FromSeconds(seconds) },
        "--databases" when Bench.Stores.Parse(value) is { } stores => this with { Stores = stores },
        "--history" when value.Split(',').Select(Positive).ToArray() is var sizes && !sizes.Contains(null) => this with { History = [.. sizes.OfType<int>()] },
        "--minutes" when Positive(value) is { } minutes => this with { Killing = TimeSpan.FromMinutes(minutes) },
        "--soak" when Positive(value) is { } minutes => this with { Soak = TimeSpan.FromMinutes(minutes) },
        _ => null,
    };

    private static int? Positive(string text) => int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
