using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>Processes of this machine have their code from its disk: nobody fetches any.</summary>
internal sealed class NoCodeRecipients : ICodeRecipients
{
    public Task<CodeRecipient?> IdentifyAsync(string token, CancellationToken cancellationToken) => Task.FromResult<CodeRecipient?>(null);
}
