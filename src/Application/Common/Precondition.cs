using StackAgent.Domain.Common;

namespace StackAgent.Application.Common;

/// <summary>An answer that says which state of its resource it shows, for the <c>ETag</c> header.</summary>
public interface ITagged
{
    /// <summary>With its quotes, as made by <see cref="EntityTags"/>; null: this answer shows no state that could be changed.</summary>
    string? EntityTag { get; }
}

/// <summary>
/// Makes entity tags of what an aggregate counts. They tell apart what its user set; the status, which moves by itself, isn't part of it, so
/// they are good for <c>If-Match</c> and not for caches.
/// </summary>
public static class EntityTags
{
    /// <summary><c>"v7"</c>.</summary>
    public static string Of(int version) => $"\"v{version}\"";

    /// <summary><c>"v7.3"</c>: for what also changes when the agent goes back to an earlier revision by itself.</summary>
    public static string Of(int version, int revision) => $"\"v{version}.{revision}\"";
}

/// <summary>What a caller believes the state to be, from an <c>If-Match</c> header. A use case gets null when the header was absent.</summary>
/// <param name="Tags">The strong entity tags, with their quotes; null: <c>*</c>, whatever the state.</param>
public sealed record Precondition(IReadOnlyList<string>? Tags);

public static class PreconditionExtensions
{
    /// <summary>
    /// Compares with the present state. Call it with the resource's row locked, in the transaction of the change, before anything is changed.
    /// </summary>
    /// <exception cref="PreconditionFailedException">The state is another one.</exception>
    public static void Require(this Precondition? precondition, string entityTag)
    {
        if (precondition is { Tags: { } tags } && !tags.Contains(entityTag, StringComparer.Ordinal))
            throw new PreconditionFailedException($"This was changed meanwhile: its ETag is {entityTag} now. Read it again before you change it.");
    }

    /// <inheritdoc cref="Require(Precondition?, string)"/>
    public static void Require(this Precondition? precondition, int version) => precondition.Require(EntityTags.Of(version));
}
