using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Audit;
using StackAgent.WebApi.Authentication;

namespace StackAgent.WebApi.Controllers;

/// <summary>Who did what.</summary>
[ApiController]
[Route("api/audit")]
[Tags("Audit")]
public sealed class AuditController(IMediator mediator) : ControllerBase
{
    /// <summary>List the audit trail</summary>
    /// <remarks>
    /// What was done to the caller's resources, by whom and from where; newest first. `next_cursor` gets the older entries and is null at the
    /// end. An entry is written together with its deed and never changed; what was refused has none, but for logins that failed. Kept for a
    /// year, unless the server is set otherwise.
    /// </remarks>
    /// <param name="resourceType">Only this kind of resource: `stack`, `agent`, `session`, `api_key`, `notification_endpoint` or `account`.</param>
    /// <param name="resourceId">Only this resource, which may be gone.</param>
    /// <param name="stackId">Only this stack and what is in it.</param>
    /// <param name="action">Only such deeds, for example `agent.deleted`.</param>
    /// <param name="actorId">Only what this user did.</param>
    /// <param name="from">RFC 3339, percent-encoded.</param>
    /// <param name="to">RFC 3339, percent-encoded, excluded.</param>
    /// <param name="cursor">`next_cursor` of the answer before.</param>
    /// <param name="limit">Entries in the answer, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet(Name = "listAuditEntries")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<AuditPage>(StatusCodes.Status200OK)]
    public Task<AuditPage> List(
        [FromQuery(Name = "resource_type")] string? resourceType,
        [FromQuery(Name = "resource_id")] string? resourceId,
        [FromQuery(Name = "stack_id")] Guid? stackId,
        [FromQuery] string? action,
        [FromQuery(Name = "actor_id")] Guid? actorId,
        [FromQuery] string? from,
        [FromQuery] string? to,
        [FromQuery] string? cursor,
        [FromQuery] int limit = ListAuditEntries.DefaultLimit,
        CancellationToken cancellationToken = default) =>
        mediator.Send(new ListAuditEntries(resourceType, resourceId, stackId, action, actorId, from, to, cursor, limit), cancellationToken);
}
