using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace StackAgent.Testing;

/// <summary>
/// A PostgreSQL cluster of one's own, made with the <c>initdb</c> and <c>postgres</c> found on this machine and removed when disposed. The
/// server ends with this process, however that ends.
/// </summary>
public sealed class ThrowawayPostgreSql : IAsyncDisposable
{
    private readonly string _folder;
    private readonly ProcessStartInfo _start;
    private Process _server;

    private ThrowawayPostgreSql(Process server, ProcessStartInfo start, string folder, string connectionString)
    {
        _server = server;
        _start = start;
        _folder = folder;
        ConnectionString = connectionString;
    }

    /// <summary>The same as a URL, the way the server takes it.</summary>
    public string Url => UrlAt("127.0.0.1");

    /// <summary>The URL at another of this machine's addresses, for which it was started.</summary>
    public string UrlAt(string address) => $"postgresql://postgres@{address}:{new NpgsqlConnectionStringBuilder(ConnectionString).Port}/postgres";

    /// <summary>Of the superuser, to the database <c>postgres</c>.</summary>
    public string ConnectionString { get; }

    /// <summary>Makes and starts a cluster and waits until it answers.</summary>
    /// <param name="durable">True: PostgreSQL's defaults, by which a commit waits for the disk. False: faster, nothing waits.</param>
    /// <param name="alsoAt">Another address of this machine where it answers, whoever asks; null: none.</param>
    public static async Task<ThrowawayPostgreSql> StartAsync(bool durable, string? alsoAt = null)
    {
        var binaries = FindBinaries();
        var folder = Directory.CreateTempSubdirectory("stackagent-postgres-").FullName;
        var data = Path.Combine(folder, "data");
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", ["postgres", folder]);
        await RunAsPostgresAsync(Path.Combine(binaries, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        if (alsoAt is not null)
            await File.AppendAllTextAsync(Path.Combine(data, "pg_hba.conf"), "host all all all trust\n");

        var port = ServerProcess.FreePort().ToString(CultureInfo.InvariantCulture);
        string[] settings = ["-c", "max_connections=300", "-c", "logging_collector=off"];
        var start = AsPostgres(
            Path.Combine(binaries, "postgres"),
            ["-D", data, "-p", port, "-h", alsoAt is null ? "127.0.0.1" : $"127.0.0.1,{alsoAt}", "-k", folder, .. settings, .. durable ? Array.Empty<string>() : ["-c", "fsync=off"]]);
        var connectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Include Error Detail=true";
        var cluster = new ThrowawayPostgreSql(await StartBoundAsync(start), start, folder, connectionString);
        await cluster.AnswerAsync();
        return cluster;
    }

    /// <summary>SIGKILL to all of its processes at once: what a commit hasn't written is lost.</summary>
    public async Task KillAsync()
    {
        _server.Kill(entireProcessTree: true);
        await _server.WaitForExitAsync();
    }

    /// <summary>Starts it again after <see cref="KillAsync"/>, on the same data and port, and waits until it has recovered.</summary>
    public async Task RestartAsync()
    {
        // What was killed may still be going away, and until then it is in the way.
        await Eventually.TrueAsync(
            async () =>
            {
                _server.Dispose();
                _server = await StartBoundAsync(_start);
                while (!_server.HasExited)
                {
                    if (await AnswersAsync(ConnectionString))
                        return true;
                }

                return false;
            },
            "PostgreSQL to recover");
    }

    private Task AnswerAsync() => Eventually.TrueAsync(() => AnswersAsync(ConnectionString), "PostgreSQL to answer");

    public async ValueTask DisposeAsync()
    {
        _server.Kill(entireProcessTree: true);
        await _server.WaitForExitAsync();
        Directory.Delete(_folder, recursive: true);
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
            // A connection from the pool may be one of before, which says nothing.
            await using var connection = new NpgsqlConnection($"{connectionString};Pooling=false");
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
            ?? throw new InvalidOperationException("This needs PostgreSQL: install it (initdb and postgres), or set TEST_POSTGRES to a connection string.");
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
