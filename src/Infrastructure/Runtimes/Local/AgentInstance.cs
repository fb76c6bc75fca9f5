using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Runtimes.Local.Logs;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>
/// One specification of an agent being run: a single loop starts its process, waits until it is ready, watches it, restarts it after a crash, and ends it
/// when it isn't wanted any more. An agent that is being replaced has two of these.
/// </summary>
/// <param name="spec">What to run.</param>
/// <param name="runPath">Absolute folder for what the agent writes while it runs.</param>
/// <param name="log">The agent's.</param>
/// <param name="host">What all agents share.</param>
/// <param name="predecessors">Has to be over before the first process starts.</param>
/// <param name="tell">Takes what is to be said of this instance. <see cref="Endpoint"/> is set before it is said to run.</param>
internal sealed class AgentInstance(
    AgentSpec spec, string runPath, AgentLog log, LocalAgentHost host, Task predecessors, Action<AgentInstance, AgentObservation> tell)
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan SlowestPoll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OutputTimeout = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _end = new();
    private readonly HealthSettings _health = spec.Settings.Health ?? new HealthSettings();
    private readonly string _fingerprint = spec.Fingerprint;
    private TimeSpan _grace = host.Options.StopGrace;
    private Task _loop = Task.CompletedTask;
    private volatile Uri? _endpoint;

    /// <summary>Where it is reached; null while it isn't ready.</summary>
    public Uri? Endpoint => _endpoint;

    /// <summary>What was last said of it.</summary>
    public AgentObservation Latest { get; set; } = AgentObservation.Starting;

    /// <summary>The requests that are on their way to it.</summary>
    public CallCounter Calls { get; } = new();

    private LocalRuntimeOptions Options => host.Options;

    private TimeProvider Time => host.Time;

    private Guid AgentId => spec.Agent.AgentId;

    /// <summary>Whether it runs just what is specified there.</summary>
    public bool Runs(AgentSpec other) => other.Fingerprint == _fingerprint;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Ends it with all its processes; the task is done when none of them is left.</summary>
    /// <param name="grace">Between SIGTERM and SIGKILL.</param>
    public async Task StopAsync(TimeSpan grace)
    {
        if (!_end.IsCancellationRequested)
            _grace = grace;
        await _end.CancelAsync();
        await _loop;
    }

    private async Task RunAsync()
    {
        var end = _end.Token;
        try
        {
            await predecessors.WaitAsync(end);
            await SuperviseAsync(end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // It isn't wanted any more.
        }
        catch (Exception exception) when (end.IsCancellationRequested)
        {
            host.Logger.LogError(exception, "Agent {AgentId} ended in disorder", AgentId);
        }
    }

    private async Task SuperviseAsync(CancellationToken end)
    {
        var restarts = new RestartPolicy(Options);
        var limit = _health.StartupSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : Options.DeployTimeout;
        var messages = new AgentMessages(Options, limit, _health.Path);
        var deadline = new Deadline(limit, Time);
        while (true)
        {
            var pause = Options.MaxBackoff;
            try
            {
                var (exitCode, readyFor, lastLines) = await RunOnceAsync(messages, deadline, end);
                pause = restarts.Crashed(readyFor);

                // Each further try has all the time anew: otherwise it would be late as soon as it begins.
                if (restarts.IsCrashLoop)
                    deadline.Restart();
                tell(this, (restarts, deadline) switch
                {
                    ({ IsCrashLoop: true }, _) => messages.CrashLoop(exitCode, lastLines),
                    (_, { HasPassed: true }) => messages.NeverReady(exitCode, lastLines),
                    _ => messages.Restarting(exitCode, pause, lastLines),
                });
            }
            catch (RuntimeRefusedException refusal)
            {
                // What is missing may come, a program that is installed or a folder that is mounted, but not from waiting.
                tell(this, AgentObservation.Failed(refusal.Reason, refusal.Message) with { IsLasting = true });
            }
            catch (Exception exception) when (!end.IsCancellationRequested)
            {
                host.Logger.LogError(exception, "Agent {AgentId} couldn't be started", AgentId);
                tell(this, AgentObservation.Failed(AgentMessages.StartFailed, AgentMessages.CouldNotStart));
            }

            await Task.Delay(pause, Time, end);
        }
    }

    /// <summary>Runs the agent's process to its end. Returns the exit code, how long the agent was ready, and what it wrote last.</summary>
    private async Task<(int ExitCode, TimeSpan ReadyFor, IReadOnlyList<string> LastLines)> RunOnceAsync(
        AgentMessages messages, Deadline deadline, CancellationToken end)
    {
        var plan = LaunchPlan.For(spec.CodePath, spec.Settings, Options.GraphCommand);
        var port = host.Ports.Take();
        var run = log.BeginRun(spec.Revision);
        try
        {
            var mark = host.Mark.Of(spec.Agent).Of(run.Name);
            var environment = AgentEnvironment.Build(spec, plan, port, runPath, run.Name, mark);
            var program = Executables.Find(plan.Program, environment["PATH"], plan.WorkingDirectory) ?? throw AgentMessages.ProgramMissing(plan.Program);
            run.Remark($"starting `{plan}` with PORT={port}");
            using var process = await host.Spawner.StartAsync(program, plan.Arguments, plan.WorkingDirectory, environment, mark);
            host.Logger.LogInformation("Agent {AgentId} runs as {Run}, process {ProcessId}, on port {Port}", AgentId, run.Name, process.Id, port);
            var (exitCode, readyFor) = await WatchAsync(process, port, run, messages, deadline, end);
            return (exitCode, readyFor, run.LastLines);
        }
        finally
        {
            run.End();
            AgentEnvironment.Remove(runPath, run.Name);
            host.Ports.Return(port);
        }
    }

    private async Task<(int ExitCode, TimeSpan ReadyFor)> WatchAsync(
        AgentProcess process, int port, RunLog run, AgentMessages messages, Deadline deadline, CancellationToken end)
    {
        using var pumping = new CancellationTokenSource();
        var output = Task.WhenAll(
            run.PumpAsync(process.StandardOutput, StoredLine.Stdout, pumping.Token),
            run.PumpAsync(process.StandardError, StoredLine.Stderr, pumping.Token));
        var readyFor = TimeSpan.Zero;
        var gone = false;
        try
        {
            if (await IsReadyAsync(process, port, run, messages, deadline, end))
            {
                var ready = Time.GetTimestamp();
                _endpoint = new Uri($"http://127.0.0.1:{port}");
                tell(this, AgentObservation.Running);
                await process.Exited.WaitAsync(end);
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
                host.Logger.LogError("Agent {AgentId}: a process of its own can't be killed", AgentId);

            // Whoever left the agent's session and dropped its environment may still hold its output open.
            await Task.WhenAny(output, Task.Delay(OutputTimeout));
            await pumping.CancelAsync();
            await output;
            if (process.Exited.IsCompleted)
                run.Remark($"ended with {Signals.Describe(await process.Exited)}");
        }

        return (await process.Exited, readyFor);
    }

    /// <summary>Waits until the agent is ready; false when it ended first.</summary>
    private async Task<bool> IsReadyAsync(
        AgentProcess process, int port, RunLog run, AgentMessages messages, Deadline deadline, CancellationToken end)
    {
        if (_health.InitialDelaySeconds is > 0 and var delay)
            await Task.WhenAny(process.Exited, Task.Delay(TimeSpan.FromSeconds(delay), Time, end));

        var told = false;
        var slowest = _health.PeriodSeconds is { } period ? TimeSpan.FromSeconds(period) : SlowestPoll;
        for (var pause = FirstPoll; !process.Exited.IsCompleted; pause = pause < slowest ? pause * 1.25 : slowest)
        {
            end.ThrowIfCancellationRequested();
            if (await ReadinessProbe.IsReadyAsync(port, _health, end))
                return !process.Exited.IsCompleted;
            if (deadline.HasPassed && !told)
            {
                told = true;
                tell(this, messages.NotReady(port, run.LastLines));
            }

            await Task.WhenAny(process.Exited, Task.Delay(pause, Time, end));
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
