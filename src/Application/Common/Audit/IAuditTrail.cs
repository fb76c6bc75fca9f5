namespace StackAgent.Application.Common.Audit;

/// <summary>Says who did what. Every use case that changes something for a user tells it; a test holds that.</summary>
public interface IAuditTrail
{
    /// <summary>
    /// Adds an entry to what is saved next, so that it is written with the deed or not at all. Call it before the last save of the deed's
    /// transaction, for what really changes: what was asked for and was so already is no deed.
    /// </summary>
    /// <param name="action">One of <see cref="AuditActions"/>.</param>
    /// <param name="subject">To what.</param>
    /// <param name="detail">A sentence with what else is worth knowing: never a secret, and nothing that somebody wrote for others to read.</param>
    /// <param name="actorId">Who did it where the request doesn't say, as at a login; null: the request's caller, or the server itself.</param>
    void Record(string action, AuditSubject subject, string? detail = null, Guid? actorId = null);
}
