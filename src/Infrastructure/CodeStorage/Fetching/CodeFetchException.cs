namespace StackAgent.Infrastructure.CodeStorage.Fetching;

/// <summary>Code couldn't be fetched; the message says why to whoever looks at the agent.</summary>
/// <param name="exitCode">Of the process, one of those below.</param>
/// <param name="message">One line, without a path of this machine.</param>
/// <param name="isFinal">Another try would end in the same way.</param>
/// <param name="retryAfter">The earliest time at which the server wants to be asked again; null: it didn't say.</param>
/// <param name="cause">What happened.</param>
internal sealed class CodeFetchException(int exitCode, string message, bool isFinal = false, TimeSpan? retryAfter = null, Exception? cause = null)
    : Exception(message, cause)
{
    // As in sysexits.h.
    public const int Usage = 64;
    public const int Damaged = 65;
    public const int Unavailable = 69;
    public const int Disk = 74;
    public const int Refused = 77;

    public int ExitCode { get; } = exitCode;

    public bool IsFinal { get; } = isFinal;

    public TimeSpan? RetryAfter { get; } = retryAfter;
}
