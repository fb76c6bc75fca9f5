using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace StackAgent.Testing;

/// <summary>
/// A PostgreSQL for tests: the one that <c>TEST_POSTGRES</c> (a connection string) names, else a throwaway cluster made with the
/// <c>initdb</c> and <c>postgres</c> found on this machine. Started at first use, once for a test process, stopped at its end.
/// </summary>
public static class PostgreSqlCluster
{
    private static readonly Lazy<Task<string>> Server = new(StartAsync);
    private static int _databases;
    private static Process? _server;
    private static string? _folder;

    /// <summary>Makes an empty database and returns its connection string.</summary>
    public static async Task<string> CreateDatabaseAsync()
    {
        var server = await Server.Value;
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}");
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"DROP DATABASE IF EXISTS {name} WITH (FORCE); CREATE DATABASE {name}", connection);
        foreach (var statement in command.CommandText.Split("; "))
        {
            command.CommandText = statement;
            await command.ExecuteNonQueryAsync();
        }

        return new NpgsqlConnectionStringBuilder(server) { Database = name, MaxPoolSize = 30 }.ConnectionString;
    }

    /// <summary>Ends all connections to a database made by <see cref="CreateDatabaseAsync"/> and removes it.</summary>
    public static async Task DropDatabaseAsync(string connectionString)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database;
        await using var connection = new NpgsqlConnection(await Server.Value);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"DROP DATABASE IF EXISTS {name} WITH (FORCE)", connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>False cuts all connections to a database made by <see cref="CreateDatabaseAsync"/> and lets no new one in, until it is true again.</summary>
    public static async Task SetReachableAsync(string connectionString, bool reachable)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database;
        await using var connection = new NpgsqlConnection(await Server.Value);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"ALTER DATABASE {name} ALLOW_CONNECTIONS {reachable}", connection);
        await command.ExecuteNonQueryAsync();
        command.CommandText = $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'";
        if (!reachable)
            await command.ExecuteNonQueryAsync();
    }

    /// <summary>Ends the throwaway cluster, if one was started, and removes its files; each test assembly calls it when all its tests are done.</summary>
    public static async Task StopAsync()
    {
        if (_server is null || _folder is null)
            return;

        _server.Kill(entireProcessTree: true);
        await _server.WaitForExitAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<string> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("TEST_POSTGRES") is { Length: > 0 } given)
            return given;

        var binaries = FindBinaries();
        var folder = Directory.CreateTempSubdirectory("stackagent-postgres-").FullName;
        var data = Path.Combine(folder, "data");
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", ["postgres", folder]);
        await RunAsPostgresAsync(Path.Combine(binaries, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);

        var port = ServerProcess.FreePort().ToString(CultureInfo.InvariantCulture);
        _server = await StartBoundAsync(AsPostgres(
            Path.Combine(binaries, "postgres"),
            ["-D", data, "-p", port, "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off", "-c", "max_connections=300", "-c", "logging_collector=off"]));
        _folder = folder;

        var connectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Include Error Detail=true";
        await Eventually.TrueAsync(() => AnswersAsync(connectionString), "PostgreSQL to answer");
        return connectionString;
    }

    /// <summary>Starts a process that gets SIGINT when this one dies, however it dies. The kernel watches the thread that started it, so that one stays.</summary>
    private static Task<Process> StartBoundAsync(ProcessStartInfo start)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            var process = Process.Start(start)!;
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            started.SetResult(process);
            process.WaitForExit();
        })
        { IsBackground = true }.Start();
        return started.Task;
    }

    private static async Task<bool> AnswersAsync(string connectionString)
    {
        try
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static string FindBinaries()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(Directory.Exists("/usr/lib/postgresql")
                ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin"))
                : []);
        return folders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")))
            ?? throw new InvalidOperationException("These tests need PostgreSQL: install it (initdb and postgres), or set TEST_POSTGRES to a connection string.");
    }

    // PostgreSQL refuses to run as root.
    private static ProcessStartInfo AsPostgres(string program, IEnumerable<string> arguments)
    {
        var start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=INT", program, .. arguments])
            : new ProcessStartInfo("setpriv", ["--pdeathsig=INT", program, .. arguments]);
        start.UseShellExecute = false;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.WorkingDirectory = Path.GetTempPath();
        return start;
    }

    private static Task RunAsPostgresAsync(string program, string[] arguments) => WaitAsync(AsPostgres(program, arguments));

    private static Task RunAsync(string program, string[] arguments) =>
        WaitAsync(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true });

    private static async Task WaitAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{start.FileName} failed: {error}{await output}");
    }
}
