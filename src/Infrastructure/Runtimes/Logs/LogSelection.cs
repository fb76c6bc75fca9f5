using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.Runtimes.Logs;

/// <summary>Which lines a query wants, one at a time; how many it wants is for the reader to count.</summary>
/// <param name="query">What was asked for.</param>
/// <param name="presentPods">The pods that run now: <see cref="LogQuery.Previous"/> leaves them out. Empty where the runtime asks elsewhere for what was before.</param>
internal sealed class LogSelection(LogQuery query, IReadOnlySet<string> presentPods)
{
    /// <summary>Whether every line is wanted, so that none has to be looked at.</summary>
    public bool IsAll { get; } = query is { Pod: null, Search: null, Since: null, Previous: false };

    public bool IsTooOld(DateTimeOffset time) => time < query.Since;

    /// <summary>Whether the line is wanted.</summary>
    /// <param name="line">Any line of the log.</param>
    /// <param name="isCut">It stands for lines that are missing: whether they held what was searched for can't be known.</param>
    public bool Takes(LogLine line, bool isCut = false) =>
        (query.Pod is null || query.Pod == line.Pod)
        && !IsTooOld(line.Time)
        && !(query.Previous && presentPods.Contains(line.Pod))
        && (isCut || query.Search is null || line.Text.Contains(query.Search, StringComparison.OrdinalIgnoreCase));
}
