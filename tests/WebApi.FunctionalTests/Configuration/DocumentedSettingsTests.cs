using System.Text.RegularExpressions;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Configuration;

public sealed partial class DocumentedSettingsTests
{
    [Test]
    public void Configuration_WhenComparedWithTheCode_NamesEveryVariable()
    {
        string[] sources =
        [
            .. Directory.GetFiles(Path.Combine(Repository.Root, "src", "WebApi", "Configuration"), "*.cs"),
            Path.Combine(Repository.Root, "src", "Infrastructure", "Runtimes", "Kubernetes", "Configuration", "KubeConfigLoader.cs"),
        ];
        var variables = sources.SelectMany(file => VariableName().Matches(File.ReadAllText(file))).Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
        var documented = File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"));

        Assert.Multiple(() =>
        {
            Assert.That(variables, Does.Contain("SECRET_KEY").And.Contain("PORT").And.Contain("KUBECONFIG"), "the test finds variables");
            Assert.That(variables.Where(variable => !documented.Contains($"`{variable}`", StringComparison.Ordinal)), Is.Empty);
        });
    }

    [GeneratedRegex("\"(?<name>[A-Z][A-Z0-9]*(_[A-Z0-9]+)*)\"", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex VariableName();
}
