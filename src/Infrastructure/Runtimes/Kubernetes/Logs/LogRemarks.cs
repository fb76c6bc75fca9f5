using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;

/// <summary>What the server says between an agent's lines.</summary>
internal static class LogRemarks
{
    public const string Started = "The container was started.";

    public const string PodGone = "The pod is gone.";

    public static string Ended(ContainerTerminated? how) => how switch
    {
        null => "The container was ended.",
        { Reason: { Length: > 0 } reason } => $"The container ended with exit code {how.ExitCode} ({reason}).",
        _ => $"The container ended with exit code {how.ExitCode}.",
    };
}
