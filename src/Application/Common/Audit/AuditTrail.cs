using StackAgent.Application.Audit;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Common.Audit;

/// <summary>Adds entries to the use case's own database context.</summary>
internal sealed class AuditTrail(IApplicationDbContext db, IRequestOrigin origin, TimeProvider time) : IAuditTrail
{
    public void Record(string action, AuditSubject subject, string? detail = null, Guid? actorId = null)
    {
        var now = time.Now();
        db.AuditEntries.Add(new AuditEntry
        {
            Id = TimeIds.Create(now),
            OwnerId = subject.OwnerId,
            ActorId = actorId ?? origin.UserId,
            ApiKeyId = origin.ApiKeyId,
            Action = action,
            ResourceType = subject.Type,
            ResourceId = subject.Id,
            ResourceName = subject.Name is null ? null : Text.Truncate(subject.Name, AuditEntry.ResourceNameMaxLength),
            StackId = subject.StackId,
            Detail = detail is null ? null : Text.Truncate(detail, AuditEntry.DetailMaxLength),
            At = now,
            Address = origin.Address,
            TraceId = origin.TraceId,
        });
    }
}
