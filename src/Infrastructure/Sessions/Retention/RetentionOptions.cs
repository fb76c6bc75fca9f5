namespace StackAgent.Infrastructure.Sessions.Retention;

/// <summary>How much of the sessions' histories is kept.</summary>
/// <param name="MaxAge">Reports older than this go, and sessions whose newest report is; null keeps them for ever.</param>
/// <param name="MaxPerSession">A session keeps its newest reports, at most so many; null keeps all.</param>
public sealed record RetentionOptions(TimeSpan? MaxAge, int? MaxPerSession)
{
    public static RetentionOptions Default { get; } = new(TimeSpan.FromDays(90), MaxPerSession: null);
}
