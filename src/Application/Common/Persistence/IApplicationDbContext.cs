using Microsoft.EntityFrameworkCore;
using StackAgent.Domain.Accounts;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Common.Persistence;

/// <summary>The database as use cases see it: commands load aggregates from it, queries project from it.</summary>
public interface IApplicationDbContext
{
    DbSet<Stack> Stacks { get; }

    DbSet<Agent> Agents { get; }

    DbSet<Session> Sessions { get; }

    DbSet<StatusReport> StatusReports { get; }

    DbSet<ApiKey> ApiKeys { get; }

    DbSet<RefreshTokenFamily> RefreshTokenFamilies { get; }

    DbSet<RefreshToken> RefreshTokens { get; }

    /// <summary>Read-only: accounts are written through their own use cases.</summary>
    IQueryable<UserProfile> Users { get; }

    /// <summary>Saves the tracked changes. A violated unique index becomes a <see cref="Domain.Common.ConflictException"/> with a sentence for the user.</summary>
    Task<int> SaveChangesAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Runs <paramref name="work"/> in one transaction, in which rows read with <see cref="QueryExtensions.ForUpdate{T}"/> stay locked.
    /// Domain events are dispatched after the commit; when <paramref name="work"/> throws, nothing of it stays.
    /// Either way nothing is tracked afterwards.
    /// </summary>
    Task<T> InTransactionAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken);
}
