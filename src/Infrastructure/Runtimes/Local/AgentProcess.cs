using System.Diagnostics;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>An agent's process together with all that it started.</summary>
internal sealed class AgentProcess : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly bool _leadsGroup;
    private readonly ProcessMark _mark;

    public AgentProcess(Process process, bool leadsGroup, ProcessMark mark)
    {
        _process = process;
        _leadsGroup = leadsGroup;
        _mark = mark;
        Id = process.Id;
        Exited = WaitForExitAsync();
    }

    public int Id { get; }

    /// <summary>Ends with the exit code.</summary>
    public Task<int> Exited { get; }

    public Stream StandardOutput => _process.StandardOutput.BaseStream;

    public Stream StandardError => _process.StandardError.BaseStream;

    /// <summary>
    /// Asks the process and its children to end, and kills what hasn't ended after <paramref name="grace"/>. False when something still
    /// lives after that: a process that the kernel itself holds.
    /// </summary>
    public async Task<bool> StopAsync(TimeSpan grace, TimeProvider time)
    {
        if (_leadsGroup)
            Signals.TerminateGroup(Id);
        else if (!Exited.IsCompleted)
            Signals.TerminateProcess(Id);

        var asked = time.GetTimestamp();
        await Task.WhenAny(Exited, Task.Delay(grace, time));
        while (IsSessionAlive() && time.GetElapsedTime(asked) < grace)
            await Task.Delay(Pause, time);

        return await KillAsync();
    }

    /// <summary>Kills what is left of the process, its session and every process that carries the agent's mark.</summary>
    public async Task<bool> KillAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (!KillOnce())
        {
            if (Stopwatch.GetElapsedTime(began) > KillTimeout)
                return false;
            await Task.Delay(Pause);
        }

        await Exited;
        return true;
    }

    public void Dispose() => _process.Dispose();

    /// <summary>True when there was nothing left to kill.</summary>
    private bool KillOnce()
    {
        if (_leadsGroup)
            Signals.KillGroup(Id);
        else if (!Exited.IsCompleted)
            KillTree();

        var left = ProcessTable.Living().Where(IsOurs).ToList();
        foreach (var process in left)
            Signals.KillProcess(process.Id);
        return left.Count == 0 && Exited.IsCompleted;
    }

    private bool IsSessionAlive() => _leadsGroup && ProcessTable.Living().Any(process => process.Session == Id);

    private bool IsOurs(ProcessEntry process) =>
        process.Id != Environment.ProcessId
        && ((_leadsGroup && process.Session == Id) || ProcessTable.WasStartedWith(process.Id, _mark.Entries));

    private void KillTree()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It ended in this moment, or its children did; the next look tells.
        }
    }

    private async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }
}
