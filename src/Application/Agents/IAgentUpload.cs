namespace StackAgent.Application.Agents;

/// <summary>The upload of an agent, read as it arrives: its fields, and its file as a stream that is never held in memory.</summary>
public interface IAgentUpload
{
    /// <summary>
    /// Reads the upload once. The file goes to <paramref name="receiveFile"/>; when fields came before it, <paramref name="beforeFile"/> sees
    /// them first and may refuse by throwing.
    /// </summary>
    Task<AgentForm> ReceiveAsync(
        Func<Stream, CancellationToken, Task> receiveFile, Action<AgentForm>? beforeFile, CancellationToken cancellationToken);
}

/// <summary>The text fields of an upload; null when not sent.</summary>
public sealed record AgentForm(string? Name, string? Description, bool HasFile);
