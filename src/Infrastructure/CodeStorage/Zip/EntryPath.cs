using System.Buffers.Binary;
using System.Text;

namespace StackAgent.Infrastructure.CodeStorage.Zip;

/// <summary>Turns the name bytes of an entry into a relative path that can't leave its folder, or refuses them.</summary>
internal static class EntryPath
{
    private const ushort UnicodePathField = 0x7075;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly Encoding Dos = CodePagesEncodingProvider.Instance.GetEncoding(437)!;

    /// <summary>
    /// The name as the packer meant it: its Unicode field when there is a valid one, else UTF-8, else (only where the entry doesn't claim UTF-8)
    /// the DOS code page of old packers.
    /// </summary>
    public static string Decode(ReadOnlySpan<byte> name, ReadOnlySpan<byte> extra, bool claimsUtf8)
    {
        var field = ExtraField.Find(extra, UnicodePathField);
        if (field.Length > 5 && field[0] == 1 && BinaryPrimitives.ReadUInt32LittleEndian(field[1..]) == Crc32.Of(name))
        {
            name = field[5..];
            claimsUtf8 = true;
        }

        try
        {
            return StrictUtf8.GetString(name);
        }
        catch (DecoderFallbackException) when (!claimsUtf8)
        {
            return Dos.GetString(name);
        }
        catch (DecoderFallbackException)
        {
            throw Refusal.Entry(Encoding.UTF8.GetString(name), "has a name that isn't valid UTF-8");
        }
    }

    /// <summary>Refuses every path that isn't plainly inside the archive's own folder. A single <c>/</c> at the end marks a folder.</summary>
    public static void Check(string path, int maxBytes)
    {
        if (path.Length == 0)
            throw Refusal.Because("The ZIP holds an entry without a name.");
        if (Encoding.UTF8.GetByteCount(path) > maxBytes)
            throw Refusal.Entry(path, $"has a path of more than {maxBytes} bytes");
        if (path.Any(char.IsControl))
            throw Refusal.Entry(path, "has a control character in its name");
        if (path.Contains('\\', StringComparison.Ordinal))
            throw Refusal.Entry(path, "has a backslash in its path; use forward slashes");
        if (path[0] == '/')
            throw Refusal.Entry(path, "has an absolute path; only relative ones are accepted");
        if (path.Length >= 2 && char.IsAsciiLetter(path[0]) && path[1] == ':')
            throw Refusal.Entry(path, "starts with a drive letter; only relative paths are accepted");

        foreach (var range in path.AsSpan().Split('/'))
        {
            switch (path.AsSpan()[range])
            {
                case "" when range.Start.GetOffset(path.Length) < path.Length:
                    throw Refusal.Entry(path, "has an empty segment in its path");
                case ".." or ".":
                    throw Refusal.Entry(path, "has a \".\" or \"..\" segment in its path");
            }
        }
    }

    /// <summary>What macOS adds to every archive and nobody wants: resource forks and folder views.</summary>
    public static bool IsSystemLitter(string path) =>
        path.StartsWith("__MACOSX/", StringComparison.Ordinal)
        || path is "__MACOSX" or ".DS_Store"
        || path.EndsWith("/.DS_Store", StringComparison.Ordinal);
}
