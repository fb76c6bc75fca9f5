using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Agents;
using StackAgent.Application.Agents.Revisions;
using StackAgent.Application.Common;
using StackAgent.Domain.Agents;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Conditional;
using StackAgent.WebApi.Models;
using StackAgent.WebApi.OpenApi;
using StackAgent.WebApi.Paths;
using StackAgent.WebApi.Streaming;

namespace StackAgent.WebApi.Controllers;

/// <summary>Agents, deployed and reported.</summary>
[ApiController]
[Tags("Agents")]
public sealed class AgentsController(IMediator mediator, AgentUploads uploads) : ControllerBase
{
    /// <summary>Upload an agent</summary>
    /// <remarks>
    /// Adds an agent to a stack from a ZIP of its code and deploys it: `pending`, then `deploying`, then `running`, or `failed` with the reason.
    /// The upload is streamed; send `name` before `file` to have a bad name refused before the file is sent. With `wait` the answer comes when the
    /// agent runs or has failed, or after that time; the status code is the same, so look at `status`.
    /// </remarks>
    /// <param name="stackId">The stack.</param>
    /// <param name="wait">How long to wait for the end of the deployment, 1 s to 10 min: `120s`, `2m`, or a number of seconds.</param>
    /// <param name="dryRun">Only say what would come of it: 200 with that, nothing is stored, and what would be refused is refused.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost("api/stacks/{stack_id}/agents", Name = "createAgent")]
    [Authorize(Policies.Write)]
    [StreamedForm]
    [EntityTag]
    [MultipartForm(typeof(CreateAgentForm))]
    [ProducesResponseType<CodePreview>(StatusCodes.Status200OK)]
    [ProducesResponseType<AgentDto>(StatusCodes.Status201Created)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    public async Task<ObjectResult> Create(
        [FromRoute(Name = "stack_id")] Guid stackId,
        [FromQuery] string? wait,
        [FromQuery(Name = "dry_run")] bool dryRun,
        CancellationToken cancellationToken)
    {
        var upload = uploads.Of(HttpContext);
        if (dryRun)
            return Ok(await mediator.Send(new PreviewAgent(stackId, upload), cancellationToken));

        var agent = await mediator.Send(new CreateAgent(stackId, upload, WaitParameter.Parse(wait)), cancellationToken);
        return CreatedAtAction(nameof(Get), new { agent_id = agent.Id }, agent);
    }

    /// <summary>List agents</summary>
    /// <remarks>All of the caller's, deployed and reported, those seen last first.</remarks>
    /// <param name="page">Which page.</param>
    /// <param name="search">A part of the id or name, in any case; `%` and `_` are literal.</param>
    /// <param name="status">A deployment status, or the status of the newest report: `running` finds both, `expired` those that fell silent while running.</param>
    /// <param name="kind">Only agents made here, or only those known by their reports.</param>
    /// <param name="stackId">Only agents of this stack.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("api/agents", Name = "listAgents")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<AgentsResponse>(StatusCodes.Status200OK)]
    public async Task<AgentsResponse> List(
        [FromQuery(Name = "")] LongPageQuery page,
        [FromQuery] string? search,
        [FromQuery] string? status,
        [FromQuery] AgentKind? kind,
        [FromQuery(Name = "stack_id")] Guid? stackId,
        CancellationToken cancellationToken) =>
        AgentsResponse.From(await mediator.Send(new ListAgents(page.ToRequest(), search, status, kind, stackId), cancellationToken));

    /// <summary>Get an agent</summary>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("api/agents/{agent_id}", Name = "getAgent")]
    [Authorize(Policies.Read)]
    [EntityTag]
    [ProducesResponseType<AgentDto>(StatusCodes.Status200OK)]
    public Task<AgentDto> Get([FromRawPath("agent_id")] string agentId, CancellationToken cancellationToken) =>
        mediator.Send(new GetAgent(agentId), cancellationToken);

    /// <summary>Change an agent's name or description</summary>
    /// <remarks>What is absent stays as it is; a `null` description is cleared.</remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="request">What to change.</param>
    /// <param name="ifMatch">The state that the change is meant for.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPut("api/agents/{agent_id}", Name = "updateAgent")]
    [Authorize(Policies.Write)]
    [EntityTag]
    [ProducesResponseType<AgentDto>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    public Task<AgentDto> Update(
        [FromRawPath("agent_id")] string agentId,
        UpdateAgentRequest request,
        [FromIfMatch] Precondition? ifMatch,
        CancellationToken cancellationToken) =>
        mediator.Send(new UpdateAgent(agentId, request.Name, request.Description, ifMatch), cancellationToken);

    /// <summary>Delete an agent</summary>
    /// <remarks>
    /// A deployed agent is `deleting` until its process, files and rows are gone; after that it is 404. A reported one goes at once, with its
    /// history, and comes back with its next report. Asking again is fine.
    /// </remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="ifMatch">The state that the deletion is meant for.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpDelete("api/agents/{agent_id}", Name = "deleteAgent")]
    [Authorize(Policies.Write)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<NoContentResult> Delete(
        [FromRawPath("agent_id")] string agentId, [FromIfMatch] Precondition? ifMatch, CancellationToken cancellationToken)
    {
        await mediator.Send(new DeleteAgent(agentId, ifMatch), cancellationToken);
        return NoContent();
    }
}

/// <summary>A new agent.</summary>
public sealed record CreateAgentForm
{
    /// <summary>1…255 characters, unique in the stack.</summary>
    public required string Name { get; init; }

    /// <summary>At most 5,000 characters.</summary>
    public string? Description { get; init; }

    /// <summary>A ZIP of the agent's code.</summary>
    public required IFormFile File { get; init; }

    /// <summary>How the agent is to be run, as JSON.</summary>
    public AgentConfigPatch? Config { get; init; }

    /// <summary>What to remember about its first revision; at most 1,000 characters.</summary>
    public string? Note { get; init; }
}

/// <summary>What to change of an agent.</summary>
public sealed record UpdateAgentRequest
{
    /// <summary>1…255 characters; absent or null: unchanged.</summary>
    public string? Name { get; init; }

    /// <summary>At most 5,000 characters; absent: unchanged, null: cleared.</summary>
    public Optional<string> Description { get; init; }
}
