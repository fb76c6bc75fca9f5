using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Agents;
using StackAgent.Application.Common;
using StackAgent.Application.Stacks;
using StackAgent.Domain.Stacks;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Conditional;
using StackAgent.WebApi.Models;

namespace StackAgent.WebApi.Controllers;

/// <summary>Stacks: groups of agents that live and die together.</summary>
[ApiController]
[Route("api/stacks")]
[Tags("Stacks")]
public sealed class StacksController(IMediator mediator) : ControllerBase
{
    /// <summary>List stacks</summary>
    /// <remarks>The caller's stacks, newest first.</remarks>
    /// <param name="page">Which page.</param>
    /// <param name="search">A part of the name, in any case; <c>%</c> and <c>_</c> are literal.</param>
    /// <param name="status">Only stacks with this status.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet(Name = "listStacks")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<PageResponse<StackListItem>>(StatusCodes.Status200OK)]
    public async Task<PageResponse<StackListItem>> List(
        [FromQuery(Name = "")] PageQuery page, [FromQuery] string? search, [FromQuery] StackStatus? status, CancellationToken cancellationToken) =>
        PageResponse<StackListItem>.From(await mediator.Send(new ListStacks(page.ToRequest(), search, status), cancellationToken));

    /// <summary>Create a stack</summary>
    /// <remarks>The stack is <c>creating</c> until the runtime has a place for it, then <c>ready</c>. It takes agents at once.</remarks>
    [HttpPost(Name = "createStack")]
    [Authorize(Policies.Write)]
    [EntityTag]
    [ProducesResponseType<StackDetails>(StatusCodes.Status201Created)]
    public async Task<CreatedAtActionResult> Create(CreateStackRequest request, CancellationToken cancellationToken)
    {
        var stack = await mediator.Send(new CreateStack(request.Name, request.Description), cancellationToken);
        return CreatedAtAction(nameof(Get), new { stack_id = stack.Id }, stack);
    }

    /// <summary>Get a stack with its agents</summary>
    [HttpGet("{stack_id}", Name = "getStack")]
    [Authorize(Policies.Read)]
    [EntityTag]
    [ProducesResponseType<StackDetails>(StatusCodes.Status200OK)]
    public Task<StackDetails> Get([FromRoute(Name = "stack_id")] Guid stackId, CancellationToken cancellationToken) =>
        mediator.Send(new GetStack(stackId), cancellationToken);

    /// <summary>Change a stack's name or description</summary>
    /// <remarks>What is absent stays as it is; a <c>null</c> description is cleared.</remarks>
    [HttpPut("{stack_id}", Name = "updateStack")]
    [Authorize(Policies.Write)]
    [EntityTag]
    [ProducesResponseType<StackDetails>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    public Task<StackDetails> Update(
        [FromRoute(Name = "stack_id")] Guid stackId,
        UpdateStackRequest request,
        [FromIfMatch] Precondition? ifMatch,
        CancellationToken cancellationToken) =>
        mediator.Send(new UpdateStack(stackId, request.Name, request.Description, ifMatch), cancellationToken);

    /// <summary>Delete a stack with all its agents</summary>
    /// <remarks>The stack is <c>deleting</c> until its processes, files and rows are gone; after that it is 404. Asking again is fine.</remarks>
    [HttpDelete("{stack_id}", Name = "deleteStack")]
    [Authorize(Policies.Write)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<NoContentResult> Delete(
        [FromRoute(Name = "stack_id")] Guid stackId, [FromIfMatch] Precondition? ifMatch, CancellationToken cancellationToken)
    {
        await mediator.Send(new DeleteStack(stackId, ifMatch), cancellationToken);
        return NoContent();
    }

    /// <summary>List the agents of a stack</summary>
    /// <remarks>Oldest first.</remarks>
    [HttpGet("{stack_id}/agents", Name = "listStackAgents")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<PageResponse<AgentDto>>(StatusCodes.Status200OK)]
    public async Task<PageResponse<AgentDto>> ListAgents(
        [FromRoute(Name = "stack_id")] Guid stackId, [FromQuery(Name = "")] PageQuery page, CancellationToken cancellationToken) =>
        PageResponse<AgentDto>.From(await mediator.Send(new ListStackAgents(stackId, page.ToRequest()), cancellationToken));
}

/// <summary>A new stack.</summary>
public sealed record CreateStackRequest
{
    /// <summary>1…255 characters; need not be unique.</summary>
    public required string? Name { get; init; }

    /// <summary>At most 5,000 characters.</summary>
    public string? Description { get; init; }
}

/// <summary>What to change of a stack.</summary>
public sealed record UpdateStackRequest
{
    /// <summary>1…255 characters; absent or null: unchanged.</summary>
    public string? Name { get; init; }

    /// <summary>At most 5,000 characters; absent: unchanged, null: cleared.</summary>
    public Optional<string> Description { get; init; }
}
