using StackAgent.Infrastructure.Checkups;
using StackAgent.Infrastructure.CodeStorage;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Checkups;

internal sealed class CodeStorageCheckupTests
{
    private TemporaryFolder _folder;

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [TestCase(true)]
    [TestCase(false)]
    public async Task Examine_WhenTheFolderIsFine_LeavesNothingBehind(bool isUsed)
    {
        if (isUsed)
        {
            Directory.CreateDirectory(_folder[".staging"]);
            Directory.CreateDirectory(_folder["stacks"]);
        }

        var findings = await ExamineAsync(_folder.Path);

        Assert.That(findings.First(finding => finding.What == "code folder").Grade, Is.EqualTo(Grade.Ok));
        Assert.That(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories), Is.Empty);
    }

    [Test]
    public async Task Examine_WhenTheFolderIsntThereYet_DoesntMakeIt()
    {
        var findings = await ExamineAsync(_folder["later/platform"]);

        Assert.That(findings.First().Found, Does.Contain("not there yet"));
        Assert.That(Directory.Exists(_folder["later"]), Is.False);
    }

    [Test]
    public async Task Examine_WhenTheFolderCantBeMade_IsAFault()
    {
        await File.WriteAllTextAsync(_folder["file"], "");

        Assert.That((await ExamineAsync(_folder["file/platform"])).First(), Has.Property(nameof(Finding.Grade)).EqualTo(Grade.Fault).And.Property(nameof(Finding.Found)).Contains("is a file"));
        Assert.That((await ExamineAsync("/proc/self/platform")).First().Grade, Is.EqualTo(Grade.Fault));
    }

    [Test]
    public async Task Examine_WhenStagingIsOnAnotherFileSystem_IsAFault()
    {
        // Memory, on every Linux a file system of its own.
        var elsewhere = Directory.CreateDirectory($"/dev/shm/stackagent-test-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateSymbolicLink(_folder[".staging"], elsewhere.FullName);
            Directory.CreateDirectory(_folder["stacks"]);

            var finding = (await ExamineAsync(_folder.Path)).First(finding => finding.What == "code folder");

            Assert.That(finding.Grade, Is.EqualTo(Grade.Fault));
            Assert.That(finding.Found, Does.Contain("different file systems"));
            Assert.That(elsewhere.EnumerateFileSystemInfos(), Is.Empty);
        }
        finally
        {
            elsewhere.Delete(recursive: true);
        }
    }

    [Test]
    public async Task Examine_WhenUploadsAreLargerThanTheDisk_Warns()
    {
        var findings = await ExamineAsync(_folder.Path, maxUnpackedBytes: 1L << 60);

        Assert.That(findings.Single(finding => finding.What == "code folder's disk").Grade, Is.Not.EqualTo(Grade.Ok));
    }

    [Test]
    public async Task Examine_WhenSomethingElseIsInItsPlace_IsAFault()
    {
        await File.WriteAllTextAsync(_folder["stacks"], "");
        Directory.CreateSymbolicLink(_folder[".staging"], "/proc/self");

        var finding = (await ExamineAsync(_folder.Path)).First(finding => finding.What == "code folder");

        Assert.That(finding.Grade, Is.EqualTo(Grade.Fault));
    }

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(string path, long maxUnpackedBytes = 1)
    {
        var findings = new Findings();
        await InfrastructureCheckups.CodeStorage(new CodeStorageOptions(path, MaxPackedBytes: 1, MaxUnpackedBytes: maxUnpackedBytes)).ExamineAsync(findings, CancellationToken.None);
        return findings.All;
    }
}
