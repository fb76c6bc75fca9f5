using FluentValidation;

namespace StackAgent.Application.Events;

/// <summary>Reads lists of event types such as <c>agent.deleted,session.*</c>.</summary>
internal static class TypeWords
{
    private static readonly Dictionary<string, string[]> Groups = EventTypes.Payloads.Keys
        .GroupBy(type => $"{type.Split('.')[0]}.*", StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

    /// <summary>All words, for a sentence.</summary>
    public static string Known { get; } =
        $"{string.Join(", ", EventTypes.Payloads.Keys)}; {string.Join(", ", Groups.Keys)} stand for all that begin so";

    /// <summary>Whether it is a type, or a group of types.</summary>
    public static bool IsWord(string word) => Find(word) is not null;

    /// <summary>The types that the words mean; null, which is all of them, for no word. Throws for an unknown one: validate before.</summary>
    public static IReadOnlySet<string>? Parse(string? words)
    {
        var types = Split(words)
            .SelectMany(word => Find(word) ?? throw new ArgumentException("Not a type of event.", nameof(words)))
            .ToHashSet(StringComparer.Ordinal);
        return types.Count == 0 ? null : types;
    }

    public static IRuleBuilderOptions<T, string?> TypesOfEvents<T>(this IRuleBuilder<T, string?> rule) => rule
        .Must(words => Split(words).All(IsWord))
        .WithMessage($"This must be a comma-separated list of {Known}.");

    private static string[] Split(string? words) =>
        words?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static IReadOnlyList<string>? Find(string word) =>
        EventTypes.Payloads.ContainsKey(word) ? [word] : Groups.GetValueOrDefault(word);
}
