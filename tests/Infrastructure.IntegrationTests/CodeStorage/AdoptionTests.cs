using System.Security.Cryptography;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;

namespace StackAgent.Infrastructure.IntegrationTests.CodeStorage;

/// <summary>Folders from before there were revisions, as they were and as a crash left them while they were changed.</summary>
internal sealed class AdoptionTests : CodeStorageFixture
{
    private static readonly byte[] Zip = ZipCrafter.Of("main.py");

    private readonly AgentRef _agent = new(Guid.CreateVersion7(), Guid.CreateVersion7());

    private string Agent => Storage.AgentPath(_agent.StackId, _agent.AgentId);

    [TestCase("")]
    [TestCase("mkdir -p revisions")]
    [TestCase("mkdir -p revisions/1")]
    [TestCase("mkdir -p revisions/1; mv extracted revisions/1/")]
    [TestCase("mkdir -p revisions/1; mv agent.zip revisions/1/")]
    [TestCase("mkdir -p revisions/1; mv agent.zip extracted revisions/1/")]
    [TestCase("mkdir -p revisions/1; mv agent.zip extracted revisions/1/; ln -s revisions/1 current")]
    [TestCase("mkdir -p revisions/1; mv agent.zip extracted revisions/1/; ln -s revisions/1 current; ln -s current/agent.zip agent.zip")]
    [TestCase("mkdir -p revisions/1; mv agent.zip extracted revisions/1/; ln -s revisions/1 current; ln -s current/agent.zip agent.zip; ln -s current/extracted extracted")]
    public async Task Adopt_WhereverACrashStoppedIt_MakesARevisionOfThePair(string crash)
    {
        await MakeOldFolderAsync();
        using (var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-ec", crash]) { WorkingDirectory = Agent })!)
        {
            await shell.WaitForExitAsync();
            Assert.That(shell.ExitCode, Is.Zero);
        }

        var expected = new AdoptedCode(Convert.ToHexStringLower(SHA256.HashData(Zip)), Zip.Length);
        Assert.That(await AdoptAsync(), Is.EqualTo(expected));
        Assert.That(await AdoptAsync(), Is.EqualTo(expected), "again");
        Assert.Multiple(() =>
        {
            Assert.That(Storage.Exists(_agent.StackId, _agent.AgentId, 1));
            Assert.That(File.ReadAllText($"{Storage.CodePath(_agent.StackId, _agent.AgentId, 1)}/main.py"), Is.EqualTo("code"));
            Assert.That(new FileInfo($"{Agent}/agent.zip").LinkTarget, Is.EqualTo("current/agent.zip"));
            Assert.That(File.ReadAllText($"{Agent}/extracted/main.py"), Is.EqualTo("code"));
            Assert.That(File.Exists($"{Agent}/run/log"), "the runtime's files stay");
        });
    }

    [Test]
    public async Task Adopt_WhenHalfOfThePairIsMissing_TouchesNothing()
    {
        await MakeOldFolderAsync();
        File.Delete($"{Agent}/agent.zip");
        Assert.That(await AdoptAsync(), Is.Null);
        Assert.That(Directory.GetFileSystemEntries(Agent).Select(Path.GetFileName), Is.EquivalentTo(["extracted", "run"]));
    }

    [Test]
    public async Task Adopt_WhenThereIsNothing_SaysSo()
    {
        Assert.That(await AdoptAsync(), Is.Null);
        AssertNothingLeftBehind();
    }

    [Test]
    public async Task Adopt_WhenSeveralServersStartAtOnce_MovesThePairOnce()
    {
        await MakeOldFolderAsync();
        await Parallel.ForAsync(0, 8, async (_, token) =>
        {
            await using var server = Another();
            Assert.That(await server.AdoptAsync(_agent, 1, token), Is.Not.Null);
        });
        Assert.That(await File.ReadAllBytesAsync($"{Agent}/agent.zip"), Is.EqualTo(Zip));
        Assert.That(await File.ReadAllTextAsync($"{Agent}/extracted/main.py"), Is.EqualTo("code"));
    }

    private Task<AdoptedCode?> AdoptAsync() => Storage.AdoptAsync(_agent, 1, CancellationToken.None);

    private async Task MakeOldFolderAsync()
    {
        Directory.CreateDirectory($"{Agent}/extracted");
        Directory.CreateDirectory($"{Agent}/run");
        await File.WriteAllTextAsync($"{Agent}/run/log", "");
        await File.WriteAllBytesAsync($"{Agent}/agent.zip", Zip);
        await File.WriteAllTextAsync($"{Agent}/extracted/main.py", "code");
    }
}
