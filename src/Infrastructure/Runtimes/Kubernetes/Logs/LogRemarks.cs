using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;

/// <summary>What the server says between an agent's lines.</summary>
internal static class LogRemarks
{
    public const string Started = "The container was started.";

    public const string PodGone = "The pod is gone.";

    /// <summary>Whether it stands for lines that are missing.</summary>
    public static bool IsCut(LogLine line) => line.Source == LogSource.Server && line.Text.StartsWith("[…", StringComparison.Ordinal);

    public static string Ended(ContainerTerminated? how) => how switch
    {
        null => "The container was ended.",
        { Reason: { Length: > 0 } reason } => $"The container ended with exit code {how.ExitCode} ({reason}).",
        _ => $"The container ended with exit code {how.ExitCode}.",
    };
}
