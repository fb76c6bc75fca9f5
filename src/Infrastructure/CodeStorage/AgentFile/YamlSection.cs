using System.Globalization;
using System.Text.RegularExpressions;

namespace StackAgent.Infrastructure.CodeStorage.AgentFile;

/// <summary>A mapping of settings. What is asked for is known; <see cref="RefuseOthers"/> refuses the rest. A key without a value says nothing.</summary>
internal sealed partial class YamlSection(YamlMap map, string path, Dictionary<string, string[]> faults)
{
    private readonly List<string> _known = [];

    /// <summary>Text, which <c>1.0</c> and <c>true</c> without quotes aren't.</summary>
    public string? Text(string key) => Find(key) switch
    {
        null => null,
        YamlScalar scalar when !scalar.IsPlain || !(IsFlag(scalar.Text) || Number().IsMatch(scalar.Text)) => scalar.Text,
        YamlScalar => Fault(key, "This has to be a text: put it into quotes."),
        _ => Fault(key, "This has to be a text."),
    };

    /// <summary>Text, or a number that is as good as its text: an amount.</summary>
    public string? TextOrNumber(string key) => Find(key) switch
    {
        null => null,
        YamlScalar scalar when !scalar.IsPlain || !IsFlag(scalar.Text) => scalar.Text,
        _ => Fault(key, "This has to be a text or a number."),
    };

    public int? Integer(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value is YamlScalar { IsPlain: true } scalar && int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return number;

        Fault(key, "This has to be a whole number, without quotes.");
        return null;
    }

    public bool? Flag(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value is YamlScalar { IsPlain: true } scalar && IsFlag(scalar.Text))
            return scalar.Text[0] is 't' or 'T';

        Fault(key, "This has to be true or false, without quotes.");
        return null;
    }

    /// <summary>Texts, or numbers and <c>true</c> and <c>false</c> as their text.</summary>
    public IReadOnlyList<string>? Texts(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value is not YamlList list)
        {
            Fault(key, "This has to be a list, for example [\"python3\", \"main.py\"].");
            return null;
        }

        return [.. list.Items.Select((item, index) => TextOf(item) ?? Fault($"{key}[{index}]", "This has to be a text.") ?? "")];
    }

    /// <summary>Texts by name, or numbers and <c>true</c> and <c>false</c> as their text.</summary>
    public IReadOnlyDictionary<string, string>? TextsByName(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value is not YamlMap names)
        {
            Fault(key, "This has to be a mapping of names to texts.");
            return null;
        }

        return names.Entries.ToDictionary(
            entry => entry.Key,
            entry => TextOf(entry.Value) ?? Fault(YamlTree.Join(key, entry.Key), "This has to be a text; an empty one is written \"\".") ?? "",
            StringComparer.Ordinal);
    }

    public YamlSection? Section(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value is YamlMap inner)
            return new YamlSection(inner, YamlTree.Join(path, key), faults);

        Fault(key, "This has to be a mapping.");
        return null;
    }

    /// <summary>Refuses one key in words of its own.</summary>
    public void Refuse(string key, string sentence)
    {
        _known.Add(key);
        if (map.Entries.ContainsKey(key))
            Fault(key, sentence);
    }

    /// <summary>Refuses the keys that nobody asked for: a mistyped one would have no effect, and nobody would know.</summary>
    /// <param name="unmentioned">Known ones that the sentence doesn't recommend.</param>
    public void RefuseOthers(params string[] unmentioned)
    {
        foreach (var key in map.Entries.Keys.Except(_known, StringComparer.Ordinal))
            Fault(key, $"There is no such setting. Here it can be {string.Join(", ", _known.Except(unmentioned, StringComparer.Ordinal))}.");
    }

    private YamlValue? Find(string key)
    {
        _known.Add(key);
        return map.Entries.TryGetValue(key, out var value) && !IsNull(value) ? value : null;
    }

    private string? Fault(string key, string sentence)
    {
        const int MaxFaults = 100;
        var line = map.Entries.TryGetValue(key, out var value) ? $" (Line {value.Line}.)" : "";
        if (faults.Count < MaxFaults)
            faults[YamlTree.Join(path, key)] = [sentence + line];
        return null;
    }

    private static string? TextOf(YamlValue value) => value is YamlScalar scalar && !IsNull(scalar) ? scalar.Text : null;

    private static bool IsNull(YamlValue value) => value is YamlScalar { IsPlain: true, Text: "" or "~" or "null" or "Null" or "NULL" };

    private static bool IsFlag(string text) => text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE";

    [GeneratedRegex(@"\A[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Number();
}
