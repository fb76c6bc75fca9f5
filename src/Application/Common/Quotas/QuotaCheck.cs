using System.Globalization;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Common.Quotas;

/// <summary>
/// Says no, by <see cref="QuotaExceededException"/>, to what would give the caller more than <see cref="QuotaOptions"/> allow. What is being removed
/// still counts: it still takes its place.
/// </summary>
internal sealed class QuotaCheck(IApplicationDbContext db, ICurrentUser user, QuotaOptions options)
{
    private const double Gibi = 1L << 30;

    /// <summary>
    /// To be called first in a transaction that adds something: until it ends, nobody else adds anything of the caller's, so that what is counted after
    /// it holds.
    /// </summary>
    public async Task LockAsync(CancellationToken cancellationToken) =>
        await db.Users.Where(profile => profile.Id == user.Id).ForUpdate().Select(profile => profile.Id).SingleOrDefaultAsync(cancellationToken);

    /// <summary>Room for one stack more.</summary>
    public async Task RequireStackAsync(CancellationToken cancellationToken)
    {
        if (options.Stacks is not { } most)
            return;

        var count = await db.Stacks.CountAsync(stack => stack.OwnerId == user.Id, cancellationToken);
        if (count >= most)
            throw new QuotaExceededException($"You have {count} stacks, and an account may have {most} here. Delete one that is no longer needed.");
    }

    /// <summary>Room for one deployed agent more.</summary>
    public async Task RequireAgentAsync(CancellationToken cancellationToken)
    {
        if (options.Agents is not { } most)
            return;

        var count = await db.Agents.CountAsync(agent => agent.OwnerId == user.Id && agent.Kind == AgentKind.Deployed, cancellationToken);
        if (count >= most)
            throw new QuotaExceededException($"You have {count} deployed agents, and an account may have {most} here. Delete one that is no longer needed.");
    }

    /// <summary>Room for more code: for this, or, before it has come, for any at all.</summary>
    public async Task RequireCodeAsync(CodeFacts? code, CancellationToken cancellationToken)
    {
        if (options.CodeBytes is not { } most)
            return;

        var stored = await db.AgentRevisions
            .Where(revision => db.Agents.Any(agent => agent.Id == revision.AgentId && agent.OwnerId == user.Id))
            .GroupBy(revision => new { revision.AgentId, revision.CodeRevision })
            .Select(same => same.Max(revision => revision.CodeSize + revision.CodeUnpackedSize))
            .SumAsync(cancellationToken);
        var more = code is null ? 1 : code.PackedBytes + code.UnpackedBytes;
        if (stored + more <= most)
            return;

        throw new QuotaExceededException(code is null
            ? $"The code of your agents takes {InGibi(stored)}, and an account's may take {InGibi(most)} here. Delete agents that are no longer needed."
            : $"The code of your agents takes {InGibi(stored)}, this upload would take {InGibi(more)}, and an account's may take {InGibi(most)} here. "
                + "Delete agents that are no longer needed.");
    }

    private static string InGibi(long bytes) => bytes >= Gibi / 100
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / Gibi:0.##} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes");
}
