using System.Text;
using StackAgent.Domain.Common;

namespace StackAgent.Infrastructure.CodeStorage.Zip;

/// <summary>The sentences with which a ZIP is refused. They quote entry names, which are hostile text: cut and stripped of controls.</summary>
internal static class Refusal
{
    private const int QuotedLength = 120;

    public static ValidationFailedException Because(string sentence) => new("file", sentence);

    public static ValidationFailedException NotAZip() => Because("The file isn't a ZIP archive.");

    public static ValidationFailedException Damaged(string what) => Because($"The ZIP is damaged or incomplete: {what}.");

    public static ValidationFailedException Entry(string path, string reason) => Because($"The ZIP's entry \"{Quote(path)}\" {reason}.");

    /// <summary>A size for people: <c>200 MB</c>.</summary>
    public static string Size(long bytes) => bytes switch
    {
        >= 1024 * 1024 * 1024 when bytes % (1024 * 1024 * 1024) == 0 => $"{bytes / (1024 * 1024 * 1024)} GB",
        >= 1024 * 1024 => $"{bytes / (1024 * 1024)} MB",
        _ => $"{bytes} bytes",
    };

    /// <summary>An entry's path as a sentence may show it.</summary>
    public static string Quote(string path)
    {
        var quoted = new StringBuilder(QuotedLength);
        foreach (var rune in Text.Truncate(path, QuotedLength).EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format)
                quoted.Append($"\\u{rune.Value:x4}");
            else
                quoted.Append(rune.ToString());
        }

        return quoted.ToString();
    }
}
