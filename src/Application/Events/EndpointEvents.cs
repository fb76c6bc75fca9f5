using StackAgent.Domain.Common;
using StackAgent.Domain.Notifications;

namespace StackAgent.Application.Events;

/// <summary>Composes the events of notification endpoints, in the words of the wire.</summary>
internal static class EndpointEvents
{
    /// <summary>Null for what happens inside only.</summary>
    public static EventRecord? From(NotificationEndpoint endpoint, IDomainEvent happened, DateTimeOffset at) => happened is NotificationEndpointDisabled end
        ? new EventRecord
        {
            OwnerId = end.OwnerId,
            Type = EventTypes.EndpointDisabled,
            At = at,
            Data = EventJson.Write(new EndpointDisabledEvent(Describe(endpoint), end.Reason, end.FailingSince)),
        }
        : null;

    /// <summary><c>data</c> of <see cref="EventTypes.EndpointTest"/>.</summary>
    public static string TestData(NotificationEndpoint endpoint) =>
        EventJson.Write(new EndpointTestEvent(Describe(endpoint), "This is a test. Nothing has happened."));

    private static EventEndpoint Describe(NotificationEndpoint endpoint) =>
        new(endpoint.Id, endpoint.Kind, HostOf(endpoint.Url), endpoint.Description);

    private static string HostOf(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) ? address.Host : "";
}
