using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Events;

/// <summary>Composes the events of stacks, in the words of the wire.</summary>
internal static class StackEvents
{
    /// <summary>Null for what happens inside only.</summary>
    public static EventRecord? From(Stack stack, IDomainEvent happened, DateTimeOffset at)
    {
        var subject = new EventStack(stack.Id, stack.Name);
        var (type, data) = happened switch
        {
            StackCreated => (EventTypes.StackCreated, EventJson.Write(new StackUpdatedEvent(subject, stack.Description))),
            StackUpdated => (EventTypes.StackUpdated, EventJson.Write(new StackUpdatedEvent(subject, stack.Description))),
            StackStatusChanged change => (
                EventTypes.StackStatusChanged,
                EventJson.Write(new StackStatusEvent(subject, change.Previous, change.Status, change.Reason, change.Message))),
            StackRemoved => (EventTypes.StackDeleted, EventJson.Write(new StackEvent(subject))),
            _ => ("", ""),
        };
        return type.Length == 0
            ? null
            : new EventRecord { OwnerId = stack.OwnerId, Type = type, At = at, StackId = stack.Id, Data = data };
    }
}
