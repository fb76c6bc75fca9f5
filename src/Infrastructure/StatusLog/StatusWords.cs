using System.Text.Json;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>Enums as the database holds them, which is as the wire has them, without composing text for every report.</summary>
internal static class StatusWords<TEnum>
    where TEnum : struct, Enum
{
    private static readonly Dictionary<TEnum, string> Words =
        Enum.GetValues<TEnum>().ToDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

    private static readonly Dictionary<string, TEnum> Values =
        Words.ToDictionary(word => word.Value, word => word.Key, StringComparer.Ordinal);

    public static string ToWord(TEnum value) => Words[value];

    public static TEnum ToValue(string word) => Values[word];
}
