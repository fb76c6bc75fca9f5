using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using StackAgent.Infrastructure.Checkups;
using StackAgent.Testing;
using StackAgent.WebApi.Doctor;
using StackAgent.WebApi.FunctionalTests.Hosting;

namespace StackAgent.WebApi.FunctionalTests.Doctor;

/// <summary>What the doctor finds, in this process; <see cref="DoctorProcessTests"/> has it as its users call it.</summary>
internal sealed class DoctorTests
{
    private const string Secret = "5b0c1f0e9a7d48c2b6e3f4a8d7c9e1b2a3f5d6c8";
    private const string OtherSecret = "d2c4b6a8f0e1d3c5b7a9f1e2d4c6b8a0f2e3d5c7";

    private TemporaryFolder _folder;

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task Examine_WhenNothingIsThereYet_FindsNoFaultAndMakesNothing()
    {
        var findings = await ExamineAsync(("PORT", FreePort()));

        Assert.That(findings.Where(finding => finding.Grade == Grade.Fault), Is.Empty);
        Assert.That(Of(findings, "SECRET_KEY").Found, Does.Contain("makes one at its first start"));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder.Path), Is.Empty);
    }

    [Test]
    public async Task Examine_WhenTheConfigurationIsBad_NamesEveryFaultAndNothingElse()
    {
        var findings = await ExamineAsync(("PORT", "http"), ("SECRET_KEY", "short"));

        Assert.That(findings.Select(finding => (finding.Grade, finding.What)), Has.All.EqualTo((Grade.Fault, "configuration")));
        Assert.That(findings.Select(finding => finding.Found), Has.Exactly(2).Items.And.Some.StartsWith("PORT ").And.Some.StartsWith("SECRET_KEY "));
    }

    [Test]
    public async Task Examine_WhenNothingCanBeMade_SaysSoBeforeTheServerTries()
    {
        // A place where nobody makes files, whatever their rights.
        var findings = await ExamineAsync(("DATABASE_URL", "sqlite:////proc/self/stackagent/x.db"), ("SECRET_KEY", Secret), ("PORT", FreePort()));
        var without = await ExamineAsync("/proc/self", ("PORT", FreePort()));

        Assert.That(Of(findings, "database"), Has.Property(nameof(Finding.Grade)).EqualTo(Grade.Fault).And.Property(nameof(Finding.Found)).Contains("/proc/self can't be written to"));
        Assert.That(without.Select(finding => finding.Found), Is.EqualTo(["SECRET_KEY isn't set and a made one can't be kept in /proc/self/data/secret.key: this user can't write there."]));
    }

    [TestCase("production", Grade.Fault)]
    [TestCase("development", Grade.Warning)]
    public async Task Examine_WhenTheSecretIsWeak_SaysSo(string environment, Grade grade)
    {
        var finding = Of(await ExamineAsync(("ENVIRONMENT", environment), ("AGENT_RUNTIME", "local"), ("SECRET_KEY", new string('x', 40)), ("PORT", FreePort())), "SECRET_KEY");

        Assert.That(finding.Grade, Is.EqualTo(grade));
        Assert.That(finding.Found, Does.Not.Contain("xxx"));
    }

    [Test]
    public async Task Examine_WhenASecretIsBeingChanged_RemindsOfTheEnd()
    {
        var findings = await ExamineAsync(("SECRET_KEY", Secret), ("SECRET_KEY_PREVIOUS", OtherSecret), ("PORT", FreePort()));

        Assert.That(Of(findings, "SECRET_KEY").Grade, Is.EqualTo(Grade.Ok));
        Assert.That(Of(findings, "SECRET_KEY_PREVIOUS").Grade, Is.EqualTo(Grade.Warning));
    }

    [TestCase(Secret, "", Grade.Ok)]
    [TestCase(OtherSecret, "", Grade.Fault)]
    [TestCase(OtherSecret, Secret, Grade.Ok)]
    public async Task Examine_WhenAServerAnswersAtItsAddress_TellsWhetherItIsThisInstallations(string secret, string previous, Grade grade)
    {
        await using var server = await RunningServer.StartAsync(null, ("SECRET_KEY", Secret));

        var findings = await ExamineAsync(("SECRET_KEY", secret), ("SECRET_KEY_PREVIOUS", previous), ("PUBLIC_URL", server.Address.AbsoluteUri));
        var own = await ExamineAsync(("SECRET_KEY", secret), ("SECRET_KEY_PREVIOUS", previous), ("PORT", $"{server.Address.Port}"));

        Assert.That(Of(findings, "PUBLIC_URL").Grade, Is.EqualTo(grade));
        Assert.That(Of(own, "address").Grade, Is.EqualTo(grade));
    }

    [TestCase(200, Grade.Fault)]
    [TestCase(404, Grade.Fault)]
    [TestCase(401, Grade.Fault)]
    [TestCase(503, Grade.Warning)]
    [TestCase(308, Grade.Warning)]
    public async Task Examine_WhenSomethingElseAnswers_SaysWhat(int status, Grade grade)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var other = builder.Build();
        other.Run(context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("<html>Welcome!</html>");
        });
        await other.StartAsync();

        Assert.That(Of(await ExamineAsync(("PUBLIC_URL", other.Urls.Single())), "PUBLIC_URL").Grade, Is.EqualTo(grade));
    }

    [TestCase("http://127.0.0.1:{0}", Grade.Warning)]
    [TestCase("http://stackagent.invalid:{0}", Grade.Fault)]
    public async Task Examine_WhenNobodyAnswers_SaysWhy(string url, Grade grade)
    {
        Assert.That(Of(await ExamineAsync(("PUBLIC_URL", string.Format(null, url, FreePort()))), "PUBLIC_URL").Grade, Is.EqualTo(grade));
    }

    [Test]
    public async Task Examine_WhenReceiversArentThere_WarnsAndShowsNoSecretOfTheirs()
    {
        await using var server = await RunningServer.StartAsync();
        var there = await ExamineAsync(("NOTIFICATION_ALLOW_PRIVATE", "true"), ("NOTIFICATION_WEBHOOK_URL", $"{server.Address}hook/s3cr3t"), ("PORT", FreePort()));
        var away = await ExamineAsync(
            ("NOTIFICATION_ALLOW_PRIVATE", "true"), ("NOTIFICATION_WEBHOOK_URL", $"http://127.0.0.1:{FreePort()}/hook/s3cr3t"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{FreePort()}"), ("PORT", FreePort()));

        Assert.That(Of(there, "NOTIFICATION_WEBHOOK_URL").Grade, Is.EqualTo(Grade.Ok));
        Assert.That(Of(away, "NOTIFICATION_WEBHOOK_URL").Grade, Is.EqualTo(Grade.Warning));
        Assert.That(Of(away, "OTEL_EXPORTER_OTLP_ENDPOINT").Grade, Is.EqualTo(Grade.Warning));
        Assert.That(string.Join('\n', there.Concat(away)), Does.Not.Contain("s3cr3t"));
    }

    [Test]
    public void Text_WhenAMessageHasBreaks_IsALineOfPartsAndOneOfAdvice()
    {
        var lines = DoctorReport.Text(new Finding(Grade.Warning, "what", "found\n  this,   and\tthat", "do\r\nthis")).Split(Environment.NewLine);

        Assert.That(lines[0].Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), Is.EqualTo(["warning", "what", "found this, and that"]));
        Assert.That(lines[1..], Is.EqualTo(["         do this"]));
    }

    private static string FreePort() => $"{ServerProcess.FreePort()}";

    private static Finding Of(IReadOnlyList<Finding> findings, string what) => findings.Single(finding => finding.What == what);

    private Task<IReadOnlyList<Finding>> ExamineAsync(params (string Name, string Value)[] environment) => ExamineAsync(_folder.Path, environment);

    private async Task<IReadOnlyList<Finding>> ExamineAsync(string workingDirectory, params (string Name, string Value)[] environment)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH"),
            ["AGENT_PLATFORM_BASE_PATH"] = _folder["platform"],
        };
        foreach (var (name, value) in environment)
            variables[name] = value;
        var findings = new List<Finding>();
        await DoctorCommand.ExamineAsync(variables, workingDirectory, finding =>
        {
            findings.Add(finding);
            return Task.CompletedTask;
        });
        return findings;
    }
}
