using StackAgent.Application.Events;
using StackAgent.Domain.Sessions;

namespace StackAgent.Infrastructure.Sessions.Expiry;

/// <summary>A session that was put on record as expired, with what is told of it.</summary>
internal sealed record ExpiredSession(SessionSubject Session, SessionStatus LastStatus, DateTimeOffset ExpiredAt, AgentSubject Agent)
{
    public EventRecord ToEvent(DateTimeOffset now) => SessionEvents.Expired(Agent, Session, LastStatus, ExpiredAt, now);
}
