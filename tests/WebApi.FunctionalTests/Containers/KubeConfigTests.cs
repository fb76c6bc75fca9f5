using System.Diagnostics;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Containers;

/// <summary>The account that Compose's Kubernetes node gives StackAgent, made in the tests' cluster.</summary>
[Category(TestCluster.Category)]
internal sealed class KubeConfigTests
{
    [OneTimeTearDown]
    public Task RemoveToken() => TestCluster.KubectlAsync("delete", "secret", "-n", "stackagent", "stackagent-token", "--ignore-not-found");

    [Test]
    public async Task Script_WhenItRunsTwice_LeavesAConfigurationWithStackAgentsRightsAndNoOthers()
    {
        using var folder = new TemporaryFolder();
        var configuration = folder["kube/config"];

        await RunAsync("deploy/compose/kubeconfig", folder["kube"]);
        var first = await File.ReadAllTextAsync(configuration);
        await RunAsync("deploy/compose/kubeconfig", folder["kube"]);

        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllText(configuration), Is.EqualTo(first), "the same account");
            if (!OperatingSystem.IsWindows())
                Assert.That(File.GetUnixFileMode(configuration), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.That(Directory.GetFiles(folder["kube"]), Is.EqualTo(new[] { configuration }));
        });
        Assert.That(await MayAsync(configuration, "create", "namespaces"), Is.EqualTo("yes"));
        Assert.That(await MayAsync(configuration, "get", "secrets"), Is.EqualTo("no"));
    }

    private static async Task<string> MayAsync(string configuration, string verb, string resource) =>
        (await OutputAsync("kubectl", "--kubeconfig", configuration, "auth", "can-i", verb, resource, "--all-namespaces")).Output.Trim();

    private static async Task RunAsync(string script, string folder)
    {
        var (code, output) = await OutputAsync(Path.Combine(Repository.Root, script), folder);
        Assert.That(code, Is.Zero, output);
    }

    private static async Task<(int Code, string Output)> OutputAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment["KUBECONFIG"] = TestCluster.KubeConfig;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
