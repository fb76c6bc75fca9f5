using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>The commands of <c>docs/operations.md</c> that change <c>SECRET_KEY</c> in a cluster, run as they stand but for the namespace.</summary>
[Category(TestCluster.Category)]
internal sealed partial class SecretChangeTests
{
    // Whatever was once typed into a secret has to survive a shell and JSON.
    private const string Old = """the old one: 100% "quoted" $HOME \n 'too' , and long""";
    private const string Database = "postgresql://stackagent@postgres/stackagent";

    private readonly string _namespace = $"secret-change-{Guid.NewGuid():N}";

    [TearDown]
    public Task TearDownAsync() => TestCluster.KubectlAsync("delete", "namespace", _namespace, "--ignore-not-found", "--wait=false");

    [Test]
    public async Task Change_WhenItIsDoneStepByStep_TellsServersOfTheNextBeforeTheyUseIt()
    {
        await TestCluster.KubectlAsync("create", "namespace", _namespace);
        await TestCluster.KubectlAsync("create", "secret", "generic", "stackagent", "-n", _namespace, $"--from-literal=SECRET_KEY={Old}", $"--from-literal=DATABASE_URL={Database}");
        await TestCluster.KubectlAsync("create", "deployment", "stackagent", "-n", _namespace, $"--image={TestCluster.IdleImage}");

        var steps = await RunAsync(Commands(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations.md"))));

        Assert.That(steps, Has.Count.EqualTo(3));
        var next = steps[1].Secret;
        Assert.That(next, Has.Length.GreaterThanOrEqualTo(32).And.Not.Contains('\n'));
        Assert.That(steps, Is.EqualTo(new[] { (Old, next, Database), (next, Old, Database), (next, "", Database) }));
        var sets = (await TestCluster.GetAsync("replicasets", "-n", _namespace))!["items"]!.AsArray();
        Assert.That(sets, Has.Count.EqualTo(1 + steps.Count), "each step restarts the servers");
    }

    private string Commands(string document) => ShellBlock().Matches(document)
        .Select(match => match.Groups["code"].Value)
        .Single(block => block.Contains("kubectl patch secret", StringComparison.Ordinal))
        .Replace("-n stackagent", $"-n {_namespace}", StringComparison.Ordinal);

    /// <summary>Runs commands, and notes the Secret after each change of it.</summary>
    private async Task<IReadOnlyList<(string Secret, string Previous, string Database)>> RunAsync(string commands)
    {
        const string Mark = "noted:";
        var spy = $$"""
            kubectl() {
              command kubectl "$@" || return
              if [ "$1" = patch ]; then
                command kubectl get secret stackagent -n {{_namespace}} -o jsonpath='{{Mark}}{.data.SECRET_KEY}:{.data.SECRET_KEY_PREVIOUS}:{.data.DATABASE_URL}{"\n"}'
              fi
            }

            """;
        var start = new ProcessStartInfo("bash", ["-eu", "-o", "pipefail", "-s"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KUBECONFIG"] = TestCluster.KubeConfig;
        using var shell = Process.Start(start)!;
        var errors = shell.StandardError.ReadToEndAsync();
        var output = shell.StandardOutput.ReadToEndAsync();
        await shell.StandardInput.WriteAsync(spy + commands);
        shell.StandardInput.Close();
        await shell.WaitForExitAsync();
        Assert.That(shell.ExitCode, Is.Zero, $"{commands}\n{await errors}{await output}");
        return
        [
            .. (await output).Split('\n')
                .Where(line => line.StartsWith(Mark, StringComparison.Ordinal))
                .Select(line => line[Mark.Length..].Split(':').Select(part => Encoding.UTF8.GetString(Convert.FromBase64String(part))).ToArray())
                .Select(parts => (parts[0], parts[1], parts[2])),
        ];
    }

    [GeneratedRegex("```sh\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ShellBlock();
}
