namespace StackAgent.Application.Audit;

/// <summary>Who did what to which resource, when and from where. Written in the transaction of the deed, and never changed.</summary>
public sealed class AuditEntry
{
    public const int ActionMaxLength = 100;
    public const int ResourceTypeMaxLength = 50;
    public const int ResourceIdMaxLength = 100;
    public const int ResourceNameMaxLength = 255;
    public const int DetailMaxLength = 1_000;
    public const int AddressMaxLength = 45;
    public const int TraceIdMaxLength = 64;

    /// <summary>UUID version 7: the trail's order.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>Whose resource it was; that user may read the entry.</summary>
    public Guid OwnerId { get; init; }

    /// <summary>Who did it; null: the server itself.</summary>
    public Guid? ActorId { get; init; }

    /// <summary>The API key it was done with; null: an access token, or the server itself.</summary>
    public Guid? ApiKeyId { get; init; }

    /// <summary>What, for example <c>agent.code_changed</c>. Clients compare it: never rename one.</summary>
    public string Action { get; init; } = "";

    /// <summary><c>stack</c>, <c>agent</c>, <c>api_key</c>, <c>notification_endpoint</c>, <c>session</c>, <c>account</c>.</summary>
    public string ResourceType { get; init; } = "";

    /// <summary>The resource's id on the wire.</summary>
    public string ResourceId { get; init; } = "";

    /// <summary>What it was called then; null for what has no name.</summary>
    public string? ResourceName { get; init; }

    /// <summary>The stack that the resource belongs to, or is.</summary>
    public Guid? StackId { get; init; }

    /// <summary>A sentence with what else is worth knowing, never a secret; null: nothing.</summary>
    public string? Detail { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>The client's IP address; null: the server itself.</summary>
    public string? Address { get; init; }

    /// <summary>The request's <c>trace_id</c>.</summary>
    public string? TraceId { get; init; }
}
