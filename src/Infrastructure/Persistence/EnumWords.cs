using System.Text.Json;

namespace StackAgent.Infrastructure.Persistence;

/// <summary>Enums as the database holds them, which is as the wire has them. Looked up and not composed: a page of agents or a batch of reports has thousands.</summary>
internal static class EnumWords<TEnum>
    where TEnum : struct, Enum
{
    private static readonly Dictionary<TEnum, string> Words =
        Enum.GetValues<TEnum>().ToDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

    private static readonly Dictionary<string, TEnum> Values =
        Words.ToDictionary(word => word.Value, word => word.Key, StringComparer.Ordinal);

    public static string ToWord(TEnum value) => Words[value];

    public static TEnum ToValue(string word) => Values[word];
}
