using StackAgent.Domain.Common;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>
/// What a person is told of an agent that doesn't run: what happened, and which setting mends it. No path of a machine and nothing that changes by
/// itself, because each new wording is stored and sent out.
/// </summary>
internal sealed class FailureSentences(AgentFacts facts)
{
    private const string AgainAtGrowingIntervals = "It is started again at growing intervals.";
    private const int LongestCause = 1_000;
    private const string AgainByItself = "It is tried again by itself.";

    private string Deadline => facts.Deadline;

    private string HowToAnswer => facts.HealthPath is { } path
        ? $"An agent is ready when it answers GET {path} (health.path in its configuration) on port {facts.Port}, which the environment variable PORT names, with a status from 200 to 399."
        : $"An agent has to accept connections on port {facts.Port}, which the environment variable PORT names.";

    public static string KeepsCrashing => "The agent keeps crashing and is started again at growing intervals.";

    public static string EndedOnce(ContainerTerminated last, bool isUp) =>
        $"The agent ended with exit code {last.ExitCode} and {(isUp ? "was" : "is")} started again.";

    public static string CantStart(string? cause) => $"The agent's container can't be started: {Sentence(cause)} {AgainByItself}";

    public static string PodEnded(string reason, string? cause) =>
        $"The agent's pod was ended by the cluster ({reason}){(cause is { Length: > 0 } ? $": {Sentence(cause)}" : ".")} Another one is on its way.";

    public static string NotCreated(string? reason, string? cause)
    {
        // The message names the folder, which is the server's affair.
        var isCode = reason == AgentDoctor.FailedMount && cause?.Contains("hostPath type check failed", StringComparison.Ordinal) == true;
        return isCode
            ? "The agent's code isn't on the node that its pod runs on. The nodes and StackAgent have to share one folder for agents' code "
                + "(AGENT_PLATFORM_BASE_PATH, AGENT_PLATFORM_HOST_PATH); if the folder is shared, delete the agent and upload it again."
            : $"The agent's container can't be made: {Sentence(cause)} {AgainByItself}";
    }

    public static string CantFetch(string? cause) => $"The container that fetches the agent's code can't be started: {Sentence(cause)} {AgainByItself}";

    /// <summary>The fetching's last line says why.</summary>
    public static string NotFetched(ContainerTerminated last)
    {
        var said = last.Message?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        var cause = said is { Length: > 0 }
            ? Sentence(Text.Truncate(said, LongestCause))
            : $"what fetches it ended with exit code {last.ExitCode}{(last.Reason is null or "Error" ? "" : $" ({last.Reason})")}.";
        return $"The agent's code couldn't be brought into its pod: {cause} {AgainByItself}";
    }

    public static string Refused(string? cause)
    {
        var isQuota = cause?.Contains("exceeded quota", StringComparison.Ordinal) == true;
        return isQuota
            ? $"The stack has no room for the agent's pod: {Sentence(cause)} Delete agents that aren't needed, or raise STACK_QUOTA."
            : $"The cluster refused the agent's pod: {Sentence(cause)}";
    }

    public static string Sentence(string? text)
    {
        var trimmed = text?.Trim() ?? "";
        return trimmed.Length == 0 ? "no cause was given." : trimmed[^1] is '.' or '!' or '?' ? trimmed : trimmed + ".";
    }

    public string NoPodInTime() => $"Kubernetes made no pod for the agent within {Deadline}. The cluster's controller manager may be down.";

    public string NotScheduledInTime() => $"No node was chosen for the agent's pod within {Deadline}. The cluster's scheduler may be down.";

    public string NotMadeInTime() => $"The agent's container wasn't made within {Deadline}.";

    public string NotFetchedInTime() => $"The agent's code wasn't fetched within {Deadline}.";

    public string NotReadyInTime() => $"The agent runs, but wasn't ready within {Deadline}. {HowToAnswer}";

    public string NoLongerReady() =>
        facts.HealthPath is null
            ? $"The agent was ready, but doesn't accept connections any more. {HowToAnswer}"
            : $"The agent was ready, but isn't any more. {HowToAnswer}";

    public string NoRoom(string? cause) =>
        $"No node of the cluster takes the agent's pod: {Sentence(cause)} It asks for {facts.CpuRequest} CPU ({facts.CpuRequestSource}) and "
        + $"{facts.MemoryRequest} of memory ({facts.MemoryRequestSource}). It starts as soon as a node has room.";

    public string OutOfMemory(ContainerTerminated last) =>
        $"The agent used more than its {facts.MemoryLimit} of memory and was ended (exit code {last.ExitCode}). Make it use less, or raise "
        + $"{facts.MemoryLimitSource}. {AgainAtGrowingIntervals}";

    public string Crashed(ContainerTerminated last)
    {
        var hint = last.ExitCode == 0
            ? $" It ended by itself, but an agent is a server and has to go on running. {HowToAnswer}"
            : "";
        var ending = last.Signal is { } signal and > 0 ? $"exit code {last.ExitCode} (signal {signal})" : $"exit code {last.ExitCode}";
        return $"The agent keeps crashing: the last time it ended with {ending}. {AgainAtGrowingIntervals}{hint}";
    }

    public string CantPullFetchImage(string? cause) =>
        $"The image {facts.FetchImage}, which fetches the agent's code, can't be pulled: {Sentence(cause)} Check CODE_FETCH_IMAGE, and "
        + $"AGENT_IMAGE_PULL_SECRETS or AGENT_IMAGE_PULL_CONFIG if its registry wants a login. {AgainByItself}";

    public string CantPull(string? cause) =>
        $"The image {facts.Image} can't be pulled: {Sentence(cause)} Check {facts.ImageSource}, and AGENT_IMAGE_PULL_SECRETS or AGENT_IMAGE_PULL_CONFIG if its "
        + $"registry wants a login. {AgainByItself}";
}
