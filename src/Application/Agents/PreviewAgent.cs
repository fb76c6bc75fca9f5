using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Agents.Revisions;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Quotas;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents;

/// <summary>What <see cref="CreateAgent"/> would do. Refuses what that refuses, and stores nothing.</summary>
public sealed record PreviewAgent(Guid StackId, IAgentUpload Upload) : IRequest<CodePreview>;

internal sealed class PreviewAgentHandler(
    IApplicationDbContext db,
    CodeReception reception,
    Reconfiguration reconfiguration,
    CodePreviews previews,
    ICurrentUser user,
    QuotaCheck quotas,
    AgentFormValidator validator) : IRequestHandler<PreviewAgent, CodePreview>
{
    public async Task<CodePreview> Handle(PreviewAgent request, CancellationToken cancellationToken)
    {
        await db.RequireStackAsync(request.StackId, user.Id, cancellationToken);
        await quotas.RequireAgentAsync(cancellationToken);
        return await reception.ReceiveAsync(
            Guid.CreateVersion7(),
            request.Upload,
            validator.RequireEarly,
            validator.Require,
            async (form, staged, settings) =>
            {
                if (await db.Agents.AnyAsync(agent => agent.StackId == request.StackId && agent.Name == form.Name, cancellationToken))
                    throw new ConflictException("An agent with this name already exists in this stack.");

                await quotas.RequireCodeAsync(staged.Facts, cancellationToken);
                var configuration = reconfiguration.Apply(form.Config ?? AgentConfigPatch.Nothing, Reconfiguration.None, settings, "config.");
                return previews.Make(staged, settings, configuration);
            },
            cancellationToken);
    }
}
