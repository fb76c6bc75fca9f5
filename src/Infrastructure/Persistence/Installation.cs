using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common;
using StackAgent.Domain.Common;

namespace StackAgent.Infrastructure.Persistence;

/// <summary>The one row of the table <c>installation</c>.</summary>
public sealed class InstallationRow
{
    public const int OnlyId = 1;

    /// <summary>Always <see cref="OnlyId"/>: of two servers that make the row at once, the key refuses one.</summary>
    public int Id { get; init; } = OnlyId;

    public Guid InstallationId { get; init; }
}

/// <summary>Makes the row when it is asked for the first time.</summary>
internal sealed class Installation(IServiceScopeFactory scopes) : IInstallation, IDisposable
{
    private readonly SemaphoreSlim _asking = new(1, 1);
    private volatile InstallationRow? _row;

    public ValueTask<Guid> GetIdAsync(CancellationToken cancellationToken) =>
        _row is { } row ? ValueTask.FromResult(row.InstallationId) : AskAsync(cancellationToken);

    public void Dispose() => _asking.Dispose();

    private async ValueTask<Guid> AskAsync(CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken);
        try
        {
            _row ??= await FindOrAddAsync(cancellationToken);
            return _row.InstallationId;
        }
        finally
        {
            _asking.Release();
        }
    }

    private async Task<InstallationRow> FindOrAddAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        var rows = db.Set<InstallationRow>().AsNoTracking();
        if (await rows.SingleOrDefaultAsync(cancellationToken) is { } known)
            return known;

        try
        {
            // Not version 7: its first digits are the time.
            db.Add(new InstallationRow { InstallationId = Guid.NewGuid() });
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (ConflictException)
        {
            // Another server was faster, and its row counts.
        }

        return await rows.SingleAsync(cancellationToken);
    }
}
