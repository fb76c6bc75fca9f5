using System.Text;

namespace StackAgent.Infrastructure.Runtimes.Logs;

/// <summary>Cuts a stream of bytes into lines of UTF-8, keeping no more than <paramref name="maxBytes"/> of each: a longer one ends with a marker.</summary>
internal sealed class LineSplitter(int maxBytes)
{
    private readonly byte[] _line = new byte[maxBytes];
    private int _length;
    private long _cut;

    /// <summary>The lines that end in <paramref name="bytes"/>; an unfinished one waits for its end.</summary>
    public List<string> Split(ReadOnlySpan<byte> bytes)
    {
        List<string> lines = [];
        while (bytes.IndexOf((byte)'\n') is >= 0 and var end)
        {
            Add(bytes[..end]);
            lines.Add(Take());
            bytes = bytes[(end + 1)..];
        }

        Add(bytes);
        return lines;
    }

    /// <summary>The unfinished line at the end of the stream; null when there is none.</summary>
    public string? Rest() => _length > 0 ? Take() : null;

    private void Add(ReadOnlySpan<byte> bytes)
    {
        var fits = Math.Min(bytes.Length, _line.Length - _length);
        bytes[..fits].CopyTo(_line.AsSpan(_length));
        _length += fits;
        _cut += bytes.Length - fits;
    }

    private string Take()
    {
        var text = Clean(Encoding.UTF8.GetString(_line, 0, _length));
        (_length, var cut, _cut) = (0, _cut, 0);
        return cut > 0 ? text + LogMarkers.OfLine(cut) : text;
    }

    /// <summary>
    /// A line goes into a file of lines, into databases and to browsers: control characters other than tab and escape (colours) become the replacement
    /// character.
    /// </summary>
    private static string Clean(string text)
    {
        text = text.TrimEnd('\r');
        return text.Any(IsUnwanted) ? string.Create(text.Length, text, static (target, source) =>
        {
            for (var i = 0; i < source.Length; i++)
                target[i] = IsUnwanted(source[i]) ? '\uFFFD' : source[i];
        }) : text;
    }

    private static bool IsUnwanted(char character) => char.IsControl(character) && character is not ('\t' or '\u001b');
}
