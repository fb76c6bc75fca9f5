using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StackAgent.Application.Events;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Notifications;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Notifications.FanOut;

/// <summary>What the fan-out has to know of an event beyond its columns.</summary>
/// <param name="Event">The row.</param>
/// <param name="Status">The status after it, as a word; null when it has none.</param>
/// <param name="PreviousStatus">The status before it.</param>
/// <param name="Fingerprint">The same for failures of one agent that are alike; null for what isn't a failure.</param>
internal sealed record EventFacts(EventRecord Event, string? Status, string? PreviousStatus, string? Fingerprint)
{
    private static readonly string SessionRunning = EnumWords<SessionState>.ToWord(SessionState.Running);
    private static readonly string SessionFailed = EnumWords<SessionState>.ToWord(SessionState.Failed);
    private static readonly string SessionExpired = EnumWords<SessionState>.ToWord(SessionState.Expired);
    private static readonly string AgentFailed = EnumWords<AgentStatus>.ToWord(AgentStatus.Failed);

    private static readonly string[] KubeAgentsEnds =
        [EnumWords<SessionState>.ToWord(SessionState.Success), SessionFailed, EnumWords<SessionState>.ToWord(SessionState.Pending)];

    public NotificationSubject Subject { get; } = SubjectOf(Event, Status);

    /// <summary>What goes one after the other: a session's events, else an agent's, else a stack's, else an owner's.</summary>
    public Guid OrderKey => Event.SessionId ?? Event.AgentId ?? Event.StackId ?? Event.OwnerId;

    /// <summary>
    /// False when what the event's columns say is enough to know that the endpoint isn't to be told: most events are wanted by nobody, and
    /// their data needn't be read.
    /// </summary>
    public static bool MayBeFor(NotificationEndpoint endpoint, EventRecord record) => endpoint.Kind == EndpointKind.User
        ? endpoint.MayWant(SubjectOf(record, status: null))
        : record.Type == EventTypes.SessionStatusChanged;

    /// <summary>Whether the endpoint is to be told. Its owner has to be the event's, unless it is the server's.</summary>
    public bool IsFor(NotificationEndpoint endpoint) => endpoint.Kind switch
    {
        EndpointKind.Server => IsForKubeAgents() && endpoint.IsEnabled,
        EndpointKind.Account => endpoint.OwnerId == Event.OwnerId && IsForKubeAgents() && endpoint.IsEnabled,
        _ => endpoint.OwnerId == Event.OwnerId && endpoint.Wants(Subject),
    };

    public static EventFacts Of(EventRecord record)
    {
        using var data = JsonDocument.Parse(record.Data);
        var root = data.RootElement;
        var status = Text(root, "status");
        return new EventFacts(record, status, Text(root, "previous_status"), FingerprintOf(record, status, root));
    }

    /// <summary>kubeagents spoke when a session that had been running ended or waited, and never else.</summary>
    private bool IsForKubeAgents() =>
        Event.Type == EventTypes.SessionStatusChanged && PreviousStatus == SessionRunning && KubeAgentsEnds.Contains(Status, StringComparer.Ordinal);

    private static NotificationSubject SubjectOf(EventRecord record, string? status) =>
        new(record.Type, record.StackId, record.AgentId, record.AgentKey, status);

    private static string? FingerprintOf(EventRecord record, string? status, JsonElement data) => record.Type switch
    {
        EventTypes.SessionStatusChanged when status == SessionFailed => Hash(record, Text(data, "message")),
        EventTypes.SessionExpired when status == SessionExpired => Hash(record, cause: null),

        // The word for the cause alone, where there is one: the sentence beside it may count restarts.
        EventTypes.AgentStatusChanged when status == AgentFailed => Hash(record, Text(data, "status_reason") ?? Text(data, "status_message")),
        _ => null,
    };

    private static string Hash(EventRecord record, string? cause) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{record.AgentId}\n{record.Type}\n{cause}")));

    private static string? Text(JsonElement data, string name) =>
        data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
