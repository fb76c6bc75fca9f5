using StackAgent.Domain.Common;

namespace StackAgent.Infrastructure.Runtimes;

/// <summary>What an agent wrote last, as the end of a sentence about it.</summary>
internal static class LogQuote
{
    /// <summary>How many lines a message quotes.</summary>
    public const int Lines = 20;

    private const int LineMaxLength = 300;

    public static string Of(IReadOnlyList<string> lines) => lines.Count == 0
        ? " It wrote nothing to its log."
        : " Its last log lines:\n" + string.Join('\n', lines.Select(line => Text.Truncate(line, LineMaxLength)));
}
