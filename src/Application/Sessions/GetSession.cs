using System.Text.Json.Serialization;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Sessions;

/// <summary>One session with its history, newest first.</summary>
/// <param name="AgentId">The agent's <c>agent_id</c>.</param>
/// <param name="Topic">The session's topic, else its UUID.</param>
/// <param name="Limit">1 to 1,000 reports; 100 by default.</param>
/// <param name="Cursor"><c>next_cursor</c> of the page before; null for the newest reports.</param>
public sealed record GetSession(string AgentId, string Topic, int Limit, string? Cursor) : IRequest<SessionWithHistory>
{
    public const int DefaultLimit = History.DefaultLimit;
}

/// <summary>A session and a part of its history.</summary>
/// <param name="Session">The session.</param>
/// <param name="StatusHistory">Newest first.</param>
/// <param name="NextCursor">Gets the older reports; null when there are none.</param>
public sealed record SessionWithHistory(
    SessionDto Session,
    IReadOnlyList<StatusDto> StatusHistory,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor);

internal sealed class GetSessionValidator : AbstractValidator<GetSession>
{
    public GetSessionValidator() => RuleFor(query => query.Limit).HistoryLimit();
}

internal sealed class GetSessionHandler(IApplicationDbContext database, ICurrentUser user, TimeProvider time)
    : IRequestHandler<GetSession, SessionWithHistory>
{
    public async Task<SessionWithHistory> Handle(GetSession request, CancellationToken cancellationToken)
    {
        var before = Cursor.ToSequence(request.Cursor) ?? long.MaxValue;
        var limit = request.Limit;
        var sessionId = AgentLookup.AsId(request.Topic) ?? Guid.Empty;
        var agents = database.Agents.WithKey(user.Id, request.AgentId);

        var found = await (
            from agent in agents
            join session in database.Sessions.AsNoTracking() on agent.Id equals session.AgentId
            where session.Topic == request.Topic || session.Id == sessionId
            orderby session.Topic == request.Topic descending
            select new { agent.Key, Session = session }).FirstOrDefaultAsync(cancellationToken)
            ?? throw new NotFoundException("This agent has no such session.");

        var history = await database.StatusReports.AsNoTracking()
            .Where(report => report.SessionId == found.Session.Id && report.Sequence < before)
            .OrderByDescending(report => report.Sequence)
            .Take(limit + 1)
            .Select(report => new
            {
                report.Sequence,
                Status = new StatusDto
                {
                    Id = report.Id,
                    AgentId = found.Key,
                    SessionTopic = found.Session.Topic,
                    Status = report.Status,
                    Timestamp = report.ReceivedAt,
                    ReportedAt = report.ReportedAt,
                    Message = report.Message,
                    Content = report.Content,
                },
            })
            .ToListAsync(cancellationToken);
        return new SessionWithHistory(
            SessionDto.From(found.Session, found.Key, time.Now()),
            history.Take(limit).Select(row => row.Status).ToList(),
            history.Count > limit ? Cursor.OfSequence(history[limit - 1].Sequence) : null);
    }
}
