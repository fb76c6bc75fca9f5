using System.Diagnostics;
using System.Text.RegularExpressions;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.EndToEnd;

/// <summary>The README's commands, run as they stand.</summary>
[NonParallelizable]
public sealed partial class ReadmeTests
{
    [Test]
    public async Task Readme_WhenItsCommandsArePasted_TheyDoWhatItSays()
    {
        var root = Repository.Root;
        var blocks = ShellBlock().Matches(await File.ReadAllTextAsync(Path.Combine(root, "README.md"))).Select(match => match.Groups["code"].Value).ToList();
        var walk = blocks.Single(block => block.Contains("api/auth/register", StringComparison.Ordinal));
        var changing = blocks.Single(block => block.Contains("/rollback", StringComparison.Ordinal));
        var reporting = blocks.Single(block => block.Contains("webhook/status", StringComparison.Ordinal));
        var told = blocks.Single(block => block.Contains("api/notifications/endpoints", StringComparison.Ordinal));
        using var folder = new TemporaryFolder();
        Directory.CreateSymbolicLink(folder["samples"], Path.Combine(root, "samples"));
        using var server = new ServerProcess(typeof(Program).Assembly.Location, folder.Path);
        await server.StartAsync();

        var output = await PasteAsync($"{walk}\n{changing}\n{reporting}\n{told}", folder.Path, $"http://127.0.0.1:{server.Port}");

        Assert.Multiple(() =>
        {
            Assert.That(output, Does.Contain("\"email\":\"ada@example.com\""), "register");
            Assert.That(output, Does.Contain("\nrunning\n").Or.Contain("}running\n"), "the agent runs");
            Assert.That(output, Does.Contain("Hello, agent!"), "it answers");
            Assert.That(EventLine().Count(output), Is.EqualTo(5), "it streams");
            Assert.That(output, Does.Contain("\"session_topic\":\"echo\""), "it reports");
            Assert.That(output, Does.Contain("\nactive\n3\n").Or.Contain("}active\n3\n"), "it is changed, and changed back");
            Assert.That(output, Does.Match(@"\dZ r3-\d+ "), "it logs");
            Assert.That(output, Does.Contain("Status reported successfully").And.Contain("\"agent_id\":\"my-laptop\""), "others report too");
            Assert.That(output, Does.Contain("\"url\":\"https://example.com/hook\"").And.Contain("\"secret\":\"whsec_"), "somebody is to be told");
        });
    }

    private static async Task<string> PasteAsync(string script, string folder, string api)
    {
        var start = new ProcessStartInfo("bash", ["-s"])
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["API"] = api;
        using var shell = Process.Start(start)!;
        var errors = shell.StandardError.ReadToEndAsync();
        var output = shell.StandardOutput.ReadToEndAsync();
        await shell.StandardInput.WriteAsync(script);
        shell.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        await shell.WaitForExitAsync(deadline.Token);
        Assert.That(await errors, Is.Empty);
        return await output;
    }

    [GeneratedRegex("```sh\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ShellBlock();

    [GeneratedRegex("^data: ", RegexOptions.Multiline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex EventLine();
}
