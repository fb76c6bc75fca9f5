namespace StackAgent.Application.Common.Runtimes;

/// <summary>Which part of an agent's log is wanted.</summary>
public sealed record LogQuery
{
    /// <summary>At most so many of the newest lines that are there at the beginning; null: all that is kept.</summary>
    public int? Tail { get; init; }

    /// <summary>Only lines from this moment on.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Go on with what comes.</summary>
    public bool Follow { get; init; }

    /// <summary>The processes before the present ones: what a crashed or replaced container wrote last, for a day. Can't be followed.</summary>
    public bool Previous { get; init; }

    /// <summary>Only lines with this text, in any case; <see cref="Tail"/> counts those. Markers come anyway.</summary>
    public string? Search { get; init; }

    /// <summary>Only this pod's (<see cref="LogLine.Pod"/>).</summary>
    public string? Pod { get; init; }
}

/// <summary>One line of an agent's log.</summary>
/// <param name="Time">When it was written (UTC).</param>
/// <param name="Pod">The pod, or the run of a local process, that wrote it.</param>
/// <param name="Source">Which output it came from, or that it is the server's own remark.</param>
/// <param name="Text">Without its line break.</param>
public sealed record LogLine(DateTimeOffset Time, string Pod, LogSource Source, string Text);

public enum LogSource
{
    /// <summary>The agent's output; in a cluster both of them, which Kubernetes doesn't tell apart.</summary>
    Stdout,

    Stderr,

    /// <summary>A remark of the server's: a cut, a start, an end.</summary>
    Server,
}
