using System.Security.Cryptography;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.EndToEnd;

/// <summary>
/// Kills the server with SIGKILL at random moments of uploads, deployments, deletions and reports, again and again, and shows that
/// everything it had acknowledged is as it was asked for, with nothing half made beside it.
/// </summary>
[Category("Crash")]
public sealed class CrashSafetyTests
{
    private const int Kills = 60;

    // Large enough for a kill to meet uploads half way.
    private static readonly string Ballast = Convert.ToBase64String(RandomNumberGenerator.GetBytes(3_000_000));

    private static readonly byte[] Code = Zip.Of(
        ("Procfile", "web: exec python3 -m http.server --bind 127.0.0.1 $PORT"), ("index.html", "hello"), ("ballast.txt", Ballast));

    [Test]
    public async Task Kill_WhenRepeatedAtRandomMoments_LosesNothingAndLeavesNothingHalfMade()
    {
        using var folder = new TemporaryFolder();
        using var server = new ServerProcess(typeof(Program).Assembly.Location, folder.Path, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // Sixty restarts outlive no token, and a login for each would meet its limit.
            ["ACCESS_TOKEN_EXPIRE_MINUTES"] = "600",
        });
        var work = new CrashWorkload(server, Code, new CrashLimits(Most: 5, Least: 1), Random.Shared.Next());
        try
        {
            await work.RunAsync(Kills);
            await ShowThatEverythingIsWholeAsync(folder["platform"], await work.SettleAsync(status => status == "running"));
        }
        finally
        {
            await TestContext.Out.WriteLineAsync($"{work}");
        }
    }

    private static async Task ShowThatEverythingIsWholeAsync(string platform, IReadOnlyList<string> rows)
    {
        var folders = CrashWorkload.AgentFolders(platform);
        Assert.That(folders.Select(Path.GetFileName), Is.EquivalentTo(rows), "folders and rows");
        foreach (var agent in folders)
        {
            Assert.That(await File.ReadAllBytesAsync(Path.Combine(agent, "agent.zip")), Is.EqualTo(Code), "the ZIP is whole");
            Assert.That(await File.ReadAllTextAsync(Path.Combine(agent, "extracted", "index.html")), Is.EqualTo("hello"), "the code is whole");
            Assert.That(await File.ReadAllTextAsync(Path.Combine(agent, "extracted", "ballast.txt")) == Ballast, "the code is whole");
        }

        Assert.That(CrashWorkload.StagedFiles(platform), Is.Empty, "nothing half written stays");
        await Eventually.TrueAsync(() => Processes.WorkingIn(platform).Count == rows.Count, "one process for each agent and no other");
    }
}
