using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Npgsql;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Bench;

/// <summary>One published server in production mode, with a temporary data folder and database, or with nothing but its memory.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan QuietInterval = TimeSpan.FromSeconds(1);

    private readonly TemporaryFolder _folder = new();
    private readonly TestDatabase? _database;

    /// <summary>Describes the server; <see cref="StartAsync"/> starts it.</summary>
    /// <param name="assembly">Path of <see cref="Lab.ServerAssembly"/>.</param>
    /// <param name="database">Goes with the server; null: <c>STORAGE=memory</c>.</param>
    /// <param name="environment">Added to what every server here gets; null: nothing.</param>
    public BenchServer(string assembly, TestDatabase? database, IReadOnlyDictionary<string, string>? environment)
    {
        _database = database;
        var all = EnvironmentFor(database?.Options);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            all[name] = value;
        Process = new ServerProcess(assembly, _folder.Path, all);
    }

    public ServerProcess Process { get; }

    public DatabaseOptions Database => _database?.Options ?? throw new InvalidOperationException("This server keeps everything in its memory.");

    /// <summary>Of the account that <see cref="SignInAsync"/> signed in last.</summary>
    public string AccessToken => Process.Client.DefaultRequestHeaders.Authorization!.Parameter!;

    public TimeSpan ProcessorTime
    {
        get
        {
            using var process = System.Diagnostics.Process.GetProcessById(Process.ProcessId);
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Starts the server and returns the time from the launch of its process to its first healthy answer.</summary>
    public async Task<TimeSpan> StartAsync()
    {
        var launched = Stopwatch.GetTimestamp();
        Process.Launch();
        while (true)
        {
            try
            {
                using var answer = await Process.Client.GetAsync("health");
                if (answer.IsSuccessStatusCode)
                    return Stopwatch.GetElapsedTime(launched);
            }
            catch (HttpRequestException) when (!Process.HasExited && Stopwatch.GetElapsedTime(launched) < Eventually.Deadline)
            {
                // Nobody listens yet.
            }

            await Task.Delay(PollInterval);
        }
    }

    /// <summary>Waits until the server does nothing of its own any more: what it does after a start isn't what a benchmark of requests measures.</summary>
    public Task BecomeQuietAsync() => Eventually.TrueAsync(
        async () =>
        {
            var before = ProcessorTime;
            await Task.Delay(QuietInterval);
            return ProcessorTime - before < QuietInterval / 50;
        },
        "the server to become quiet");

    /// <summary>Registers an account, signs <see cref="ServerProcess.Client"/> in, and returns the account's id.</summary>
    public async Task<Guid> SignInAsync()
    {
        await Process.SignInAsync();
        var me = await Process.Client.GetFromJsonAsync<JsonElement>("api/auth/me");
        return me.GetProperty("id").GetGuid();
    }

    public async ValueTask DisposeAsync()
    {
        Process.Dispose();
        if (_database is not null)
            await _database.DisposeAsync();
        _folder.Dispose();
    }

    private static Dictionary<string, string> EnvironmentFor(DatabaseOptions? database)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ENVIRONMENT"] = "production",
            ["HOST"] = "127.0.0.1",
            ["AGENT_RUNTIME"] = "local",
            ["SECRET_KEY"] = RandomNumberGenerator.GetHexString(64),
            ["ACCESS_TOKEN_EXPIRE_MINUTES"] = "600",
        };
        if (database is null)
        {
            environment["STORAGE"] = "memory";
            return environment;
        }

        if (database.Provider == DatabaseProvider.Sqlite)
        {
            environment["DATABASE_URL"] = $"sqlite:///{new SqliteConnectionStringBuilder(database.ConnectionString).DataSource}";
            return environment;
        }

        var postgres = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        environment["DB_HOST"] = postgres.Host!;
        environment["DB_PORT"] = postgres.Port.ToString(CultureInfo.InvariantCulture);
        environment["DB_NAME"] = postgres.Database!;
        environment["DB_USER"] = postgres.Username!;
        if (postgres.Password is { Length: > 0 } password)
            environment["DB_PASSWORD"] = password;
        environment["DB_SSLMODE"] = "prefer";
        return environment;
    }
}
