using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Mcp;

/// <summary>What <c>docs/reporting.md</c> tells people to paste, pasted.</summary>
[TestFixture]
internal sealed partial class DocumentedReportingTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "reporting.md"));

    private ProductServer _server = null!;
    private Caller _caller = null!;
    private Dictionary<string, string> _environment = [];

    [OneTimeSetUp]
    public async Task SignUpAsync()
    {
        _server = await ProductServer.SharedAsync(DatabaseProvider.Sqlite);
        _caller = await _server.NewCallerAsync();
        _environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["STACKAGENT_URL"] = _server.Address.AbsoluteUri.TrimEnd('/'),
            ["STACKAGENT_KEY"] = await _caller.NewKeyAsync("report"),
        };
    }

    [OneTimeTearDown]
    public void End() => _caller.Dispose();

    [Test]
    public async Task CommandLine_WhenPastedTwice_ReportsOnce()
    {
        var command = Blocks("sh").Single(block => block.StartsWith("curl", StringComparison.Ordinal));

        await RunAsync("bash", ["-c", command], _environment);
        await RunAsync("bash", ["-c", command], _environment);

        var session = (await _caller.GetAsync("/api/agents/backup/sessions/nightly")).Body;
        Assert.That(session.GetProperty("session").GetProperty("report_count").GetInt32(), Is.EqualTo(1));
        Assert.That(session.GetProperty("session").GetProperty("current_status").GetString(), Is.EqualTo("success"));
    }

    [Test]
    public async Task Workflow_WhenItsStepRuns_ReportsTheJob()
    {
        var step = Blocks("yaml").Single();
        var script = string.Join('\n', step[(step.IndexOf("run: |\n", StringComparison.Ordinal) + 7)..].Split('\n').Select(line => line.Length > 4 ? line[4..] : ""));
        var environment = new Dictionary<string, string>(_environment, StringComparer.Ordinal)
        {
            ["STATUS"] = "failed",
            ["GITHUB_WORKFLOW"] = "build \"main\"",
            ["GITHUB_RUN_NUMBER"] = "7",
            ["GITHUB_RUN_ID"] = "123",
            ["GITHUB_REPOSITORY"] = "owner/name",
            ["GITHUB_SERVER_URL"] = "https://github.com",
        };

        await RunAsync("bash", ["-eo", "pipefail", "-c", script], environment);

        var status = (await _caller.GetAsync($"/api/agents/{Uri.EscapeDataString("owner/name")}/status")).Body;
        Assert.Multiple(() =>
        {
            Assert.That(status.GetProperty("session_topic").GetString(), Is.EqualTo("build \"main\" #7"));
            Assert.That(status.GetProperty("status").GetString(), Is.EqualTo("failed"));
            Assert.That(status.GetProperty("content").GetString(), Is.EqualTo("https://github.com/owner/name/actions/runs/123"));
        });
    }

    [Test]
    public async Task Python_WhenTheWorkFails_ReportsTheError()
    {
        var program = $"{Blocks("python").Single()}\n{Blocks("py").Single()}\nwith session('importer', 'broken'):\n    raise ValueError('no rows')\n";

        await RunAsync("python3", ["-c", program], _environment, exitCode: 1);

        var good = (await _caller.GetAsync($"/api/agents/importer/sessions/{Uri.EscapeDataString("customers 2026-01")}")).Body;
        var bad = (await _caller.GetAsync("/api/agents/importer/sessions/broken")).Body;
        Assert.Multiple(() =>
        {
            Assert.That(
                good.GetProperty("status_history").EnumerateArray().Select(status => status.GetProperty("status").GetString()),
                Is.EqualTo(new[] { "success", "running", "running" }));
            Assert.That(bad.GetProperty("status_history")[0].GetProperty("message").GetString(), Is.EqualTo("no rows"));
            Assert.That(bad.GetProperty("status_history")[0].GetProperty("content").GetString(), Does.Contain("Traceback"));
        });
    }

    [Test]
    public void ClientConfiguration_WhenRead_NamesTheAddressAndTheKey()
    {
        var server = JsonDocument.Parse(Blocks("json").Single()).RootElement.GetProperty("mcpServers").GetProperty("stackagent");

        Assert.That(new Uri(server.GetProperty("url").GetString()!).AbsolutePath, Is.EqualTo("/mcp"));
        Assert.That(server.GetProperty("headers").GetProperty("X-API-Key").GetString(), Does.StartWith("sak_"));
    }

    private static IEnumerable<string> Blocks(string language) =>
        Block().Matches(Page).Where(match => match.Groups["language"].Value == language).Select(match => match.Groups["code"].Value);

    private static async Task RunAsync(string program, string[] arguments, IReadOnlyDictionary<string, string> environment, int exitCode = 0)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        await process.WaitForExitAsync(deadline.Token);
        Assert.That(process.ExitCode, Is.EqualTo(exitCode), await output + await errors);
    }

    [GeneratedRegex("```(?<language>[a-z]+)\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Block();
}
