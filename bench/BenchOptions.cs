namespace StackAgent.Bench;

/// <summary>What the command line asks for.</summary>
/// <param name="What">One of <c>all</c>, <c>start</c>, <c>upload</c>, <c>lists</c>.</param>
/// <param name="Postgres">Null: SQLite. Else a connection string, or <c>auto</c> for a throwaway cluster.</param>
/// <param name="Baseline">A folder with another published build to measure beside the present one; null: none.</param>
internal sealed record BenchOptions(string What, string? Postgres, string? Baseline)
{
    public const string Usage =
        """
        Measures the published server: its start and memory, an upload of 200 MB, and its lists under load.

            dotnet run -c Release --project bench -- [all|start|upload|lists] [--postgres CONNECTION] [--baseline FOLDER]

        --postgres CONNECTION  on PostgreSQL instead of SQLite: an Npgsql connection string whose user may create databases
                               (each server gets one of its own, dropped at the end), or "auto" for a throwaway cluster
                               made with this machine's initdb and postgres
        --baseline FOLDER      for lists: another build (dotnet publish src/WebApi -c Release -o FOLDER) measured in turn with
                               the present one, for ratios that a busy machine doesn't spoil
        """;

    private static readonly string[] Benchmarks = ["all", "start", "upload", "lists"];

    public bool Includes(string benchmark) => What == "all" || What == benchmark;

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
