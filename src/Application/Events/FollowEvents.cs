using FluentValidation;
using MediatR;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Events;

/// <summary>Which of the caller's events a stream is to carry.</summary>
/// <param name="StackId">Only of this stack and its agents.</param>
/// <param name="AgentId">Only of this agent: its <c>agent_id</c> or the UUID of its row. It may be one that is yet to come.</param>
/// <param name="Types">Comma-separated; <c>session.*</c> stands for all that begin so. Null or empty for all.</param>
public sealed record FollowEvents(Guid? StackId, string? AgentId, string? Types) : IRequest<EventFilter>;

internal sealed class FollowEventsValidator : AbstractValidator<FollowEvents>
{
    public FollowEventsValidator()
    {
        RuleFor(query => query.AgentId).StorableText();
        RuleFor(query => query.Types).TypesOfEvents();
    }
}

internal sealed class FollowEventsHandler(ICurrentUser user) : RequestHandler<FollowEvents, EventFilter>
{
    protected override EventFilter Handle(FollowEvents request) => new(user.Id)
    {
        StackId = request.StackId,
        AgentKey = string.IsNullOrEmpty(request.AgentId) ? null : request.AgentId,
        AgentRowId = request.AgentId is null ? null : AgentLookup.AsId(request.AgentId),
        Types = TypeWords.Parse(request.Types),
    };
}
