namespace StackAgent.Bench;

/// <summary>What the command line asks for.</summary>
/// <param name="What">One of <c>all</c>, <c>start</c>, <c>upload</c>, <c>lists</c>, <c>kubernetes</c>, <c>pod</c>; the last two need a cluster and are no part of <c>all</c>.</param>
/// <param name="Postgres">Null: SQLite. Else a connection string, or <c>auto</c> for a throwaway cluster.</param>
/// <param name="Baseline">A folder with another published build to measure beside the present one; null: none.</param>
internal sealed record BenchOptions(string What, string? Postgres, string? Baseline)
{
    /// <summary>Of a cluster's administrator; null: what <c>KUBECONFIG</c> names.</summary>
    public string? KubeConfig { get; init; }

    /// <summary>Where that cluster's API server writes down requests; null: <c>audit.log</c> beside the kubeconfig.</summary>
    public string? AuditLog { get; init; }

    public int Stacks { get; init; } = 20;

    /// <summary>In each stack.</summary>
    public int Agents { get; init; } = 50;

    public const string Usage =
        """
        Measures the published server: its start and memory, an upload of 200 MB, its lists under load, and, in a cluster,
        a thousand agents from upload to deletion (kubernetes) and one pod from upload to its first answer (pod).

            dotnet run -c Release --project bench -- [all|start|upload|lists] [--postgres CONNECTION] [--baseline FOLDER]
            dotnet run -c Release --project bench -- kubernetes [--kubeconfig FILE] [--audit-log FILE] [--stacks 20] [--agents 50]
            dotnet run -c Release --project bench -- pod [--kubeconfig FILE] [--audit-log FILE]

        --postgres CONNECTION  on PostgreSQL instead of SQLite: an Npgsql connection string whose user may create databases
                               (each server gets one of its own, dropped at the end), or "auto" for a throwaway cluster
                               made with this machine's initdb and postgres
        --baseline FOLDER      for lists: another build (dotnet publish src/WebApi -c Release -o FOLDER) measured in turn with
                               the present one, for ratios that a busy machine doesn't spoil
        --kubeconfig FILE      for kubernetes and pod: of a cluster's administrator; without it, what KUBECONFIG names
        --audit-log FILE       what that cluster's API server logs of each request (level Metadata); without it, audit.log
                               beside the kubeconfig
        --stacks, --agents     for kubernetes: how many stacks, and how many agents in each
        """;

    private static readonly string[] Benchmarks = ["all", "start", "upload", "lists", "kubernetes", "pod"];

    public bool Includes(string benchmark) => What == benchmark || (What == "all" && benchmark is not ("kubernetes" or "pod"));

    /// <summary>Null when the arguments aren't understood.</summary>
    public static BenchOptions? Parse(string[] arguments)
    {
        var options = new BenchOptions("all", Postgres: null, Baseline: null);
        for (var i = 0; i < arguments.Length; i++)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "--postgres" when value is not null:
                    options = options with { Postgres = value };
                    i++;
                    break;
                case "--baseline" when value is not null && File.Exists(Path.Combine(value, Lab.ServerAssembly)):
                    options = options with { Baseline = Path.GetFullPath(value) };
                    i++;
                    break;
                case "--kubeconfig" when File.Exists(value):
                    options = options with { KubeConfig = Path.GetFullPath(value) };
                    i++;
                    break;
                case "--audit-log" when File.Exists(value):
                    options = options with { AuditLog = Path.GetFullPath(value) };
                    i++;
                    break;
                case "--stacks" when int.TryParse(value, out var stacks) && stacks > 0:
                    options = options with { Stacks = stacks };
                    i++;
                    break;
                case "--agents" when int.TryParse(value, out var agents) && agents > 0:
                    options = options with { Agents = agents };
                    i++;
                    break;
                case var word when Benchmarks.Contains(word, StringComparer.Ordinal):
                    options = options with { What = word };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
