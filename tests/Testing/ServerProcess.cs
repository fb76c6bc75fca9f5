using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using StackAgent.Testing.Contract;

namespace StackAgent.Testing;

/// <summary>The product as its users start it: a process of its own, with a data folder of its own, that can be killed.</summary>
public sealed partial class ServerProcess : IDisposable
{
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int SigCont = 18;
    private const int SigStop = 19;

    private readonly string _assembly;
    private readonly Dictionary<string, string> _environment;
    private readonly StringBuilder _output = new();
    private Process? _process;

    /// <summary>Describes the server; <see cref="StartAsync"/> starts it.</summary>
    /// <param name="assembly">Path of <c>StackAgent.WebApi.dll</c>.</param>
    /// <param name="folder">Working directory: holds <c>data/</c> and, unless <paramref name="environment"/> says otherwise, the agents' code.</param>
    /// <param name="environment">Added to a minimal environment; what this process has isn't passed on.</param>
    public ServerProcess(string assembly, string folder, IReadOnlyDictionary<string, string>? environment = null)
    {
        _assembly = assembly;
        Folder = folder;
        Port = FreePort();
        _environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
            ["HOME"] = folder,
            ["DOTNET_NOLOGO"] = "1",
            ["PORT"] = Port.ToString(CultureInfo.InvariantCulture),
            // Whoever tests or measures calls more often than a user does.
            ["RATE_LIMIT_REQUESTS"] = "0",
            ["RATE_LIMIT_REPORTS"] = "0",
            ["RATE_LIMIT_ANONYMOUS"] = "0",
            ["AGENT_PLATFORM_BASE_PATH"] = Path.Combine(folder, "platform"),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            _environment[name] = value;
        Client = new HttpClient(new DocumentedAnswers(new SocketsHttpHandler())) { BaseAddress = new Uri($"http://127.0.0.1:{Port}"), Timeout = Eventually.Deadline };
    }

    public string Folder { get; }

    public int Port { get; }

    public HttpClient Client { get; }

    public int ProcessId => _process!.Id;

    public bool HasStarted => _process is not null;

    public bool HasExited => _process!.HasExited;

    public int ExitCode => _process!.ExitCode;

    /// <summary>All that it has printed since the last start.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public void Launch()
    {
        lock (_output)
            _output.Clear();
        var start = new ProcessStartInfo("dotnet", [_assembly])
        {
            UseShellExecute = false,
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        _process?.Dispose();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts the server and waits until it answers.</summary>
    public async Task StartAsync()
    {
        Launch();
        await Eventually.TrueAsync(IsHealthyAsync, "the server to answer");
    }

    /// <summary>SIGKILL: nothing in the server gets to run any more.</summary>
    public async Task KillAsync()
    {
        SendSignal(_process!.Id, SigKill);
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: it stands still until <see cref="Resume"/>, with its connections open.</summary>
    public void Suspend() => SendSignal(_process!.Id, SigStop);

    public void Resume() => SendSignal(_process!.Id, SigCont);

    /// <summary>SIGTERM, and the server's own end.</summary>
    public async Task StopAsync()
    {
        SendSignal(_process!.Id, SigTerm);
        await _process.WaitForExitAsync();
    }

    /// <summary>Registers an account and signs <see cref="Client"/> in with it.</summary>
    public async Task SignInAsync()
    {
        var account = new { email = $"{Guid.NewGuid():N}@example.com", password = "Correct-Horse-1", full_name = "Ada Lovelace" };
        (await Client.PostAsJsonAsync("api/auth/register", account)).EnsureSuccessStatusCode();
        using var login = await Client.PostAsJsonAsync("api/auth/login", account);
        login.EnsureSuccessStatusCode();
        var answer = await login.Content.ReadFromJsonAsync<JsonElement>();
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", answer.GetProperty("access_token").GetString());
    }

    public void Dispose()
    {
        Client.Dispose();
        if (_process is null)
            return;
        if (!_process.HasExited)
        {
            SendSignal(_process.Id, SigTerm);
            if (!_process.WaitForExit(TimeSpan.FromSeconds(15)))
                _process.Kill(entireProcessTree: true);
        }

        _process.WaitForExit();
        _process.Dispose();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> IsHealthyAsync()
    {
        if (_process!.HasExited)
            throw new InvalidOperationException($"The server ended with code {_process.ExitCode}: {Output}");
        try
        {
            using var answer = await Client.GetAsync("health");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Append(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
