using Microsoft.Extensions.Logging.Abstractions;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.CodeStorage;

namespace StackAgent.Infrastructure.IntegrationTests.CodeStorage;

/// <summary>A storage in a folder of its own, which ends with the test.</summary>
internal abstract class CodeStorageFixture
{
    protected string Base { get; private set; } = "";

    protected DiskCodeStorage Storage { get; private set; } = null!;

    [SetUp]
    public void MakeStorage()
    {
        Base = Path.Combine(Path.GetTempPath(), $"stackagent-code-{Guid.NewGuid():N}");
        Storage = Another();
    }

    [TearDown]
    public async Task RemoveStorage()
    {
        await Storage.DisposeAsync();
        if (Directory.Exists(Base))
            Directory.Delete(Base, recursive: true);
    }

    /// <summary>Another server on the same folder.</summary>
    protected DiskCodeStorage Another(Func<CodeStorageOptions, CodeStorageOptions>? change = null) =>
        new((change ?? (options => options))(new CodeStorageOptions(Base)), NullLogger<DiskCodeStorage>.Instance);

    /// <summary>The sentence with which <paramref name="zip"/> is refused, after checking that nothing of it stayed.</summary>
    protected string RefusalOf(byte[] zip, DiskCodeStorage? storage = null)
    {
        var refusal = Assert.ThrowsAsync<ValidationFailedException>(
            () => (storage ?? Storage).StageAsync(Guid.CreateVersion7(), new MemoryStream(zip), CancellationToken.None));
        AssertNothingLeftBehind();
        Assert.That(refusal.Errors.Keys, Is.EqualTo(new[] { "file" }));
        return refusal.Message;
    }

    /// <summary>All there may be: the two folders, and the locks of living servers.</summary>
    protected void AssertNothingLeftBehind() => Assert.That(
        AllPaths().Where(path => path.Split('/') is not (["stacks"] or [".staging"] or [".staging", _] or [".staging", _, "lock"])),
        Is.Empty);

    protected IEnumerable<string> AllPaths() => Directory.Exists(Base)
        ? Directory.EnumerateFileSystemEntries(Base, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Base, path))
        : [];

    /// <summary>Stages, publishes and keeps <paramref name="zip"/>; the unpacked files, relative, in order.</summary>
    protected async Task<IReadOnlyList<string>> UnpackAsync(byte[] zip)
    {
        var code = await StoreAsync(Guid.CreateVersion7(), Guid.CreateVersion7(), zip);
        return Directory.EnumerateFiles(code, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(code, path)).Order(StringComparer.Ordinal).ToList();
    }

    /// <summary>Stores an agent's code for good. Its folder.</summary>
    protected async Task<string> StoreAsync(Guid stackId, Guid agentId, byte[]? zip = null)
    {
        await using var staged = await Storage.StageAsync(agentId, new MemoryStream(zip ?? ZipCrafter.Of("main.py")), CancellationToken.None);
        await staged.PublishAsync(stackId, 1, CancellationToken.None);
        await staged.KeepAsync();
        return Storage.CodePath(stackId, agentId, 1);
    }
}
