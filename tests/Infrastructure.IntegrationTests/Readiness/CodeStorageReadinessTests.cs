using StackAgent.Infrastructure.CodeStorage;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Readiness;

[TestFixture]
internal sealed class CodeStorageReadinessTests
{
    [Test]
    public async Task Check_WhenTheFolderThatWasThereIsGone_MakesNoneInItsPlace()
    {
        using var folder = new TemporaryFolder();
        var platform = folder["platform"];
        var check = new CodeStorageReadiness(new CodeStorageOptions(platform));
        Assert.That(await check.CheckAsync(CancellationToken.None), Is.Null, "before the first upload there is none, and one is made");

        Directory.Move(platform, folder["away"]);
        Assert.That(await check.CheckAsync(CancellationToken.None), Is.EqualTo("The folder that holds agents' code is gone."));
        Assert.That(Directory.Exists(platform), Is.False);

        Directory.Move(folder["away"], platform);
        Assert.That(await check.CheckAsync(CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task Check_WhenItIsDone_LeavesNothingThatTheNextOneCouldWriteOver()
    {
        using var folder = new TemporaryFolder();

        Assert.That(await new CodeStorageReadiness(new CodeStorageOptions(folder.Path)).CheckAsync(CancellationToken.None), Is.Null);

        Assert.That(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories), Is.Empty, "on a full disk there is room for what takes no more");
    }

    [Test]
    public async Task Check_WhenAFileIsInTheFoldersPlace_SaysThatItCantBeWrittenTo()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["platform"], "");

        var said = await new CodeStorageReadiness(new CodeStorageOptions(folder["platform"])).CheckAsync(CancellationToken.None);

        Assert.That(said, Is.EqualTo("The folder that holds agents' code can't be written to."));
    }
}
