using StackAgent.Application.Agents.Revisions;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents;

/// <summary>The form with which an agent is made, or gets other code, read from the request as it arrives. Good for one reading.</summary>
public interface IAgentUpload
{
    /// <summary>
    /// Reads the whole form, whatever the order of its fields. What isn't a readable form is the transport's own error, not one of the
    /// domain's four, and can come after the file was received: whoever took it has to give it back then.
    /// </summary>
    /// <param name="receiveFile">Gets the file as a stream that is read from the network; its end is the file's end. Not called without a file.</param>
    /// <param name="beforeFile">
    /// Gets what came before the file, so that it can be refused (by throwing) before the file is sent. Fields that are null may still follow.
    /// </param>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task<AgentForm> ReceiveAsync(
        Func<Stream, CancellationToken, Task> receiveFile, Action<AgentForm>? beforeFile, CancellationToken cancellationToken);
}

/// <summary>The fields of the form; null for one that wasn't sent.</summary>
public sealed record AgentForm(string? Name, string? Description, bool HasFile)
{
    /// <summary>What to remember about the revision.</summary>
    public string? Note { get; init; }

    public AgentConfigPatch? Config { get; init; }

    internal static ValidationFailedException FileMissing() => new("file", "Send the agent's code as a ZIP in the form field \"file\".");
}
