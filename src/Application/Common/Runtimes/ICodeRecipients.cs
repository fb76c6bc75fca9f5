namespace StackAgent.Application.Common.Runtimes;

/// <summary>Who fetches code, where what runs agents doesn't share this server's disk.</summary>
public interface ICodeRecipients
{
    /// <summary>
    /// What the bearer of a token may have, and nothing else; null: nothing. Throws <see cref="Domain.Common.UnavailableException"/> while that can't be
    /// told.
    /// </summary>
    /// <param name="token">As it came, from anybody. Never log it.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    Task<CodeRecipient?> IdentifyAsync(string token, CancellationToken cancellationToken);
}

/// <summary>What somebody may fetch.</summary>
/// <param name="Agent">Whose code.</param>
/// <param name="CodeRevision">What came with this revision.</param>
public sealed record CodeRecipient(AgentRef Agent, int CodeRevision);
