using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Models;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>A revision with what has to be known to show it.</summary>
internal sealed class RevisionRow
{
    public required AgentRevision Revision { get; init; }

    public required Agent Agent { get; init; }

    public required UserInfo CreatedBy { get; init; }
}

/// <summary>Finds revisions' rows and turns them into <see cref="RevisionDto"/>.</summary>
internal sealed class RevisionProjection(IApplicationDbContext db, ISecretProtector protector)
{
    /// <summary>The id of one of the owner's agents, which has to be there and deployed here: others have no revisions.</summary>
    public async Task<Guid> FindAgentAsync(Guid ownerId, string agentKey, CancellationToken cancellationToken)
    {
        var found = await db.Agents.WithKey(ownerId, agentKey).Select(agent => new { agent.Id, agent.Kind }).SingleOrDefaultAsync(cancellationToken)
            ?? throw GetAgentHandler.AgentNotFound();
        return found.Kind == AgentKind.Deployed
            ? found.Id
            : throw new ConflictException("This agent runs elsewhere and only reports here, so it has neither revisions nor a configuration.");
    }

    /// <summary>An agent's revisions, in no order.</summary>
    public IQueryable<RevisionRow> Of(Guid agentId) =>
        from revision in db.AgentRevisions.AsNoTracking()
        where revision.AgentId == agentId
        join agent in db.Agents on revision.AgentId equals agent.Id
        join creator in db.Users on revision.CreatedById equals creator.Id
        select new RevisionRow { Revision = revision, Agent = agent, CreatedBy = new UserInfo(creator.Id, creator.FullName, creator.Email) };

    /// <summary>One revision of an agent, which has to be there.</summary>
    public async Task<RevisionRow> GetAsync(Guid agentId, int number, CancellationToken cancellationToken) =>
        await Of(agentId).SingleOrDefaultAsync(row => row.Revision.Number == number, cancellationToken) ?? throw NotFound(number);

    public RevisionDto Show(RevisionRow row) => new()
    {
        Number = row.Revision.Number,
        State = row.Revision.StateIn(row.Agent),
        Cause = row.Revision.Cause,
        RollbackOf = row.Revision.RollbackOf,
        Code = new RevisionCodeDto(row.Revision.CodeDigest, row.Revision.CodeSize, row.Revision.CodeRevision),
        Config = Configuration(row.Revision),
        Note = row.Revision.Note,
        CreatedAt = row.Revision.CreatedAt,
        CreatedBy = row.CreatedBy,
        ActivatedAt = row.Revision.ActivatedAt,
        FailedAt = row.Revision.FailedAt,
        FailureReason = row.Revision.FailureReason,
        FailureMessage = row.Revision.FailureMessage,
        EntityTag = TagOf(row),
    };

    /// <summary>The tag of the agent's configuration; null for a revision that isn't the one that should run.</summary>
    public static string? TagOf(RevisionRow row) =>
        row.Revision.Number == row.Agent.Revision ? EntityTags.Of(row.Agent.Version, row.Agent.Revision) : null;

    /// <summary>What a person may see of it: names of secrets and never their values.</summary>
    public AgentConfigDto Configuration(AgentRevision revision) =>
        ConfigFields.Describe(revision.CodeSettings, revision.Settings, protector.ReadSecrets(revision.ProtectedSecrets));

    public static NotFoundException NotFound(int number) => new($"This agent has no revision {number}, or no longer: only the newest are kept.");
}
