using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Storage;

namespace StackAgent.Application.Agents;

/// <summary>Puts uploaded code into its place together with the row of its revision: both are there afterwards, or neither.</summary>
internal sealed class CodePublication(IApplicationDbContext db)
{
    /// <summary>Runs a transaction that may publish code.</summary>
    /// <param name="staged">The code.</param>
    /// <param name="agentId">Whose code it is.</param>
    /// <param name="work">
    /// Saves the rows and then publishes, last before the commit: a refused row leaves no files, and a crash in between leaves files that the sweep
    /// removes. Code that isn't published goes when it is disposed.
    /// </param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<T> InTransactionAsync<T>(
        IStagedCode staged, Guid agentId, Func<Publish, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        int? published = null;
        T result;
        try
        {
            result = await db.InTransactionAsync(token => work(PublishAsync, token), cancellationToken);
        }
        catch when (published is not null)
        {
            // A commit that failed may still have happened. If it did, the row's code has to stay; the sweep removes it if it didn't.
            if (await MayExistAsync(agentId, published.Value, staged.Facts.Digest))
                await staged.KeepAsync();
            throw;
        }

        if (published is not null)
            await staged.KeepAsync();
        return result;

        async Task PublishAsync(Guid stackId, int revision, CancellationToken token)
        {
            await staged.PublishAsync(stackId, revision, token);
            published = revision;
        }
    }

    private async Task<bool> MayExistAsync(Guid agentId, int number, string digest)
    {
        try
        {
            return await db.AgentRevisions.AnyAsync(
                revision => revision.AgentId == agentId && revision.Number == number && revision.CodeDigest == digest, CancellationToken.None);
        }
        catch (DbException)
        {
            return true;
        }
    }
}

/// <summary>Puts the code into its place as what came with a revision.</summary>
internal delegate Task Publish(Guid stackId, int revision, CancellationToken cancellationToken);
