using MediatR;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using StackAgent.Application.Common;
using StackAgent.Application.Notifications.Deliveries;
using StackAgent.Application.Notifications.Endpoints;
using StackAgent.Domain.Notifications;
using StackAgent.WebApi.Authentication;

namespace StackAgent.WebApi.Controllers;

/// <summary>Who is told of events, and what became of it.</summary>
[ApiController]
[Route("api/notifications")]
[Tags("Notifications")]
[RequestSizeLimit(BodyLimit)]
public sealed class NotificationsController(IMediator mediator) : ControllerBase
{
    private const int BodyLimit = 64 * 1024;
    private const int TestsPerMinute = 10;
    private const int RedeliveriesPerMinute = 120;

    /// <summary>List notification endpoints</summary>
    /// <remarks>All of the caller's, oldest first. The account's `notification_webhook_url` isn't among them.</remarks>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("endpoints", Name = "listNotificationEndpoints")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<NotificationEndpoints>(StatusCodes.Status200OK)]
    public Task<NotificationEndpoints> List(CancellationToken cancellationToken) => mediator.Send(new ListNotificationEndpoints(), cancellationToken);

    /// <summary>Add a notification endpoint</summary>
    /// <remarks>
    /// From now on it is told of the caller's events that fit. The answer holds the secret that notifications are signed with, this once. An
    /// account has at most 50 endpoints.
    /// </remarks>
    /// <param name="request">Where to, what about and in which format.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost("endpoints", Name = "createNotificationEndpoint")]
    [Authorize(Policies.Write)]
    [ProducesResponseType<NotificationEndpointWithSecret>(StatusCodes.Status201Created)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    public async Task<CreatedAtActionResult> Create(CreateNotificationEndpoint request, CancellationToken cancellationToken)
    {
        var endpoint = await mediator.Send(request, cancellationToken);
        Response.Headers.CacheControl = "no-store";
        return CreatedAtAction(nameof(Get), new { endpoint_id = endpoint.Id }, endpoint);
    }

    /// <summary>Get a notification endpoint</summary>
    /// <param name="endpointId">The endpoint's id.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("endpoints/{endpoint_id}", Name = "getNotificationEndpoint")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<NotificationEndpointDetails>(StatusCodes.Status200OK)]
    public Task<NotificationEndpointDetails> Get([FromRoute(Name = "endpoint_id")] Guid endpointId, CancellationToken cancellationToken) =>
        mediator.Send(new GetNotificationEndpoint(endpointId), cancellationToken);

    /// <summary>Change a notification endpoint</summary>
    /// <remarks>
    /// What is absent stays as it is. `enabled: true` starts a disabled endpoint anew; `enabled: false` also gives up what is on its way to it.
    /// </remarks>
    /// <param name="endpointId">The endpoint's id.</param>
    /// <param name="request">What to change.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPatch("endpoints/{endpoint_id}", Name = "updateNotificationEndpoint")]
    [Authorize(Policies.Write)]
    [ProducesResponseType<NotificationEndpointDetails>(StatusCodes.Status200OK)]
    public Task<NotificationEndpointDetails> Update(
        [FromRoute(Name = "endpoint_id")] Guid endpointId, UpdateNotificationEndpointRequest request, CancellationToken cancellationToken) =>
        mediator.Send(
            new UpdateNotificationEndpoint(
                endpointId,
                request.Url,
                request.Description,
                request.Format,
                request.EventTypes,
                request.StackId,
                request.AgentId,
                request.Statuses,
                request.Enabled),
            cancellationToken);

    /// <summary>Delete a notification endpoint</summary>
    /// <remarks>What is on its way to it is given up. The log of its deliveries stays.</remarks>
    /// <param name="endpointId">The endpoint's id.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpDelete("endpoints/{endpoint_id}", Name = "deleteNotificationEndpoint")]
    [Authorize(Policies.Write)]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<NoContentResult> Delete([FromRoute(Name = "endpoint_id")] Guid endpointId, CancellationToken cancellationToken)
    {
        await mediator.Send(new DeleteNotificationEndpoint(endpointId), cancellationToken);
        return NoContent();
    }

    /// <summary>Rotate an endpoint's secret</summary>
    /// <remarks>The answer holds the new secret, this once. For 24 hours notifications are signed with both, the new one first.</remarks>
    /// <param name="endpointId">The endpoint's id.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost("endpoints/{endpoint_id}/rotate-secret", Name = "rotateNotificationEndpointSecret")]
    [Authorize(Policies.Write)]
    [ProducesResponseType<NotificationEndpointWithSecret>(StatusCodes.Status200OK)]
    public Task<NotificationEndpointWithSecret> RotateSecret(
        [FromRoute(Name = "endpoint_id")] Guid endpointId, CancellationToken cancellationToken)
    {
        Response.Headers.CacheControl = "no-store";
        return mediator.Send(new RotateEndpointSecret(endpointId), cancellationToken);
    }

    /// <summary>Send a test notification</summary>
    /// <remarks>Sends `endpoint.test` now and answers what came back, within about 15 seconds. It is in the log, and isn't tried again. Ten a minute.</remarks>
    /// <param name="endpointId">The endpoint's id.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost("endpoints/{endpoint_id}/test", Name = "testNotificationEndpoint")]
    [Authorize(Policies.Write)]
    [LimitPerUser(TestsPerMinute)]
    [ProducesResponseType<EndpointTestResult>(StatusCodes.Status200OK)]
    [ProducesResponseType(StatusCodes.Status429TooManyRequests)]
    public Task<EndpointTestResult> Test([FromRoute(Name = "endpoint_id")] Guid endpointId, CancellationToken cancellationToken) =>
        mediator.Send(new TestNotificationEndpoint(endpointId), cancellationToken);

    /// <summary>List deliveries</summary>
    /// <remarks>
    /// What endpoints were told, or are being told, or weren't because of a mute; the account's `notification_webhook_url` included. Newest
    /// first; `next_cursor` gets the older ones and is null at the end. Kept for 30 days, unless the server is set otherwise.
    /// </remarks>
    /// <param name="endpointId">Only to this endpoint, which may be gone.</param>
    /// <param name="agentId">Only about this agent, which may be gone: its `agent_id` or the UUID in `id`.</param>
    /// <param name="state">Only those that stand so.</param>
    /// <param name="type">Only of this type of event.</param>
    /// <param name="cursor">`next_cursor` of the answer before.</param>
    /// <param name="limit">Deliveries in the answer, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("deliveries", Name = "listNotificationDeliveries")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<DeliveryPage>(StatusCodes.Status200OK)]
    public Task<DeliveryPage> ListDeliveries(
        [FromQuery(Name = "endpoint_id")] Guid? endpointId,
        [FromQuery(Name = "agent_id")] string? agentId,
        [FromQuery] DeliveryState? state,
        [FromQuery] string? type,
        [FromQuery] string? cursor,
        [FromQuery] int limit = Application.Notifications.Deliveries.ListDeliveries.DefaultLimit,
        CancellationToken cancellationToken = default) =>
        mediator.Send(new ListDeliveries(endpointId, agentId, state, type, cursor, limit), cancellationToken);

    /// <summary>Get a delivery</summary>
    /// <remarks>With what was sent and how each try went.</remarks>
    /// <param name="deliveryId">The delivery's id.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpGet("deliveries/{delivery_id}", Name = "getNotificationDelivery")]
    [Authorize(Policies.Read)]
    [ProducesResponseType<DeliveryDetails>(StatusCodes.Status200OK)]
    public Task<DeliveryDetails> GetDelivery([FromRoute(Name = "delivery_id")] Guid deliveryId, CancellationToken cancellationToken) =>
        mediator.Send(new GetDelivery(deliveryId), cancellationToken);

    /// <summary>Deliver once more</summary>
    /// <remarks>
    /// A new delivery of the same notification, with the same `webhook-id`, to the endpoint as it is now. 409 when the endpoint is gone or
    /// disabled. 120 a minute.
    /// </remarks>
    /// <param name="deliveryId">The delivery's id.</param>
    /// <param name="cancellationToken">Ends with the request.</param>
    [HttpPost("deliveries/{delivery_id}/redeliver", Name = "redeliverNotification")]
    [Authorize(Policies.Write)]
    [LimitPerUser(RedeliveriesPerMinute)]
    [ProducesResponseType<DeliveryDto>(StatusCodes.Status202Accepted)]
    [ProducesResponseType(StatusCodes.Status409Conflict)]
    [ProducesResponseType(StatusCodes.Status429TooManyRequests)]
    public async Task<AcceptedAtActionResult> Redeliver([FromRoute(Name = "delivery_id")] Guid deliveryId, CancellationToken cancellationToken)
    {
        var delivery = await mediator.Send(new Redeliver(deliveryId), cancellationToken);
        return AcceptedAtAction(nameof(GetDelivery), new { delivery_id = delivery.Id }, delivery);
    }
}

/// <summary>What to change of a notification endpoint.</summary>
public sealed record UpdateNotificationEndpointRequest
{
    /// <summary>http or https, without a user name or password; absent or null: unchanged.</summary>
    public string? Url { get; init; }

    /// <summary>At most 500 characters; absent: unchanged, null: cleared.</summary>
    public Optional<string> Description { get; init; }

    /// <summary>Absent or null: unchanged.</summary>
    public NotificationFormat? Format { get; init; }

    /// <summary>Types of events, and groups such as `session.*`; empty: all. Absent or null: unchanged.</summary>
    public IReadOnlyList<string?>? EventTypes { get; init; }

    /// <summary>Only of this stack and its agents; absent: unchanged, null: of all.</summary>
    public Optional<Guid?> StackId { get; init; }

    /// <summary>Only of this agent: its `agent_id` or the UUID in `id`; absent: unchanged, null: of all.</summary>
    public Optional<string> AgentId { get; init; }

    /// <summary>Only events after which the status is one of these; empty: all. Absent or null: unchanged.</summary>
    public IReadOnlyList<string?>? Statuses { get; init; }

    /// <summary>Absent or null: unchanged.</summary>
    public bool? Enabled { get; init; }
}
