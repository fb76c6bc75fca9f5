using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Agents;
using StackAgent.Application.Common;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.OpenApi;
using StackAgent.WebApi.Paths;
using StackAgent.WebApi.Streaming;

namespace StackAgent.WebApi.Controllers;

/// <summary>What agents write.</summary>
[ApiController]
[Tags("Agents")]
public sealed class AgentLogsController(IMediator mediator, TimeProvider time) : ControllerBase
{
    /// <summary>Read an agent's log</summary>
    /// <remarks>
    /// What the agent's processes wrote, oldest first: `time pod text` for each line, or JSON lines with `Accept: application/x-ndjson`. A stopped or
    /// crashed agent's log answers too. Where something is missing stands a marker such as `[… 1.2 MB cut …]`, with the source `server`.
    /// A log that is followed goes on, over restarts and other revisions, until either side ends it or the agent is deleted; a client that reads
    /// too slowly misses lines and is told how much.
    /// </remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="tail">At most so many of the newest lines, 0…100,000. Without it 1,000, or with `since` all of them.</param>
    /// <param name="since">Only from then on: a time as `2026-01-31T12:00:00Z`, or how long ago, as `10m` or `1h30m`.</param>
    /// <param name="follow">Go on with what comes.</param>
    /// <param name="previous">Only what processes before the present ones wrote: the end of what a crashed or replaced one wrote is kept for a day.</param>
    /// <param name="search">Only lines with this text, in any case; `tail` counts those.</param>
    /// <param name="pod">Only this pod's lines, as the answer names it.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("api/agents/{agent_id}/logs", Name = "getAgentLogs")]
    [Authorize(Policies.Read)]
    [LogOperation]
    public async Task<LogAnswer> Read(
        [FromRawPath("agent_id")] string agentId,
        [FromQuery] int? tail,
        [FromQuery] string? since,
        [FromQuery] bool follow,
        [FromQuery] bool previous,
        [FromQuery] string? search,
        [FromQuery] string? pod,
        CancellationToken cancellationToken)
    {
        var query = new ReadAgentLog(agentId, tail, LogSince.Parse(since, time.Now()), follow, previous, search, pod);
        return new LogAnswer(await mediator.Send(query, cancellationToken), follow);
    }
}
