using System.Text.Json.Serialization;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Sessions;

/// <summary>An agent's latest report over all its sessions, expired ones included, and the reports before it.</summary>
/// <param name="AgentId">The agent's <c>agent_id</c>.</param>
/// <param name="Limit">1 to 1,000 reports; 100 by default.</param>
/// <param name="Cursor"><c>next_cursor</c> of the page before; null for the newest reports.</param>
public sealed record GetAgentStatus(string AgentId, int Limit, string? Cursor) : IRequest<AgentStatusReport>
{
    public const int DefaultLimit = History.DefaultLimit;
}

/// <summary>The latest report's fields, and a history that starts with it.</summary>
public sealed record AgentStatusReport : StatusDto
{
    /// <summary>Newest first.</summary>
    public required IReadOnlyList<StatusDto> History { get; init; }

    /// <summary>Gets the older reports; null when there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? NextCursor { get; init; }
}

internal sealed class GetAgentStatusValidator : AbstractValidator<GetAgentStatus>
{
    public GetAgentStatusValidator() => RuleFor(query => query.Limit).HistoryLimit();
}

internal sealed class GetAgentStatusHandler(IApplicationDbContext database, ICurrentUser user)
    : IRequestHandler<GetAgentStatus, AgentStatusReport>
{
    public async Task<AgentStatusReport> Handle(GetAgentStatus request, CancellationToken cancellationToken)
    {
        var before = Cursor.ToMoment(request.Cursor);
        var limit = request.Limit;
        var newest = await ReadAsync(request.AgentId, before: null, before is null ? limit + 1 : 1, cancellationToken);
        if (newest.Count == 0)
            throw new NotFoundException("There is no status of such an agent.");

        var history = before is null ? newest : await ReadAsync(request.AgentId, before, limit + 1, cancellationToken);
        var latest = newest[0];
        return new AgentStatusReport
        {
            Id = latest.Id,
            AgentId = latest.AgentId,
            SessionTopic = latest.SessionTopic,
            Status = latest.Status,
            Timestamp = latest.Timestamp,
            ReportedAt = latest.ReportedAt,
            Message = latest.Message,
            Content = latest.Content,
            History = history.Take(limit).ToList(),
            NextCursor = history.Count > limit ? Cursor.OfMoment(history[limit - 1].Timestamp, history[limit - 1].Id) : null,
        };
    }

    private Task<List<StatusDto>> ReadAsync(
        string agentKey, (DateTimeOffset Moment, Guid Id)? before, int limit, CancellationToken cancellationToken)
    {
        var agents = database.Agents.WithKey(user.Id, agentKey);

        // As a subquery and not as a join, the agent is one constant to the planner, and the history is read in the order of its index. So it
        // stays when each session is looked up by itself: the reports of a removed one are there until they are deleted, and not to be shown.
        var reports = database.StatusReports.AsNoTracking()
            .Where(report => report.AgentId == agents.Select(agent => (Guid?)agent.Id).FirstOrDefault())
            .Where(report => database.Sessions.Where(session => session.Id == report.SessionId).Select(session => session.Topic).FirstOrDefault() != null);
        if (before is var (moment, id))
        {
            reports = reports.Where(report =>
                report.ReceivedAt <= moment && (report.ReceivedAt < moment || report.Id.CompareTo(id) < 0));
        }

        return reports
            .OrderByDescending(report => report.ReceivedAt).ThenByDescending(report => report.Id)
            .Take(limit)
            .Select(report => new StatusDto
            {
                Id = report.Id,
                AgentId = agents.Select(agent => agent.Key).First(),
                SessionTopic = database.Sessions.Where(session => session.Id == report.SessionId).Select(session => session.Topic).First(),
                Status = report.Status,
                Timestamp = report.ReceivedAt,
                ReportedAt = report.ReportedAt,
                Message = report.Message,
                Content = report.Content,
            })
            .ToListAsync(cancellationToken);
    }
}
