using System.Globalization;
using System.Text;

namespace StackAgent.Infrastructure.Notifications.Sending;

/// <summary>Text exactly as Go's standard library writes it: clients of kubeagents compare it.</summary>
internal static class GoText
{
    private const long NanosecondsInTick = 100;
    private const decimal Microsecond = 1_000;
    private const decimal Millisecond = 1_000_000;
    private const decimal Second = 1_000_000_000;
    private const decimal SecondsInMinute = 60;
    private const decimal MinutesInHour = 60;
    private const string UpToNineDecimals = "0.#########";

    /// <summary>As <c>time.Duration.String</c>: <c>1h2m3.5s</c>, <c>5m0s</c>, <c>1.5ms</c>, <c>0s</c>.</summary>
    public static string Duration(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";

        var sign = duration < TimeSpan.Zero ? "-" : "";
        var nanoseconds = Math.Abs((decimal)duration.Ticks) * NanosecondsInTick;
        if (nanoseconds < Microsecond)
            return $"{sign}{Number(nanoseconds)}ns";
        if (nanoseconds < Millisecond)
            return $"{sign}{Number(nanoseconds / Microsecond)}µs";
        if (nanoseconds < Second)
            return $"{sign}{Number(nanoseconds / Millisecond)}ms";

        var seconds = nanoseconds / Second;
        var minutes = decimal.Floor(seconds / SecondsInMinute);
        var hours = decimal.Floor(minutes / MinutesInHour);
        var rest = $"{Number(seconds % SecondsInMinute)}s";
        if (minutes == 0)
            return sign + rest;

        return hours == 0 ? $"{sign}{Number(minutes)}m{rest}" : $"{sign}{Number(hours)}h{Number(minutes % MinutesInHour)}m{rest}";
    }

    /// <summary>As <c>json.Marshal</c> writes a string, quotes included: little is escaped, but <c>&lt;</c>, <c>&gt;</c> and <c>&amp;</c> are.</summary>
    public static string Json(string text)
    {
        var json = new StringBuilder(text.Length + 2).Append('"');
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                < ' ' or '<' or '>' or '&' or 0x2028 or 0x2029 => json.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ => json.Append(rune),
            };
        }

        return json.Append('"').ToString();
    }

    private static string Number(decimal value) => value.ToString(UpToNineDecimals, CultureInfo.InvariantCulture);
}
