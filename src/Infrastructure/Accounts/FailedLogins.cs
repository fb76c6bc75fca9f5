using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Audit;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.Accounts;

/// <summary>A login that was refused to somebody who named an account.</summary>
/// <param name="UserId">Whose account it is.</param>
/// <param name="Email">The account's address.</param>
/// <param name="At">When.</param>
/// <param name="Address">Where from.</param>
/// <param name="TraceId">Of the request.</param>
internal sealed record FailedLogin(Guid UserId, string Email, DateTimeOffset At, string? Address, string? TraceId);

/// <summary>
/// Writes failed logins into the audit trail of their account. Not in the request: it would take longer where there is an account than where
/// there is none, and that tells which addresses have one. And not all of them: whoever guesses passwords must not fill the disk, so an account
/// gets at most <see cref="PerHour"/> in an hour, and what comes faster than it can be written is lost.
/// </summary>
internal sealed class FailedLogins(IServiceScopeFactory scopes, TimeProvider time, ILogger<FailedLogins> logger) : ResilientBackgroundService(time, logger)
{
    /// <summary>How many entries an account gets in an hour.</summary>
    public const int PerHour = 20;

    private const int Capacity = 1_000;
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private readonly Channel<FailedLogin> _waiting = Channel.CreateBounded<FailedLogin>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>Returns at once.</summary>
    public void Add(FailedLogin login) => _waiting.Writer.TryWrite(login);

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            while (_waiting.Reader.TryPeek(out var login))
            {
                await WriteAsync(login, cancellationToken);
                _waiting.Reader.TryRead(out _);
                Progress();
            }
        }
    }

    private async Task WriteAsync(FailedLogin login, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IApplicationDbContext>();
        var since = TimeIds.FirstAt(login.At - Window);
        var id = login.UserId.ToString();
        var known = await db.AuditEntries.CountAsync(
            entry => entry.OwnerId == login.UserId && entry.ResourceType == AuditResources.Account && entry.ResourceId == id
                && entry.Id.CompareTo(since) >= 0 && entry.Action == AuditActions.AccountLoginFailed,
            cancellationToken);
        if (known >= PerHour)
            return;

        var subject = AuditSubject.OfAccount(login.UserId, login.Email);
        db.AuditEntries.Add(new AuditEntry
        {
            Id = TimeIds.Create(login.At),
            OwnerId = subject.OwnerId,
            Action = AuditActions.AccountLoginFailed,
            ResourceType = subject.Type,
            ResourceId = subject.Id,
            ResourceName = subject.Name,
            Detail = known == PerHour - 1 ? $"No more than {PerHour} are listed in an hour." : null,
            At = login.At,
            Address = login.Address,
            TraceId = login.TraceId,
        });
        await db.SaveChangesAsync(cancellationToken);
    }
}
