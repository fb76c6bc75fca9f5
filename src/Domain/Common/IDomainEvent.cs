namespace StackAgent.Domain.Common;

/// <summary>Something that happened to an aggregate, named in the past tense. Dispatched once its cause is committed.</summary>
public interface IDomainEvent;
