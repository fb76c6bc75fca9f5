using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Events;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.OpenApi;
using StackAgent.WebApi.Paths;
using StackAgent.WebApi.Streaming;

namespace StackAgent.WebApi.Controllers;

/// <summary>What happens, as it happens.</summary>
[ApiController]
[Tags("Events")]
public sealed class EventsController(IMediator mediator) : ControllerBase
{
    /// <summary>Follow events</summary>
    /// <remarks>
    /// Server-sent events of all that is the caller's, until the client or the server ends the stream. Each has an `id` that grows; after an
    /// interruption of up to an hour, `Last-Event-ID` goes on without a gap or a repeat. Where events are missing, `stream.reset` comes first:
    /// load what you show anew. The last event says why a stream ends: `stream.dropped` (the client reads too slowly) or `stream.closed`.
    /// </remarks>
    /// <param name="stackId">Only of this stack and its agents.</param>
    /// <param name="agentId">Only of this agent: its `agent_id` or the UUID in `id`. It may be one that is yet to come.</param>
    /// <param name="types">Only these types, separated by commas; `session.*` stands for all that begin so.</param>
    /// <param name="lastEventId">The id of the last event that you have.</param>
    /// <param name="lastEventIdInQuery">The same, for clients that can't set headers; the header goes first.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("api/events", Name = "followEvents")]
    [Authorize(Policies.Read)]
    [EventStreamOperation]
    public async Task<EventStreamAnswer> Follow(
        [FromQuery(Name = "stack_id")] Guid? stackId,
        [FromQuery(Name = "agent_id")] string? agentId,
        [FromQuery] string? types,
        [FromHeader(Name = "Last-Event-ID")] long? lastEventId,
        [FromQuery(Name = "last_event_id")] long? lastEventIdInQuery,
        CancellationToken cancellationToken) =>
        new(await mediator.Send(new FollowEvents(stackId, agentId, types), cancellationToken), lastEventId ?? lastEventIdInQuery);

    /// <summary>Follow an agent's events</summary>
    /// <remarks>As for all events, but only of this agent, which has to exist.</remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="types">Only these types, separated by commas; `session.*` stands for all that begin so.</param>
    /// <param name="lastEventId">The id of the last event that you have.</param>
    /// <param name="lastEventIdInQuery">The same, for clients that can't set headers; the header goes first.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("api/agents/{agent_id}/events", Name = "followAgentEvents")]
    [Authorize(Policies.Read)]
    [EventStreamOperation]
    public async Task<EventStreamAnswer> FollowAgent(
        [FromRawPath("agent_id")] string agentId,
        [FromQuery] string? types,
        [FromHeader(Name = "Last-Event-ID")] long? lastEventId,
        [FromQuery(Name = "last_event_id")] long? lastEventIdInQuery,
        CancellationToken cancellationToken) =>
        new(await mediator.Send(new FollowAgentEvents(agentId, types), cancellationToken), lastEventId ?? lastEventIdInQuery);
}
