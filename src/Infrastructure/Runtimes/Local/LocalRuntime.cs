using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Infrastructure.Runtimes.Local.Logs;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>Runs each agent as a supervised child process of this server. For one machine, and for trying things out.</summary>
internal sealed class LocalRuntime : IAgentRuntime, IRunningAgents, IAsyncDisposable
{
    private static readonly TimeSpan ShutdownGrace = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<AgentRef, SupervisedAgent> _agents = [];
    private readonly ConcurrentDictionary<AgentRef, AgentLog> _logs = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly ICodeFolders _folders;
    private readonly LocalAgentHost _host;
    private PlatformLock? _lock;
    private int _disposed;

    public LocalRuntime(LocalRuntimeOptions options, ICodeFolders folders, TimeProvider time, ILogger<LocalRuntime> logger)
    {
        _folders = folders;
        _host = new LocalAgentHost(
            options, ProcessMark.OfPlatform(options.BasePath), new ProcessSpawner(), new PortAllocator(), new ObservationFeed(), time, logger);
    }

    public string Description => "local processes";

    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        if (_lock is not null)
            return;

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        var acquired = await PlatformLock.AcquireAsync(_host.Options.BasePath, _host.Logger, _host.Time, either.Token);
        try
        {
            var killed = await ProcessReaper.KillAsync(_host.Mark, either.Token);
            if (killed > 0)
                _host.Logger.LogWarning("Killed {Count} processes of agents that a dead server had left", killed);
            either.Token.ThrowIfCancellationRequested();
        }
        catch
        {
            acquired.Dispose();
            throw;
        }

        _lock = acquired;
    }

    /// <summary>A stack is nothing but its agents here; the folder is the storage's.</summary>
    public Task<bool> ApplyStackAsync(Guid stackId, CancellationToken cancellationToken) => Task.FromResult(false);

    public async Task<bool> RemoveStackAsync(Guid stackId, CancellationToken cancellationToken)
    {
        var removals = _agents.Keys.Where(agent => agent.StackId == stackId).Select(agent => RemoveAgentAsync(agent, cancellationToken));
        return (await Task.WhenAll(removals)).All(gone => gone);
    }

    public async Task ApplyAgentAsync(AgentSpec agent, CancellationToken cancellationToken)
    {
        if (_lock is null)
            throw new InvalidOperationException("The runtime has to be acquired before it runs agents.");

        while (true)
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            var supervised = _agents.GetOrAdd(agent.Agent, Supervise);
            if (supervised.Apply(agent))
                break;
            if (!await EndAsync(supervised, cancellationToken))
                throw new InvalidOperationException("The agent's old processes are still ending.");
        }

        // The server may have begun to end meanwhile, without knowing of this agent.
        if (_stopping.IsCancellationRequested)
            await RemoveAgentAsync(agent.Agent, cancellationToken);
    }

    public async Task<bool> RemoveAgentAsync(AgentRef agent, CancellationToken cancellationToken)
    {
        if (_agents.TryGetValue(agent, out var supervised) && !await EndAsync(supervised, cancellationToken))
            return false;

        if (_logs.TryRemove(agent, out var log))
            log.Dispose();
        return true;
    }

    public IAsyncEnumerable<ObservedAgent> ObserveAsync(CancellationToken cancellationToken) => _host.Observations.ReadAsync(cancellationToken);

    public Task<RuntimeInventory> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new RuntimeInventory(Stacks: [], [.. _agents.Keys]));

    public Task<IReadOnlyList<string>> ReadLogTailAsync(AgentRef agent, int lines, CancellationToken cancellationToken) =>
        LogOf(agent).ReadTailAsync(lines, cancellationToken);

    public IAsyncEnumerable<LogLine> ReadLogAsync(AgentRef agent, LogQuery query, CancellationToken cancellationToken) =>
        LogOf(agent).ReadAsync(query, cancellationToken);

    public Task<string?> CheckHealthAsync(CancellationToken cancellationToken) => Task.FromResult(
        _stopping.IsCancellationRequested ? "The local runtime is shutting down."
        : _lock is not null && !Directory.Exists(_host.Options.BasePath) ? "The folder that holds the agents is gone."
        : null);

    public bool TryGetEndpoint(AgentRef agent, [NotNullWhen(true)] out Uri? endpoint)
    {
        endpoint = _agents.TryGetValue(agent, out var supervised) ? supervised.Endpoint : null;
        return endpoint is not null;
    }

    public bool TryCall(AgentRef agent, [NotNullWhen(true)] out Uri? endpoint, out IDisposable? call)
    {
        (endpoint, call) = (null, null);
        return _agents.TryGetValue(agent, out var supervised) && supervised.TryCall(out endpoint, out call);
    }

    /// <summary>Ends every agent, all at once, and gives up the platform's folder. Takes 6 s at most; agents' states aren't reported any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        await _stopping.CancelAsync();
        var grace = _host.Options.StopGrace < ShutdownGrace ? _host.Options.StopGrace : ShutdownGrace;
        try
        {
            await Task.WhenAll(_agents.Values.Select(agent => agent.StopAsync(grace))).WaitAsync(ShutdownLimit);
        }
        catch (TimeoutException)
        {
            _host.Logger.LogError("Some agents were still ending when the server ended; the next one kills what is left of them");
        }

        foreach (var log in _logs.Values)
            log.Dispose();
        _host.Spawner.Dispose();
        _lock?.Dispose();
        _stopping.Dispose();
    }

    private SupervisedAgent Supervise(AgentRef agent) => new(agent, RunPath(agent), LogOf(agent), _host);

    private AgentLog LogOf(AgentRef agent) => _logs.GetOrAdd(
        agent, _ => new AgentLog(RunPath(agent), new LogLimits(_host.Options.LogFileLimit, _host.Options.LogKeptOfRun), _host.Time));

    private string RunPath(AgentRef agent) => Path.Combine(_folders.AgentPath(agent.StackId, agent.AgentId), "run");

    /// <summary>False when the agent's processes outlive even SIGKILL, as they can while the kernel holds them.</summary>
    private async Task<bool> EndAsync(SupervisedAgent supervised, CancellationToken cancellationToken)
    {
        try
        {
            await supervised.StopAsync(_host.Options.StopGrace).WaitAsync(_host.Options.StopGrace + KillTimeout, cancellationToken);
        }
        catch (TimeoutException)
        {
            return false;
        }

        if (_agents.TryRemove(KeyValuePair.Create(supervised.Agent, supervised)))
            _host.Observations.Forget(supervised.Agent);
        return true;
    }
}
