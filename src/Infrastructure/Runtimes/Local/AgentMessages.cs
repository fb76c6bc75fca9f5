using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>
/// The sentences an agent's owner reads. They hold no path of the server, and nothing that changes by itself: each new wording is
/// stored and sent out.
/// </summary>
/// <param name="options">When an agent counts as crashing.</param>
/// <param name="deadline">How long it may take until it is ready.</param>
/// <param name="healthPath">What it has to answer to be ready; null: it only has to listen.</param>
internal sealed class AgentMessages(LocalRuntimeOptions options, TimeSpan deadline, string? healthPath)
{
    public const string CrashLoopBackOff = "CrashLoopBackOff";
    public const string DeadlineExceeded = "DeadlineExceeded";
    public const string ProgramNotFound = "ProgramNotFound";
    public const string RestartingAfterCrash = "Restarting";
    public const string StartFailed = "StartFailed";
    public const string CouldNotStart = "The agent's process couldn't be started. The server's log says why; it is tried again once a minute.";

    private const string HowToListen = "An agent has to accept connections on the port that the environment variable PORT names.";

    public static RuntimeRefusedException ProgramMissing(string program) => new(
        ProgramNotFound,
        program.Contains('/')
            ? $"The agent's command begins with \"{program}\", which is no executable file of its code or of this server. Correct the command, or give "
                + "a program that runs the file, such as [\"sh\", \"start.sh\"]."
            : $"The agent needs the program \"{program}\", which isn't installed on this server. Ask whoever runs the server to install it, or upload code "
                + "that starts with something else.");

    public AgentObservation Restarting(int exitCode, TimeSpan pause, IReadOnlyList<string> lines) => AgentObservation.Starting with
    {
        Reason = RestartingAfterCrash,
        Message = $"The agent ended with {Signals.Describe(exitCode)} and is started again in {pause.TotalSeconds:0.##} s.{Hint(exitCode)}{LogQuote.Of(lines)}",
    };

    public AgentObservation CrashLoop(int exitCode, IReadOnlyList<string> lines) => Lasting(
        CrashLoopBackOff,
        $"The agent keeps crashing: it ended {options.CrashLimit} times in a row or more, the last time with {Signals.Describe(exitCode)}. "
        + $"It is tried again at intervals of up to {options.MaxBackoff.TotalSeconds:0.##} s.{Hint(exitCode)}{LogQuote.Of(lines)}");

    public AgentObservation NeverReady(int exitCode, IReadOnlyList<string> lines) => Lasting(
        DeadlineExceeded,
        $"The agent wasn't ready within {deadline.TotalSeconds:0.##} s: it ended with {Signals.Describe(exitCode)} and is started "
        + $"again.{Hint(exitCode)}{LogQuote.Of(lines)}");

    public AgentObservation NotReady(int port, IReadOnlyList<string> lines) => Lasting(
        DeadlineExceeded,
        (healthPath is null
            ? $"The agent runs, but nothing listens on its PORT ({port}) after {deadline.TotalSeconds:0.##} s. {HowToListen}"
            : $"The agent runs, but GET {healthPath} on its PORT ({port}) isn't answered with 2xx or 3xx after {deadline.TotalSeconds:0.##} s.")
        + LogQuote.Of(lines));

    private static AgentObservation Lasting(string reason, string message) => AgentObservation.Failed(reason, message) with { IsLasting = true };

    private static string Hint(int exitCode) => exitCode == 0
        ? $" It ended by itself, but an agent is a server and has to go on running. {HowToListen}"
        : "";
}
