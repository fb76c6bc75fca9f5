using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>Counts an agent's crashes in a row and says how long to wait after each.</summary>
internal sealed class RestartPolicy(LocalRuntimeOptions options)
{
    /// <summary>Crashes since the agent was last ready for long enough.</summary>
    public int Crashes { get; private set; }

    public bool IsCrashLoop => Crashes >= options.CrashLimit;

    /// <summary>The pause until the next start.</summary>
    /// <param name="readyFor">How long the agent was ready before it ended; zero when it never was.</param>
    public TimeSpan Crashed(TimeSpan readyFor)
    {
        if (readyFor >= options.StableAfter)
            Crashes = 0;
        Crashes++;

        var pause = options.FirstBackoff;
        for (var crash = 1; crash < Crashes && pause < options.MaxBackoff; crash++)
            pause = Backoff.Next(pause, options.MaxBackoff);
        return pause;
    }
}
