using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;

namespace StackAgent.Application.Deployment;

/// <summary>Makes the disk follow an agent's revisions: its links lead to what serves, and what is no longer kept goes.</summary>
internal sealed class RevisionUpkeep(IApplicationDbContext db, ICodeStorage storage, DeploymentOptions options)
{
    public async Task TidyAsync(AgentRef reference, CancellationToken cancellationToken)
    {
        var (stackId, agentId) = reference;
        if (await ReadAsync(db, agentId, cancellationToken) is not { } found)
            return;

        if (found.Excess(options.KeepRevisions).Count > 0)
            found = await PruneAsync(agentId, cancellationToken) ?? found;
        if (found.CodeOfActive is { } code && storage.Exists(stackId, agentId, code))
            await storage.PointAtAsync(stackId, agentId, code, cancellationToken);

        var unknown = storage.StoredRevisions(stackId, agentId).Where(revision => !found.Codes.Contains(revision)).ToList();
        if (unknown.Exists(revision => revision > found.LastRevision))
            await RemoveAbandonedAsync(reference, cancellationToken);
        else if (unknown.Count > 0)
            await storage.DeleteRevisionsAsync(stackId, agentId, found.Codes, found.LastRevision, cancellationToken);
    }

    /// <summary>Rows first: a crash between leaves files without a row, which the next pass removes, and never a row without its code.</summary>
    private Task<KnownRevisions?> PruneAsync(Guid agentId, CancellationToken cancellationToken) => db.InTransactionAsync(async token =>
    {
        if (await LockAsync(agentId, token) is not { } found)
            return null;

        var excess = found.Excess(options.KeepRevisions);
        await db.AgentRevisions.Where(revision => revision.AgentId == agentId && excess.Contains(revision.Number)).ExecuteDeleteAsync(token);
        return found.Without(excess);
    }, cancellationToken);

    /// <summary>
    /// Code of a revision that isn't there yet: it is just being committed, or a crash kept it from that. Whoever holds the agent's row can tell,
    /// as both happens under its lock.
    /// </summary>
    private Task<bool> RemoveAbandonedAsync(AgentRef reference, CancellationToken cancellationToken) => db.InTransactionAsync(async token =>
    {
        var (stackId, agentId) = reference;
        if (await LockAsync(agentId, token) is not { } found)
            return false;

        var newest = storage.StoredRevisions(stackId, agentId).Append(found.LastRevision).Max();
        await storage.DeleteRevisionsAsync(stackId, agentId, found.Codes, newest, token);
        return true;
    }, cancellationToken);

    private async Task<KnownRevisions?> LockAsync(Guid agentId, CancellationToken cancellationToken)
    {
        var locked = await db.Agents.AsNoTracking().Where(agent => agent.Id == agentId).ForUpdate().Select(agent => agent.Id).ToListAsync(cancellationToken);
        return locked.Count == 1 ? await ReadAsync(db, agentId, cancellationToken) : null;
    }

    private static async Task<KnownRevisions?> ReadAsync(IApplicationDbContext db, Guid agentId, CancellationToken cancellationToken) =>
        await db.Agents.AsNoTracking()
            .Where(agent => agent.Id == agentId)
            .Select(agent => new KnownRevisions(
                agent.Revision,
                agent.ActiveRevision,
                agent.FallbackRevision,
                agent.LastRevision,
                db.AgentRevisions
                    .Where(revision => revision.AgentId == agent.Id)
                    .OrderByDescending(revision => revision.Number)
                    .Select(revision => new KnownRevision(revision.Number, revision.CodeRevision))
                    .ToList()))
            .SingleOrDefaultAsync(cancellationToken);

    private sealed record KnownRevision(int Number, int CodeRevision);

    /// <summary>An agent's revisions at one moment, newest first.</summary>
    private sealed record KnownRevisions(int Wanted, int? Active, int? Fallback, int LastRevision, List<KnownRevision> All)
    {
        public int? CodeOfActive => All.Find(revision => revision.Number == Active)?.CodeRevision;

        public IReadOnlySet<int> Codes => All.Select(revision => revision.CodeRevision).ToHashSet();

        /// <summary>The numbers of those that are no longer kept.</summary>
        public IReadOnlyList<int> Excess(int keep) =>
        [
            .. All.Skip(keep).Select(revision => revision.Number).Where(number => number != Wanted && number != Active && number != Fallback),
        ];

        public KnownRevisions Without(IReadOnlyList<int> numbers) => this with { All = All.FindAll(revision => !numbers.Contains(revision.Number)) };
    }
}
