using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Infrastructure.Runtimes.Local;
using StackAgent.Infrastructure.Runtimes.Local.Logs;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

/// <summary>A platform folder of its own with a local runtime, and the means to put agents into it.</summary>
internal sealed class LocalTestBed : IAsyncDisposable
{
    public const string HealthyAgent = """
        import http.server, os
        print("hello from the agent", flush=True)
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")
            def log_message(self, *_):
                pass
        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128
        Server(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
        """;

    private readonly TemporaryFolder? _ownFolder;

    public LocalTestBed(Func<LocalRuntimeOptions, LocalRuntimeOptions>? change = null, TimeProvider? time = null, string? basePath = null)
    {
        _ownFolder = basePath is null ? new TemporaryFolder() : null;
        BasePath = basePath ?? _ownFolder!.Path;
        var options = new LocalRuntimeOptions(BasePath)
        {
            FirstBackoff = TimeSpan.FromMilliseconds(10),
            MaxBackoff = TimeSpan.FromMilliseconds(100),
            StopGrace = TimeSpan.FromSeconds(2),
            DrainMoment = TimeSpan.FromMilliseconds(100),
        };
        var folders = Substitute.For<ICodeFolders>();
        folders.AgentPath(default, default).ReturnsForAnyArgs(call => AgentPath(new AgentRef(call.ArgAt<Guid>(0), call.ArgAt<Guid>(1))));
        Runtime = new LocalRuntime(change?.Invoke(options) ?? options, folders, time ?? TimeProvider.System, NullLogger<LocalRuntime>.Instance);
        Observations = new ObservationLog(Runtime);
    }

    public string BasePath { get; }

    public LocalRuntime Runtime { get; }

    public ObservationLog Observations { get; }

    public ProcessMark Mark => ProcessMark.OfPlatform(BasePath);

    public string AgentPath(AgentRef agent) => Path.Combine(BasePath, "stacks", $"{agent.StackId}", "agents", $"{agent.AgentId}");

    public string LogPath(AgentRef agent) => Path.Combine(AgentPath(agent), "run", AgentLog.FileName);

    public IReadOnlyList<ProcessEntry> ProcessesOf(AgentRef agent) => ProcessReaper.Find(Mark.Of(agent));

    /// <summary>An agent made of files (name, content).</summary>
    public AgentSpec Add(params (string Name, string Content)[] files) => Add(new AgentRef(Guid.CreateVersion7(), Guid.CreateVersion7()), files);

    public AgentSpec Add(AgentRef agent, params (string Name, string Content)[] files) => Add(agent, 1, files);

    /// <summary>One revision of an agent, made of files.</summary>
    public AgentSpec Add(AgentRef agent, int revision, params (string Name, string Content)[] files)
    {
        var code = Path.Combine(AgentPath(agent), "revisions", $"{revision}", "extracted");
        foreach (var (name, content) in files)
        {
            var path = Path.Combine(code, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, content);
        }

        return new AgentSpec(agent, revision, code, new Dictionary<string, string> { ["STACKAGENT_AGENT_ID"] = $"{agent.AgentId}" });
    }

    /// <summary>Adds the agent and makes it run.</summary>
    public async Task<AgentSpec> RunAsync(params (string Name, string Content)[] files)
    {
        var agent = Add(files);
        await Runtime.AcquireAsync(CancellationToken.None);
        await Runtime.ApplyAgentAsync(agent, CancellationToken.None);
        return agent;
    }

    public Task<IReadOnlyList<string>> LogOfAsync(AgentSpec agent) => Runtime.ReadLogTailAsync(agent.Agent, 1_000, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Observations.DisposeAsync();
        await Runtime.DisposeAsync();
        await ProcessReaper.KillAsync(Mark, CancellationToken.None);
        _ownFolder?.Dispose();
    }
}
