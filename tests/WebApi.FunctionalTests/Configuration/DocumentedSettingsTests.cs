using System.Text.RegularExpressions;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Configuration;

public sealed partial class DocumentedSettingsTests
{
    /// <summary>Where else the process's variables are read, and which: those of the system, which are no settings.</summary>
    private static readonly Dictionary<string, string> OtherReaders = new(StringComparer.Ordinal)
    {
        ["ProcessEnvironment.cs"] = "all of them, for the parser",
        ["LoggingSetup.cs"] = "Logging__LogLevel__<category>",
        ["AgentEnvironment.cs"] = "PATH and SystemRoot, for agents' processes",
        ["ProcessSpawner.cs"] = "PATH",
    };

    [Test]
    public void Configuration_WhenComparedWithTheCode_NamesEveryVariable()
    {
        var variables = VariablesOfTheCode();
        var documented = Documentation();

        Assert.Multiple(() =>
        {
            Assert.That(variables, Does.Contain("SECRET_KEY").And.Contain("PORT").And.Contain("KUBECONFIG"), "the test finds variables");
            Assert.That(variables.Where(variable => !documented.Contains($"`{variable}`", StringComparison.Ordinal)), Is.Empty);
        });
    }

    [Test]
    public void Configuration_WhenItNamesAVariable_TheCodeReadsIt()
    {
        var documented = FirstColumn().Matches(Documentation()).SelectMany(row => DocumentedName().Matches(row.Value)).Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);

        Assert.That(documented, Does.Contain("SECRET_KEY").And.Contain("JWT_SECRET").And.Contain("AGENT_CPU_LIMIT"), "the test finds variables");
        Assert.That(documented.Except(VariablesOfTheCode(), StringComparer.Ordinal), Is.Empty);
    }

    [Test]
    public void Code_OutsideTheParser_ReadsNoVariables()
    {
        var readers = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .Where(file => File.ReadAllText(file) is var text
                && (text.Contains("GetEnvironmentVariable", StringComparison.Ordinal) || text.Contains("AddEnvironmentVariables", StringComparison.Ordinal)))
            .Select(Path.GetFileName);

        Assert.That(readers, Is.EquivalentTo(OtherReaders.Keys), "docs/configuration.md has to know of every variable");
    }

    private static HashSet<string> VariablesOfTheCode()
    {
        string[] sources =
        [
            .. Directory.GetFiles(Path.Combine(Repository.Root, "src", "WebApi", "Configuration"), "*.cs"),
            Path.Combine(Repository.Root, "src", "Infrastructure", "Runtimes", "Kubernetes", "Configuration", "KubeConfigLoader.cs"),
        ];
        return sources.SelectMany(file => VariableName().Matches(File.ReadAllText(file))).Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
    }

    private static string Documentation() => File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"));

    [GeneratedRegex(@"^\| `[^|]*\|", RegexOptions.Multiline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex FirstColumn();

    [GeneratedRegex("`(?<name>[A-Z][A-Z0-9_]*)`", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DocumentedName();

    [GeneratedRegex("\"(?<name>[A-Z][A-Z0-9]*(_[A-Z0-9]+)*)\"", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex VariableName();
}
