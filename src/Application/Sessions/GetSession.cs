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
        var found = await database.FindSession(user.Id, request.AgentId, request.Topic).AsNoTracking().FirstOrDefaultAsync(cancellationToken)
            ?? throw SessionNotFound();

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
                    AgentId = found.AgentKey,
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
            SessionDto.From(found.Session, found.AgentKey, time.Now()),
            history.Take(limit).Select(row => row.Status).ToList(),
            history.Count > limit ? Cursor.OfSequence(history[limit - 1].Sequence) : null);
    }

    internal static NotFoundException SessionNotFound() => new("This agent has no such session.");
}
