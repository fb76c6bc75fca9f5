using System.Diagnostics.CodeAnalysis;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Runtimes.Local.Logs;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>
/// One agent: what serves, and beside it, while something else is wanted, the candidate for its place. The candidate takes over when it is
/// ready; what served before goes on with the requests it has and then ends. What is wanted again while it still runs takes its place back.
/// </summary>
/// <param name="agent">Which one.</param>
/// <param name="runPath">Absolute folder for what the agent writes while it runs.</param>
/// <param name="log">What its processes write.</param>
/// <param name="host">What all agents share.</param>
internal sealed class SupervisedAgent(AgentRef agent, string runPath, AgentLog log, LocalAgentHost host)
{
    /// <summary>Changes in quick succession don't gather processes: those replaced first don't get their time.</summary>
    private const int MaxDraining = 3;

    private readonly Lock _sync = new();
    private readonly List<Draining> _draining = [];
    private readonly List<Task> _ends = [];
    private AgentSpec? _wanted;
    private AgentInstance? _serving;
    private AgentInstance? _candidate;
    private bool _isOver;

    // What has to be gone before another process starts, so that specifications which come and go leave no heap of processes.
    private Task? _predecessors;

    public AgentRef Agent => agent;

    /// <summary>Where the agent is reached; null while it isn't.</summary>
    public Uri? Endpoint
    {
        get
        {
            lock (_sync)
                return _serving?.Endpoint;
        }
    }

    /// <summary>Makes the agent run as specified. False when its end was asked for: it can't come back, only a new one can.</summary>
    public bool Apply(AgentSpec spec)
    {
        lock (_sync)
        {
            if (_isOver)
                return false;

            _wanted = spec;
            if (spec.IsStopped)
            {
                EndAll(host.Options.StopGrace);
                host.Observations.Forget(agent);
                return true;
            }

            if (_serving?.Runs(spec) == true || TakeBack(spec))
            {
                Dismiss(_candidate);
                _candidate = null;
            }
            else if (_candidate?.Runs(spec) != true)
            {
                Dismiss(_candidate);
                _predecessors ??= Task.Run(() => AgentEnvironment.RemoveAll(runPath));
                _candidate = new AgentInstance(spec, runPath, log, host, _predecessors, Tell);
                _candidate.Start();
            }

            // Whoever asks again may have recorded something else since.
            Publish();
            host.Observations.Repeat(agent);
            return true;
        }
    }

    /// <summary>Where to send a request, which counts as being on its way until <paramref name="call"/> is disposed.</summary>
    public bool TryCall([NotNullWhen(true)] out Uri? endpoint, [NotNullWhen(true)] out IDisposable? call)
    {
        lock (_sync)
        {
            endpoint = _serving?.Endpoint;
            call = endpoint is null ? null : _serving!.Calls.Enter();
            return call is not null;
        }
    }

    /// <summary>Ends the agent with all its processes; the task is done when none of them is left.</summary>
    /// <param name="grace">Between SIGTERM and SIGKILL.</param>
    public Task StopAsync(TimeSpan grace)
    {
        lock (_sync)
        {
            _isOver = true;
            EndAll(grace);
            return Task.WhenAll(_ends);
        }
    }

    private void Tell(AgentInstance instance, AgentObservation observation)
    {
        lock (_sync)
        {
            instance.Latest = observation;
            if (instance == _candidate && observation.State == ObservedState.Running)
            {
                Replace(_candidate);
                _candidate = null;
            }

            if (instance == (_candidate ?? _serving))
                Publish();
        }
    }

    /// <summary>Says how what is wanted stands, and whose rollout that is.</summary>
    private void Publish()
    {
        if (_wanted is { IsStopped: false } && (_candidate ?? _serving) is { } instance)
            host.Observations.Publish(agent, instance.Latest with { Rollout = _wanted.Rollout });
    }

    /// <summary>Another instance serves from now on.</summary>
    private void Replace(AgentInstance instance)
    {
        if (_serving is { } replaced)
        {
            var draining = new Draining(replaced);
            _draining.Add(draining);
            Remember(DrainAsync(draining));
            if (_draining.Count > MaxDraining)
            {
                Remember(_draining[0].Instance.StopAsync(host.Options.StopGrace));
                Forget(_draining[0]);
            }
        }

        _serving = instance;
    }

    /// <summary>What is wanted was replaced a moment ago and still runs.</summary>
    private bool TakeBack(AgentSpec spec)
    {
        if (_draining.Find(draining => draining.Instance.Runs(spec) && draining.Instance.Endpoint is not null) is not { } found)
            return false;

        Forget(found);
        Replace(found.Instance);
        return true;
    }

    private async Task DrainAsync(Draining draining)
    {
        var (instance, options, isOver) = (draining.Instance, host.Options, draining.Over.Token);
        try
        {
            // Who asked for the address a moment ago may still be on the way with it.
            await Task.Delay(options.DrainMoment, host.Time, isOver);
            await Task.WhenAny(instance.Calls.WhenIdle(), Task.Delay(options.DrainLimit, host.Time, isOver));
        }
        catch (OperationCanceledException) when (isOver.IsCancellationRequested)
        {
            return;
        }

        lock (_sync)
        {
            if (!_draining.Contains(draining))
                return;

            Forget(draining);
            Remember(instance.StopAsync(options.StopGrace));
        }
    }

    /// <summary>It serves again, or is being ended.</summary>
    private void Forget(Draining draining)
    {
        _draining.Remove(draining);
        draining.Over.Cancel();
    }

    private void EndAll(TimeSpan grace)
    {
        foreach (var draining in _draining.ToList())
        {
            Dismiss(draining.Instance, grace);
            Forget(draining);
        }

        Dismiss(_serving, grace);
        Dismiss(_candidate, grace);
        _serving = null;
        _candidate = null;
    }

    private void Dismiss(AgentInstance? instance, TimeSpan? grace = null)
    {
        if (instance is null)
            return;

        var end = instance.StopAsync(grace ?? host.Options.StopGrace);
        Remember(end);
        _predecessors = _predecessors is { IsCompleted: false } ? Task.WhenAll(_predecessors, end) : end;
    }

    private void Remember(Task end)
    {
        _ends.RemoveAll(task => task.IsCompleted);
        _ends.Add(end);
    }

    private sealed class Draining(AgentInstance instance)
    {
        public AgentInstance Instance => instance;

        public CancellationTokenSource Over { get; } = new();
    }
}
