using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Agents;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Conditional;
using StackAgent.WebApi.Models;
using StackAgent.WebApi.Paths;

namespace StackAgent.WebApi.Controllers;

/// <summary>Whether an agent's processes run.</summary>
[ApiController]
[Route("api/agents/{agent_id}")]
[Tags("Agents")]
public sealed class AgentLifecycleController(IMediator mediator) : ControllerBase
{
    /// <summary>Restart an agent</summary>
    /// <remarks>
    /// The same revision in new processes; the old ones serve until those are ready. 409 for a stopped agent, and for one that only reports. With
    /// `wait` the answer comes when they run or have failed, or after that time; the status code is the same, so look at `status`.
    /// </remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="wait">How long to wait for the end of it, 1 s to 10 min: `120s`, `2m`, or a number of seconds.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost("restart", Name = "restartAgent")]
    [Authorize(Policies.Write)]
    [EntityTag]
    [ProducesResponseType<AgentDto>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    public Task<AgentDto> Restart([FromRawPath("agent_id")] string agentId, [FromQuery] string? wait, CancellationToken cancellationToken) =>
        mediator.Send(new RestartAgent(agentId, WaitParameter.Parse(wait)), cancellationToken);

    /// <summary>Stop an agent</summary>
    /// <remarks>
    /// Ends its processes until it is started again; everything else stays. What is changed meanwhile is deployed by the start. Asking twice is the
    /// same as asking once.
    /// </remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost("stop", Name = "stopAgent")]
    [Authorize(Policies.Write)]
    [EntityTag]
    [ProducesResponseType<AgentDto>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    public Task<AgentDto> Stop([FromRawPath("agent_id")] string agentId, CancellationToken cancellationToken) =>
        mediator.Send(new StopAgent(agentId), cancellationToken);

    /// <summary>Start an agent</summary>
    /// <remarks>
    /// Ends a stop; an agent that isn't stopped stays as it is. With `wait` the answer comes when it runs or has failed, or after that time; the status
    /// code is the same, so look at `status`.
    /// </remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="wait">How long to wait for the end of it, 1 s to 10 min: `120s`, `2m`, or a number of seconds.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost("start", Name = "startAgent")]
    [Authorize(Policies.Write)]
    [EntityTag]
    [ProducesResponseType<AgentDto>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    public Task<AgentDto> Start([FromRawPath("agent_id")] string agentId, [FromQuery] string? wait, CancellationToken cancellationToken) =>
        mediator.Send(new StartAgent(agentId, WaitParameter.Parse(wait)), cancellationToken);
}
