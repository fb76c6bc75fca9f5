using System.Text.Json.Serialization;
using FluentValidation;
using MediatR;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Sessions;

/// <summary>How an agent's runs went in a span of time.</summary>
/// <param name="AgentId">The agent's <c>agent_id</c>.</param>
/// <param name="From">RFC 3339; null: a week before the end.</param>
/// <param name="To">RFC 3339, excluded; null: now.</param>
public sealed record GetAgentStats(string AgentId, string? From, string? To) : IRequest<AgentStats>;

/// <summary>
/// A run lasts from a session's first <c>running</c> after its last <c>success</c> or <c>failed</c> to the next of these. Counted are the runs
/// that ended in the span.
/// </summary>
public sealed record AgentStats
{
    /// <summary>The agent's <c>agent_id</c>.</summary>
    public required string AgentId { get; init; }

    public required DateTimeOffset From { get; init; }

    /// <summary>Not in the span any more.</summary>
    public required DateTimeOffset To { get; init; }

    public required long Runs { get; init; }
    public required long Succeeded { get; init; }
    public required long Failed { get; init; }

    /// <summary>Succeeded runs of all, 0 to 1; null without a run.</summary>
    public required double? SuccessRate { get; init; }

    /// <summary>Null without a run.</summary>
    public required double? MedianDurationSeconds { get; init; }

    /// <summary>95 of 100 runs took no longer; null without a run.</summary>
    public required double? P95DurationSeconds { get; init; }

    /// <summary>Status reports of any kind.</summary>
    public required long Reports { get; init; }

    /// <summary>Over the whole span, hours before the agent's first report included.</summary>
    public required double ReportsPerHour { get; init; }

    /// <summary>Hours (UTC) with reports, in their order; absent for spans of more than 31 days.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<HourlyReports>? Hourly { get; init; }
}

internal sealed class GetAgentStatsValidator : AbstractValidator<GetAgentStats>
{
    private const string Sentence = "This must be a time as RFC 3339 writes it, for example 2026-01-31T12:00:00Z (percent-encode a +).";

    public GetAgentStatsValidator()
    {
        RuleFor(query => query.From).Must(IsMomentOrAbsent).WithMessage(Sentence);
        RuleFor(query => query.To).Must(IsMomentOrAbsent).WithMessage(Sentence);
    }

    private static bool IsMomentOrAbsent(string? text) => string.IsNullOrEmpty(text) || Rfc3339.TryParse(text, out _);
}

internal sealed class GetAgentStatsHandler(IAgentStatistics statistics, ICurrentUser user, TimeProvider time) : IRequestHandler<GetAgentStats, AgentStats>
{
    private static readonly TimeSpan DefaultSpan = TimeSpan.FromDays(7);
    private static readonly TimeSpan LongestSpan = TimeSpan.FromDays(366);
    private static readonly TimeSpan LongestHourlySpan = TimeSpan.FromDays(31);

    public async Task<AgentStats> Handle(GetAgentStats request, CancellationToken cancellationToken)
    {
        var to = Moment(request.To) ?? time.Now();
        var from = Moment(request.From) ?? (to - DateTimeOffset.MinValue > DefaultSpan ? to - DefaultSpan : DateTimeOffset.MinValue);
        var span = to - from;
        if (span <= TimeSpan.Zero)
            throw new ValidationFailedException("from", "The span must begin before it ends; without `to` it ends now.");
        if (span > LongestSpan)
            throw new ValidationFailedException("from", "The span can be a year (366 days) at most; without `to` it ends now.");

        var isHourly = span <= LongestHourlySpan;
        var figures = await statistics.ReadAsync(user.Id, request.AgentId, from, to, isHourly, cancellationToken)
            ?? throw new NotFoundException("There is no such agent.");
        var runs = figures.Succeeded + figures.Failed;
        return new AgentStats
        {
            AgentId = figures.AgentKey,
            From = from,
            To = to,
            Runs = runs,
            Succeeded = figures.Succeeded,
            Failed = figures.Failed,
            SuccessRate = runs == 0 ? null : (double)figures.Succeeded / runs,
            MedianDurationSeconds = figures.Median?.TotalSeconds,
            P95DurationSeconds = figures.P95?.TotalSeconds,
            Reports = figures.Reports,
            ReportsPerHour = figures.Reports / span.TotalHours,
            Hourly = isHourly ? figures.Hourly : null,
        };
    }

    private static DateTimeOffset? Moment(string? text) => !string.IsNullOrEmpty(text) && Rfc3339.TryParse(text, out var moment) ? moment : null;
}
