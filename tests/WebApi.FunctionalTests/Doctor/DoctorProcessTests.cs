using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Doctor;

/// <summary>The doctor as its users call it, beside a server and without one.</summary>
internal sealed class DoctorProcessTests
{
    private TemporaryFolder _folder;

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task Doctor_WhenAServerRuns_FindsItAndAllThatItNeeds()
    {
        await using var database = await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);
        var port = ServerProcess.FreePort().ToString(CultureInfo.InvariantCulture);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["DATABASE_URL"] = database.Url,
            ["SECRET_KEY"] = "5b0c1f0e9a7d48c2b6e3f4a8d7c9e1b2a3f5d6c8",
            ["PORT"] = port,
            ["PUBLIC_URL"] = $"http://127.0.0.1:{port}",
            ["AGENT_PLATFORM_BASE_PATH"] = _folder["platform"],
        };
        using var server = new ServerProcess(typeof(Program).Assembly.Location, _folder.Path, environment);
        server.Launch();
        using var http = new HttpClient { BaseAddress = new Uri(environment["PUBLIC_URL"]) };
        await Eventually.TrueAsync(() => AnswersAsync(http), "the server to answer");

        var (code, output) = await RunAsync(environment);

        Assert.That(code, Is.Zero, output);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines[..^1], Has.All.Match("^(ok|warning|       )  "), output);
        Assert.That(lines, Has.Some.Match("^ok +PUBLIC_URL +.* answers as this installation").And.Some.Match("^ok +database +PostgreSQL ").And.Some.Match("^ok +database schema +up to date"));
        Assert.That(output, Does.Not.Contain(environment["SECRET_KEY"]));
        Assert.That(lines[^1], Does.StartWith("Nothing is wrong"));
    }

    [Test]
    public async Task Doctor_WhenTheDatabaseIsAway_EndsWithOneFaultAsJsonToo()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["DATABASE_URL"] = $"postgresql://ada:s3cr3t-password@127.0.0.1:{ServerProcess.FreePort()}/db",
            ["PORT"] = $"{ServerProcess.FreePort()}",
        };

        var (code, output) = await RunAsync(environment, "--json");

        var report = JsonDocument.Parse(output).RootElement;
        var faults = report.GetProperty("findings").EnumerateArray().Where(finding => finding.GetProperty("grade").GetString() == "fault").ToList();
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(report.GetProperty("faults").GetInt32(), Is.EqualTo(1));
            Assert.That(faults.Single().GetProperty("what").GetString(), Is.EqualTo("database"));
            Assert.That(faults.Single().GetProperty("advice").GetString(), Does.Contain("DATABASE_URL"));
            Assert.That(output, Does.Not.Contain("s3cr3t"));
            Assert.That(Directory.EnumerateFileSystemEntries(_folder.Path), Is.Empty, "nothing is made");
        });
    }

    [Test]
    public async Task Doctor_WhenTheConfigurationIsBad_EndsAsTheServerDoes()
    {
        var (code, output) = await RunAsync(new Dictionary<string, string>(StringComparer.Ordinal) { ["PORT"] = "http", ["ENVIRONMENT"] = "staging" });

        Assert.That(code, Is.EqualTo(78));
        Assert.That(output, Does.Match("(?m)^fault +configuration +PORT ").And.Match("(?m)^fault +configuration +ENVIRONMENT "));
    }

    private async Task<(int Code, string Output)> RunAsync(Dictionary<string, string> environment, params string[] options)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, "doctor", .. options])
        {
            UseShellExecute = false,
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = _folder.Path;
        start.Environment["AGENT_PLATFORM_BASE_PATH"] = _folder["platform"];
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var doctor = Process.Start(start)!;
        var output = await doctor.StandardOutput.ReadToEndAsync();
        await doctor.WaitForExitAsync();
        return (doctor.ExitCode, output);
    }

    private static async Task<bool> AnswersAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync("health");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
