using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>
/// One agent's life: a single loop starts its process, waits until it listens, watches it, restarts it after a crash, and ends it when
/// another specification comes or none is wanted any more.
/// </summary>
/// <param name="agent">Which one.</param>
/// <param name="runPath">Absolute folder for what the agent writes while it runs.</param>
/// <param name="host">What all agents share.</param>
internal sealed class SupervisedAgent(AgentRef agent, string runPath, LocalAgentHost host)
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan SlowestPoll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OutputTimeout = TimeSpan.FromSeconds(1);

    private readonly Lock _sync = new();
    private readonly AgentMessages _messages = new(host.Options);
    private AgentSpec? _wanted;
    private CancellationTokenSource _change = new();
    private TimeSpan _grace = host.Options.StopGrace;
    private Task? _loop;
    private volatile Uri? _endpoint;

    public AgentRef Agent => agent;

    /// <summary>Where the agent listens; null while it doesn't.</summary>
    public Uri? Endpoint => _endpoint;

    private LocalRuntimeOptions Options => host.Options;

    private TimeProvider Time => host.Time;

    /// <summary>Makes the agent run as specified. False when its end was asked for: it can't come back, only a new one can.</summary>
    public async Task<bool> ApplyAsync(AgentSpec spec)
    {
        CancellationTokenSource change;
        lock (_sync)
        {
            if (_loop is not null && _wanted is null)
                return false;
            if (_wanted?.Fingerprint == spec.Fingerprint)
            {
                // Whoever asks again may have recorded something else since.
                host.Observations.Repeat(agent);
                return true;
            }

            _wanted = spec;
            host.Observations.Publish(agent, AgentObservation.Starting);
            _loop ??= Task.Run(RunAsync);
            change = _change;
        }

        await change.CancelAsync();
        return true;
    }

    /// <summary>Ends the agent with all its processes; the task is done when none of them is left.</summary>
    /// <param name="grace">Between SIGTERM and SIGKILL.</param>
    public async Task StopAsync(TimeSpan grace)
    {
        CancellationTokenSource change;
        Task? loop;
        lock (_sync)
        {
            if (_wanted is not null)
                _grace = grace;
            _wanted = null;
            change = _change;
            loop = _loop;
        }

        await change.CancelAsync();
        if (loop is not null)
            await loop;
    }

    private async Task RunAsync()
    {
        while (NextSpec() is var (spec, change))
        {
            try
            {
                await SuperviseAsync(spec, change);
            }
            catch (OperationCanceledException) when (change.IsCancellationRequested)
            {
                // Something else is wanted.
            }
            catch (Exception exception) when (change.IsCancellationRequested)
            {
                host.Logger.LogError(exception, "Agent {AgentId} ended in disorder", agent.AgentId);
            }
        }
    }

    /// <summary>What is wanted now, and what says that it no longer is. A change that came before this moment is thereby dealt with.</summary>
    private (AgentSpec Spec, CancellationToken Change)? NextSpec()
    {
        lock (_sync)
        {
            if (_wanted is not { } spec)
                return null;

            // The one before isn't disposed, since whoever changed something may be cancelling it just now; it holds no handle.
            _change = new CancellationTokenSource();
            return (spec, _change.Token);
        }
    }

    private async Task SuperviseAsync(AgentSpec spec, CancellationToken change)
    {
        using var log = new AgentLog(runPath, Options.LogFileLimit, Time);
        var restarts = new RestartPolicy(Options);
        var deadline = new Deadline(Options.DeployTimeout, Time);
        while (true)
        {
            var pause = Options.MaxBackoff;
            try
            {
                var (exitCode, readyFor) = await RunOnceAsync(spec, log, deadline, change);
                pause = restarts.Crashed(readyFor);
                host.Observations.Publish(agent, AfterCrash(exitCode, log, restarts, deadline, pause));
            }
            catch (RuntimeRefusedException refusal)
            {
                // What is missing may come: a program that is installed, a folder that is mounted.
                host.Observations.Publish(agent, AgentObservation.Failed(refusal.Reason, refusal.Message));
            }
            catch (Exception exception) when (!change.IsCancellationRequested)
            {
                host.Logger.LogError(exception, "Agent {AgentId} couldn't be started", agent.AgentId);
                host.Observations.Publish(agent, AgentObservation.Failed(AgentMessages.StartFailed, AgentMessages.CouldNotStart));
            }

            await Task.Delay(pause, Time, change);
        }
    }

    private AgentObservation AfterCrash(int exitCode, AgentLog log, RestartPolicy restarts, Deadline deadline, TimeSpan pause) => (restarts, deadline) switch
    {
        ({ IsCrashLoop: true }, _) => _messages.CrashLoop(exitCode, log.LastLines),
        (_, { HasPassed: true }) => _messages.NeverReady(exitCode, log.LastLines),
        _ => _messages.Restarting(exitCode, pause, log.LastLines),
    };

    /// <summary>Runs the agent's process to its end. Returns the exit code and how long the agent was ready.</summary>
    private async Task<(int ExitCode, TimeSpan ReadyFor)> RunOnceAsync(AgentSpec spec, AgentLog log, Deadline deadline, CancellationToken change)
    {
        var plan = LaunchPlan.For(spec.CodePath, Options.GraphCommand);
        var port = host.Ports.Take();
        try
        {
            var environment = AgentEnvironment.Build(spec, plan, port, runPath, host.Mark.Of(agent));
            var program = Executables.Find(plan.Program, environment["PATH"]) ?? throw AgentMessages.ProgramMissing(plan.Program);
            log.BeginRun($"starting `{plan}` with PORT={port}");
            using var process = await host.Spawner.StartAsync(program, plan.Arguments, plan.WorkingDirectory, environment, host.Mark.Of(agent));
            host.Logger.LogInformation("Agent {AgentId} runs as process {ProcessId} on port {Port}", agent.AgentId, process.Id, port);
            return await WatchAsync(process, port, log, deadline, change);
        }
        finally
        {
            host.Ports.Return(port);
        }
    }

    private async Task<(int ExitCode, TimeSpan ReadyFor)> WatchAsync(
        AgentProcess process, int port, AgentLog log, Deadline deadline, CancellationToken change)
    {
        using var pumping = new CancellationTokenSource();
        var output = Task.WhenAll(
            log.PumpAsync(process.StandardOutput, "stdout", pumping.Token),
            log.PumpAsync(process.StandardError, "stderr", pumping.Token));
        var readyFor = TimeSpan.Zero;
        var gone = false;
        try
        {
            if (await IsReadyAsync(process, port, log, deadline, change))
            {
                var ready = Time.GetTimestamp();
                _endpoint = new Uri($"http://127.0.0.1:{port}");
                host.Observations.Publish(agent, AgentObservation.Running);
                await process.Exited.WaitAsync(change);
                readyFor = Time.GetElapsedTime(ready);
                deadline.Restart();
            }

            _endpoint = null;
            gone = await process.KillAsync();
        }
        finally
        {
            _endpoint = null;
            if (!process.Exited.IsCompleted)
                gone = await process.StopAsync(_grace, Time);
            if (!gone)
                host.Logger.LogError("Agent {AgentId}: a process of its own can't be killed", agent.AgentId);

            // Whoever left the agent's session and dropped its environment may still hold its output open.
            await Task.WhenAny(output, Task.Delay(OutputTimeout));
            await pumping.CancelAsync();
            await output;
            if (process.Exited.IsCompleted)
                log.Remark($"ended with {Signals.Describe(await process.Exited)}");
        }

        return (await process.Exited, readyFor);
    }

    /// <summary>Waits until the agent listens; false when it ended first.</summary>
    private async Task<bool> IsReadyAsync(AgentProcess process, int port, AgentLog log, Deadline deadline, CancellationToken change)
    {
        var told = false;
        for (var pause = FirstPoll; !process.Exited.IsCompleted; pause = pause < SlowestPoll ? pause * 1.25 : SlowestPoll)
        {
            if (await ReadinessProbe.IsListeningAsync(port, change))
                return !process.Exited.IsCompleted;
            if (deadline.HasPassed && !told)
            {
                told = true;
                host.Observations.Publish(agent, _messages.NothingListens(port, log.LastLines));
            }

            await Task.WhenAny(process.Exited, Task.Delay(pause, Time, change));
            change.ThrowIfCancellationRequested();
        }

        return false;
    }

    /// <summary>By when the agent has to be ready, counted from the start of its deployment or the end of its last good time.</summary>
    private sealed class Deadline(TimeSpan limit, TimeProvider time)
    {
        private long _began = time.GetTimestamp();

        public bool HasPassed => time.GetElapsedTime(_began) >= limit;

        public void Restart() => _began = time.GetTimestamp();
    }
}
