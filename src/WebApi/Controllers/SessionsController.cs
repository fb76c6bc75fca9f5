using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Sessions;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Paths;

namespace StackAgent.WebApi.Controllers;

/// <summary>What agents have reported.</summary>
[ApiController]
[Route("api/agents/{agent_id}")]
public sealed class SessionsController(IMediator mediator) : ControllerBase
{
    /// <summary>List an agent's sessions</summary>
    /// <remarks>The session with the newest report first.</remarks>
    /// <param name="agentId">The agent's `agent_id`, percent-encoded; it may hold any character.</param>
    /// <param name="expired">`false` hides expired sessions, `true` the others.</param>
    /// <param name="page">From 1.</param>
    /// <param name="limit">Sessions in a page, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("sessions", Name = "listAgentSessions")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<AgentSessions>(StatusCodes.Status200OK)]
    public async Task<IActionResult> List(
        [FromRawPath("agent_id")] string agentId,
        bool? expired = null,
        int page = 1,
        int limit = GetAgentSessions.MaxLimit,
        CancellationToken cancellationToken = default) =>
        Ok(await mediator.Send(new GetAgentSessions(agentId, expired, page, limit), cancellationToken));

    /// <summary>Get a session with its history</summary>
    /// <remarks>The newest report first. `next_cursor` gets the older ones; it is null at the end.</remarks>
    /// <param name="agentId">The agent's `agent_id`, percent-encoded; it may hold any character.</param>
    /// <param name="sessionTopic">The session's topic, percent-encoded, or its UUID.</param>
    /// <param name="limit">Reports in the answer, 1 to 1,000.</param>
    /// <param name="cursor">`next_cursor` of the answer before.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("sessions/{session_topic}", Name = "getAgentSession")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<SessionWithHistory>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Get(
        [FromRawPath("agent_id")] string agentId,
        [FromRawPath("session_topic")] string sessionTopic,
        int limit = GetSession.DefaultLimit,
        string? cursor = null,
        CancellationToken cancellationToken = default) =>
        Ok(await mediator.Send(new GetSession(agentId, sessionTopic, limit, cursor), cancellationToken));

    /// <summary>Get an agent's latest report</summary>
    /// <remarks>Over all its sessions, expired ones included, with the reports before it in `history`. 404 when it never reported.</remarks>
    /// <param name="agentId">The agent's `agent_id`, percent-encoded; it may hold any character.</param>
    /// <param name="limit">Reports in `history`, 1 to 1,000.</param>
    /// <param name="cursor">`next_cursor` of the answer before.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("status", Name = "getAgentStatus")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<AgentStatusReport>(StatusCodes.Status200OK)]
    public async Task<IActionResult> Status(
        [FromRawPath("agent_id")] string agentId,
        int limit = GetAgentStatus.DefaultLimit,
        string? cursor = null,
        CancellationToken cancellationToken = default) =>
        Ok(await mediator.Send(new GetAgentStatus(agentId, limit, cursor), cancellationToken));

    /// <summary>Delete a session</summary>
    /// <remarks>With its history. A later report with the same topic opens a new session.</remarks>
    /// <param name="agentId">The agent's `agent_id`, percent-encoded; it may hold any character.</param>
    /// <param name="sessionTopic">The session's topic, percent-encoded, or its UUID.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpDelete("sessions/{session_topic}", Name = "deleteAgentSession")]
    [Authorize(Policies.Write)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<NoContentResult> Delete(
        [FromRawPath("agent_id")] string agentId, [FromRawPath("session_topic")] string sessionTopic, CancellationToken cancellationToken)
    {
        await mediator.Send(new DeleteSession(agentId, sessionTopic), cancellationToken);
        return NoContent();
    }

    /// <summary>Get an agent's statistics</summary>
    /// <remarks>
    /// How its runs went in a span of time of up to a year. A run lasts from a session's first `running` after its last `success` or `failed` to
    /// the next of these; counted are the runs that ended in the span. `hourly` is there for spans of up to 31 days.
    /// </remarks>
    /// <param name="agentId">The agent's `agent_id`, percent-encoded; it may hold any character.</param>
    /// <param name="from">RFC 3339, percent-encoded; a week before the end by default.</param>
    /// <param name="to">RFC 3339, percent-encoded, excluded; now by default.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("stats", Name = "getAgentStats")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<AgentStats>(StatusCodes.Status200OK)]
    public Task<AgentStats> Stats(
        [FromRawPath("agent_id")] string agentId, string? from = null, string? to = null, CancellationToken cancellationToken = default) =>
        mediator.Send(new GetAgentStats(agentId, from, to), cancellationToken);
}
