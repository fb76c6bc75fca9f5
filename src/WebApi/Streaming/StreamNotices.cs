using StackAgent.Application.Events;

namespace StackAgent.WebApi.Streaming;

/// <summary>The notices of event streams, in words for those who read them.</summary>
internal static class StreamNotices
{
    public static StreamNotice HistoryGone { get; } = new(
        "history_gone", "Events were missed: those after your Last-Event-ID are no longer kept. Load what you show anew; this stream goes on from now.");

    public static StreamNotice TooSlow { get; } = new(
        "too_slow", "More events were waiting for you than the server keeps in memory. Reconnect with Last-Event-ID to go on where you are.");

    public static StreamNotice CredentialEnded { get; } = new(
        "credential_ended", "The key or login that opened this stream doesn't count any more. Reconnect with a valid one.");

    public static StreamNotice CredentialExpired { get; } = new(
        "credential_expired", "The token or key that opened this stream has expired. Reconnect with a new one and Last-Event-ID to go on where you are.");

    public static StreamNotice ServerStopping { get; } = new(
        "server_stopping", "The server is shutting down. Reconnect with Last-Event-ID to go on where you are.");

    public static StreamNotice Failure { get; } = new(
        "failure", "The server couldn't go on. Reconnect with Last-Event-ID to go on where you are.");
}
