using MediatR;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Deployment;

/// <summary>The ZIP with the code that the bearer of a runtime's token is to run; null when the token is good for none. The caller disposes it.</summary>
/// <param name="Token">As it came. Never log it.</param>
public sealed record FetchCode(string Token) : IRequest<Stream?>
{
    public override string ToString() => nameof(FetchCode);
}

internal sealed class FetchCodeHandler(ICodeRecipients recipients, ICodeStorage storage) : IRequestHandler<FetchCode, Stream?>
{
    public async Task<Stream?> Handle(FetchCode request, CancellationToken cancellationToken)
    {
        if (await recipients.IdentifyAsync(request.Token, cancellationToken) is not { } recipient)
            return null;

        return await storage.OpenZipAsync(recipient.Agent.StackId, recipient.Agent.AgentId, recipient.CodeRevision, cancellationToken)
            ?? throw new NotFoundException(
                "The code of this revision isn't on this server's disk. Servers that share the work have to share AGENT_PLATFORM_BASE_PATH; if they do, upload the code again.");
    }
}
