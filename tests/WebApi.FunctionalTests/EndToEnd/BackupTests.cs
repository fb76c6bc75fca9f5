using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using StackAgent.Infrastructure.Checkups;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.WebApi.Doctor;

namespace StackAgent.WebApi.FunctionalTests.EndToEnd;

/// <summary>The commands of <c>docs/operations.md</c> that back an installation up and get it back, run as they stand.</summary>
[NonParallelizable]
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed partial class BackupTests(DatabaseProvider provider)
{
    private const string Secret = "5b0c1f0e9a7d48c2b6e3f4a8d7c9e1b2a3f5d6c8";

    private TemporaryFolder _folder;
    private TestDatabase? _database;
    private Dictionary<string, string> _environment;

    [SetUp]
    public async Task SetUpAsync()
    {
        _folder = new TemporaryFolder();
        _environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["AGENT_PLATFORM_BASE_PATH"] = _folder["platform"] };
        if (provider != DatabaseProvider.PostgreSql)
            return;

        _database = await TestDatabase.CreateAsync(provider);
        _environment["DATABASE_URL"] = _database.Url;
        _environment["SECRET_KEY"] = Secret;
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        if (_database is not null)
            await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Restore_WhenEverythingIsLost_BringsBackWhatWasBackedUp()
    {
        var blocks = ShellBlock().Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations.md"))).Select(match => match.Groups["code"].Value).ToList();
        var (backUp, restore) = provider == DatabaseProvider.Sqlite ? ("sqlite3 ", "-wal") : ("pg_dump ", "pg_restore ");
        Guid stack, agent, later;
        string token;
        using (var server = NewServer())
        {
            await server.StartAsync();
            using var caller = new Caller(server.Client);
            await caller.SignUpAsync();
            token = $"{server.Client.DefaultRequestHeaders.Authorization}";
            stack = await caller.CreateStackAsync();
            agent = await caller.DeployAsync(stack, "agent", SampleAgents.Healthy);
            var configured = await caller.SendAsync(HttpMethod.Patch, $"/api/agents/{agent}/config?wait=60s", """{"secrets":{"MODEL_KEY":"not to be read again"}}""");
            Assert.That((configured.Status, configured.Text("state")), Is.EqualTo((HttpStatusCode.OK, "active")), configured.Body.ToString());
            await caller.ReportAsync("my-laptop", message: "before the backup");

            // While the server runs, and goes on afterwards.
            await RunAsync(Single(blocks, backUp));
            later = await caller.CreateStackAsync("later");
            await server.StopAsync();
        }

        Directory.Delete(_folder["platform"], recursive: true);
        if (provider == DatabaseProvider.Sqlite)
            Directory.Delete(_folder["data"], recursive: true);
        await RunAsync(Single(blocks, restore));

        Assert.That((await ExamineAsync()).Where(finding => finding.Grade == Grade.Fault), Is.Empty, "the doctor");
        using var restored = NewServer();
        await restored.StartAsync();
        restored.Client.DefaultRequestHeaders.Add("Authorization", token);
        using var returned = new Caller(restored.Client);
        await returned.UntilAsync($"/api/agents/{agent}", "running");
        var report = await returned.GetAsync("/api/agents/my-laptop/status");
        Assert.Multiple(() =>
        {
            Assert.That(report.Text("message"), Is.EqualTo("before the backup"));
            Assert.That(Processes.StartedWith($"STACKAGENT_AGENT_ID={agent}").Intersect(Processes.StartedWith("MODEL_KEY=not to be read again")), Is.Not.Empty, "its secret could be read");
        });
        Assert.That((await returned.GetAsync($"/api/stacks/{stack}")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await returned.GetAsync($"/api/stacks/{later}")).Status, Is.EqualTo(HttpStatusCode.NotFound), "made after the backup");
    }

    private static string Single(IEnumerable<string> blocks, string command) =>
        blocks.Single(block => block.Contains("${BACKUP:=", StringComparison.Ordinal) && block.Contains(command, StringComparison.Ordinal));

    private ServerProcess NewServer() => new(typeof(Program).Assembly.Location, _folder.Path, _environment);

    private async Task<IReadOnlyList<Finding>> ExamineAsync()
    {
        var variables = _environment.ToDictionary(variable => variable.Key, variable => (string?)variable.Value, StringComparer.Ordinal);
        variables["PORT"] = $"{ServerProcess.FreePort()}";
        var findings = new List<Finding>();
        await DoctorCommand.ExamineAsync(variables, _folder.Path, finding =>
        {
            findings.Add(finding);
            return Task.CompletedTask;
        });
        return findings;
    }

    private async Task RunAsync(string script)
    {
        var start = new ProcessStartInfo("bash", ["-eu", "-s"])
        {
            UseShellExecute = false,
            WorkingDirectory = _folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CODE"] = _folder["platform"];
        if (_database is not null)
            start.Environment["DATABASE_URL"] = _database.Url;
        using var shell = Process.Start(start)!;
        var errors = shell.StandardError.ReadToEndAsync();
        var output = shell.StandardOutput.ReadToEndAsync();
        await shell.StandardInput.WriteAsync(script);
        shell.StandardInput.Close();
        await shell.WaitForExitAsync();
        Assert.That(shell.ExitCode, Is.Zero, $"{script}\n{await errors}{await output}");
    }

    [GeneratedRegex("```sh\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ShellBlock();
}
