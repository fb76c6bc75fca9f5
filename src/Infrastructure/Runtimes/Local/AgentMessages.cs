using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>
/// The sentences an agent's owner reads. They hold no path of the server, and nothing that changes by itself: each new wording is
/// stored and sent out.
/// </summary>
internal sealed class AgentMessages(LocalRuntimeOptions options)
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
        $"The agent needs the program \"{program}\", which isn't installed on this server. Ask whoever runs the server to install it, or upload code "
        + "that starts with something else.");

    public AgentObservation Restarting(int exitCode, TimeSpan pause, IReadOnlyList<string> lines) => AgentObservation.Starting with
    {
        Reason = RestartingAfterCrash,
        Message = $"The agent ended with {Signals.Describe(exitCode)} and is started again in {pause.TotalSeconds:0.##} s.{Hint(exitCode)}{LogQuote.Of(lines)}",
    };

    public AgentObservation CrashLoop(int exitCode, IReadOnlyList<string> lines) => AgentObservation.Failed(
        CrashLoopBackOff,
        $"The agent keeps crashing: it ended {options.CrashLimit} times in a row or more, the last time with {Signals.Describe(exitCode)}. "
        + $"It is tried again at intervals of up to {options.MaxBackoff.TotalSeconds:0.##} s.{Hint(exitCode)}{LogQuote.Of(lines)}");

    public AgentObservation NeverReady(int exitCode, IReadOnlyList<string> lines) => AgentObservation.Failed(
        DeadlineExceeded,
        $"The agent wasn't ready within {options.DeployTimeout.TotalSeconds:0.##} s: it ended with {Signals.Describe(exitCode)} and is started "
        + $"again.{Hint(exitCode)}{LogQuote.Of(lines)}");

    public AgentObservation NothingListens(int port, IReadOnlyList<string> lines) => AgentObservation.Failed(
        DeadlineExceeded,
        $"The agent runs, but nothing listens on its PORT ({port}) after {options.DeployTimeout.TotalSeconds:0.##} s. {HowToListen}{LogQuote.Of(lines)}");

    private static string Hint(int exitCode) => exitCode == 0
        ? $" It ended by itself, but an agent is a server and has to go on running. {HowToListen}"
        : "";
}
