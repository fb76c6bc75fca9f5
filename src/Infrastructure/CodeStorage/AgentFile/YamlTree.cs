using System.Text;
using StackAgent.Domain.Common;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace StackAgent.Infrastructure.CodeStorage.AgentFile;

/// <summary>A value in a YAML file, with the line it begins on.</summary>
internal abstract record YamlValue(long Line);

/// <summary>A scalar as it is written. Quoted ones are text whatever they look like.</summary>
internal sealed record YamlScalar(string Text, bool IsPlain, long Line) : YamlValue(Line);

internal sealed record YamlList(IReadOnlyList<YamlValue> Items, long Line) : YamlValue(Line);

internal sealed record YamlMap(IReadOnlyDictionary<string, YamlValue> Entries, long Line) : YamlValue(Line);

/// <summary>
/// Reads the part of YAML that settings need, and refuses the rest: anchors and aliases (a few lines of them can stand for gigabytes), tags, several
/// documents, keys that aren't text.
/// </summary>
internal static class YamlTree
{
    private const int MaxDepth = 8;
    private const int MaxValues = 5_000;
    private const int QuotedLength = 100;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The file's one value; null when it is empty. Throws <see cref="ValidationFailedException"/>.</summary>
    /// <param name="content">All of the file.</param>
    /// <param name="fileName">What the paths of errors begin with.</param>
    public static YamlValue? Parse(ReadOnlySpan<byte> content, string fileName)
    {
        try
        {
            var parser = new Parser(new StringReader(StrictUtf8.GetString(content).TrimStart('\uFEFF')));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
                return null;

            parser.Consume<DocumentStart>();
            var values = 0;
            var value = Read(parser, fileName, MaxDepth, ref values);
            parser.Consume<DocumentEnd>();
            return parser.Accept<StreamEnd>(out _)
                ? value
                : throw new ValidationFailedException(fileName, "This file holds several documents; only one is read.");
        }
        catch (DecoderFallbackException)
        {
            throw new ValidationFailedException(fileName, "This file isn't valid UTF-8.");
        }
        catch (Exception exception) when (exception is YamlException or ArgumentException or InvalidOperationException)
        {
            // Some broken files make the parser break its own rules.
            var where = exception is YamlException { Start.Line: > 0 and var line } ? $": look at line {line}" : "";
            throw new ValidationFailedException(fileName, $"This file isn't valid YAML{where}.");
        }
    }

    /// <summary>A key's path below another.</summary>
    public static string Join(string path, string key) => $"{path}.{Text.Truncate(key, QuotedLength)}";

    private static YamlValue Read(IParser parser, string path, int depth, ref int values)
    {
        if (++values > MaxValues)
            throw new ValidationFailedException(path, $"This file holds more than {MaxValues:N0} values.");
        if (depth == 0)
            throw new ValidationFailedException(path, "This is nested deeper than any setting.");

        switch (parser.Consume<ParsingEvent>())
        {
            case AnchorAlias:
            case NodeEvent { Anchor.IsEmpty: false }:
                throw new ValidationFailedException(path, "Anchors (&) and aliases (*) aren't read here; write the value where it is needed.");
            case NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } }:
                throw new ValidationFailedException(path, "Tags (!) aren't read here; put text that looks like something else into quotes.");
            case Scalar scalar:
                return new YamlScalar(scalar.Value, scalar.Style == ScalarStyle.Plain, scalar.Start.Line);
            case SequenceStart start:
                return new YamlList(ReadItems(parser, path, depth, ref values), start.Start.Line);
            case MappingStart start:
                return new YamlMap(ReadEntries(parser, path, depth, ref values), start.Start.Line);
            default:
                throw new ValidationFailedException(path, "This isn't a setting.");
        }
    }

    private static List<YamlValue> ReadItems(IParser parser, string path, int depth, ref int values)
    {
        var items = new List<YamlValue>();
        while (!parser.TryConsume<SequenceEnd>(out _))
            items.Add(Read(parser, $"{path}[{items.Count}]", depth - 1, ref values));
        return items;
    }

    private static Dictionary<string, YamlValue> ReadEntries(IParser parser, string path, int depth, ref int values)
    {
        var entries = new Dictionary<string, YamlValue>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (Read(parser, path, depth - 1, ref values) is not YamlScalar key)
                throw new ValidationFailedException(path, "A key has to be a text.");
            var inner = Join(path, key.Text);
            if (!entries.TryAdd(key.Text, Read(parser, inner, depth - 1, ref values)))
                throw new ValidationFailedException(inner, "This key is there twice.");
        }

        return entries;
    }
}
