using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Notifications.Mutes;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Paths;

namespace StackAgent.WebApi.Controllers;

/// <summary>Holding notifications back for a while.</summary>
[ApiController]
[Tags("Notifications")]
public sealed class MutesController(IMediator mediator) : ControllerBase
{
    /// <summary>See whether an agent is muted</summary>
    /// <remarks>By itself or with its stack.</remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("api/agents/{agent_id}/mute", Name = "getAgentMute")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<MuteDto>(StatusCodes.Status200OK)]
    public Task<MuteDto> GetForAgent([FromRawPath("agent_id")] string agentId, CancellationToken cancellationToken) =>
        mediator.Send(new GetAgentMute(agentId), cancellationToken);

    /// <summary>Mute an agent</summary>
    /// <remarks>What happens to it until then is in the log of deliveries as `muted` and is never sent. Muting again moves the end.</remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="request">Until when.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPut("api/agents/{agent_id}/mute", Name = "muteAgent")]
    [Authorize(Policies.Write)]
    [ProducesResponseType<MuteDto>(StatusCodes.Status200OK)]
    public Task<MuteDto> MuteAgent([FromRawPath("agent_id")] string agentId, MuteRequest request, CancellationToken cancellationToken) =>
        mediator.Send(new MuteAgent(agentId, request.Until), cancellationToken);

    /// <summary>Unmute an agent</summary>
    /// <remarks>A mute of its stack stays. Where there is none, nothing happens.</remarks>
    /// <param name="agentId">The `agent_id`, percent-encoded; or the UUID in `id`.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpDelete("api/agents/{agent_id}/mute", Name = "unmuteAgent")]
    [Authorize(Policies.Write)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<NoContentResult> UnmuteAgent([FromRawPath("agent_id")] string agentId, CancellationToken cancellationToken)
    {
        await mediator.Send(new UnmuteAgent(agentId), cancellationToken);
        return NoContent();
    }

    /// <summary>See whether a stack is muted</summary>
    /// <param name="stackId">The stack's id.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("api/stacks/{stack_id}/mute", Name = "getStackMute")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<MuteDto>(StatusCodes.Status200OK)]
    public Task<MuteDto> GetForStack([FromRoute(Name = "stack_id")] Guid stackId, CancellationToken cancellationToken) =>
        mediator.Send(new GetStackMute(stackId), cancellationToken);

    /// <summary>Mute a stack with its agents</summary>
    /// <remarks>What happens to them until then is in the log of deliveries as `muted` and is never sent. Muting again moves the end.</remarks>
    /// <param name="stackId">The stack's id.</param>
    /// <param name="request">Until when.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPut("api/stacks/{stack_id}/mute", Name = "muteStack")]
    [Authorize(Policies.Write)]
    [ProducesResponseType<MuteDto>(StatusCodes.Status200OK)]
    public Task<MuteDto> MuteStack([FromRoute(Name = "stack_id")] Guid stackId, MuteRequest request, CancellationToken cancellationToken) =>
        mediator.Send(new MuteStack(stackId, request.Until), cancellationToken);

    /// <summary>Unmute a stack</summary>
    /// <remarks>Mutes of its agents stay. Where there is none, nothing happens.</remarks>
    /// <param name="stackId">The stack's id.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpDelete("api/stacks/{stack_id}/mute", Name = "unmuteStack")]
    [Authorize(Policies.Write)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<NoContentResult> UnmuteStack([FromRoute(Name = "stack_id")] Guid stackId, CancellationToken cancellationToken)
    {
        await mediator.Send(new UnmuteStack(stackId), cancellationToken);
        return NoContent();
    }
}

/// <summary>How long to mute.</summary>
public sealed record MuteRequest
{
    /// <summary>Ahead, by at most a year.</summary>
    public required DateTimeOffset? Until { get; init; }
}
