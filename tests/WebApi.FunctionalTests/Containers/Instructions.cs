using System.Text.RegularExpressions;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Containers;

/// <summary>A stage of a Dockerfile.</summary>
/// <param name="Name">What <c>AS</c> calls it.</param>
/// <param name="Base">What it is made from, as written.</param>
/// <param name="Lines">Its instructions, each with its name and the rest of it on one line.</param>
internal sealed record Stage(string Name, string Base, IReadOnlyList<(string Name, string Text)> Lines)
{
    /// <summary>The rest of the only instruction of this name.</summary>
    public string Only(string name) => All(name).Single();

    public IEnumerable<string> All(string name) => Lines.Where(line => line.Name == name).Select(line => line.Text);
}

/// <summary>The repository's Dockerfile.</summary>
internal static partial class Instructions
{
    /// <summary>Its stages, and before them one without a name that holds what comes before the first.</summary>
    public static IReadOnlyList<Stage> Read()
    {
        var stages = new List<Stage>();
        var (name, origin) = ("", "");
        var lines = new List<(string, string)>();
        foreach (var instruction in Joined(File.ReadAllLines(Path.Combine(Repository.Root, "Dockerfile"))))
        {
            var words = instruction.Split(' ', 2);
            if (words[0] != "FROM")
            {
                lines.Add((words[0], words[1].Trim()));
                continue;
            }

            stages.Add(new Stage(name, origin, lines));
            var match = FromLine().Match(words[1]);
            Assert.That(match.Success, Is.True, instruction);
            (name, origin) = (match.Groups["name"].Value, match.Groups["base"].Value);
            lines = [];
        }

        stages.Add(new Stage(name, origin, lines));
        return stages;
    }

    private static IEnumerable<string> Joined(IEnumerable<string> lines)
    {
        var begun = "";
        foreach (var line in lines.Where(line => !line.TrimStart().StartsWith('#') && line.Trim().Length > 0))
        {
            begun += line.TrimEnd('\\').Trim() + " ";
            if (line.EndsWith('\\'))
                continue;

            yield return begun.Trim();
            begun = "";
        }
    }

    [GeneratedRegex(@"\A(?<base>\S+) AS (?<name>[a-z-]+)\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex FromLine();
}
