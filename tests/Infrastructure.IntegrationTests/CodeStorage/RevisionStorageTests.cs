using System.Security.Cryptography;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;

namespace StackAgent.Infrastructure.IntegrationTests.CodeStorage;

/// <summary>Several revisions of one agent's code: their folders, the links to the present one, and what crashes and others do meanwhile.</summary>
internal sealed class RevisionStorageTests : CodeStorageFixture
{
    private static readonly string[] Links = ["agent.zip", "current", "extracted"];

    private readonly Guid _stackId = Guid.CreateVersion7();
    private readonly Guid _agentId = Guid.CreateVersion7();

    private string Agent => Storage.AgentPath(_stackId, _agentId);

    [Test]
    public async Task Publish_WhenItIsTheFirstRevision_BringsRelativeLinksToIt()
    {
        var code = await StoreAsync(_stackId, _agentId);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo($"{Agent}/revisions/1/extracted"));
            Assert.That(Links.Select(name => new FileInfo($"{Agent}/{name}").LinkTarget), Is.EqualTo(["current/agent.zip", "revisions/1", "current/extracted"]));
            Assert.That(Storage.CurrentCodePath(_stackId, _agentId), Is.EqualTo($"{Agent}/extracted"));
            Assert.That(File.Exists($"{Agent}/extracted/main.py"));
            Assert.That(Directory.GetFileSystemEntries($"{Agent}/revisions/1").Select(Path.GetFileName), Is.EquivalentTo(["agent.zip", "extracted"]));
        });
    }

    [Test]
    public async Task Publish_WhenItIsALaterRevision_LeavesTheLinksAndTheRuntimesFilesAlone()
    {
        await StoreAsync(_stackId, _agentId, ZipCrafter.Of("one"));
        Directory.CreateDirectory($"{Agent}/run/home");
        Directory.CreateDirectory($"{Agent}/logs");
        await AddAsync(2, "two");
        Assert.Multiple(() =>
        {
            Assert.That(Storage.Exists(_stackId, _agentId, 1));
            Assert.That(Storage.Exists(_stackId, _agentId, 2));
            Assert.That(File.Exists($"{Agent}/extracted/one"), "still the first");
            Assert.That(Directory.Exists($"{Agent}/run/home"));
            Assert.That(Directory.Exists($"{Agent}/logs"));
        });

        await Storage.PointAtAsync(_stackId, _agentId, 2, CancellationToken.None);
        Assert.That(File.Exists($"{Agent}/extracted/two"));
        Assert.That(await File.ReadAllBytesAsync($"{Agent}/agent.zip"), Is.EqualTo(ZipCrafter.Of("two")));
    }

    [Test]
    public async Task Publish_WhenACrashLeftTheRevision_ReplacesIt()
    {
        await StoreAsync(_stackId, _agentId);
        Directory.CreateDirectory($"{Agent}/revisions/2/extracted/left");
        await AddAsync(2, "new");
        Assert.That(Directory.GetFileSystemEntries(Storage.CodePath(_stackId, _agentId, 2)).Select(Path.GetFileName), Is.EqualTo(["new"]));
        AssertStagingIsEmpty();
    }

    [Test]
    public async Task Publish_WhenTheAgentsFolderWasLost_BringsItBack()
    {
        await AddAsync(5, "five");
        Assert.That(File.Exists($"{Agent}/extracted/five"));
    }

    [Test]
    public async Task Dispose_WhenALaterRevisionIsNotKept_RemovesThatOneOnly()
    {
        await StoreAsync(_stackId, _agentId);
        await using (var staged = await StageAsync("two"))
            await staged.PublishAsync(_stackId, 2, CancellationToken.None);
        Assert.That(Storage.Exists(_stackId, _agentId, 1));
        Assert.That(Directory.Exists($"{Agent}/revisions/2"), Is.False);
        AssertStagingIsEmpty();
    }

    [Test]
    public async Task Dispose_WhenAnotherUploadGotTheNumberMeanwhile_LeavesThatAlone()
    {
        await StoreAsync(_stackId, _agentId);
        var failed = await StageAsync("failed");
        await failed.PublishAsync(_stackId, 2, CancellationToken.None);
        await AddAsync(2, "succeeded");
        await failed.DisposeAsync();
        Assert.That(File.Exists($"{Storage.CodePath(_stackId, _agentId, 2)}/succeeded"));
        AssertStagingIsEmpty();
    }

    [Test]
    public async Task Stage_WhenSeveralUploadsForOneAgentAreUnderWay_KeepsThemApart()
    {
        await StoreAsync(_stackId, _agentId);
        await using var two = await StageAsync("two");
        await using var three = await StageAsync("three");
        await three.PublishAsync(_stackId, 2, CancellationToken.None);
        await two.PublishAsync(_stackId, 3, CancellationToken.None);
        await three.KeepAsync();
        await SweepAsync();
        Assert.That(Storage.Exists(_stackId, _agentId, 1), "an upload is still under way");
        await two.KeepAsync();
        Assert.That(File.Exists($"{Storage.CodePath(_stackId, _agentId, 2)}/three"));
        Assert.That(File.Exists($"{Storage.CodePath(_stackId, _agentId, 3)}/two"));
        AssertStagingIsEmpty();

        await SweepAsync();
        Assert.That(Directory.GetDirectories($"{Base}/stacks"), Is.Empty, "no row asks for it");
    }

    [Test]
    public async Task PointAt_WhileItIsRead_NeverShowsNothing()
    {
        await StoreAsync(_stackId, _agentId, ZipCrafter.Of("same"));
        await AddAsync(2, "same");
        using var done = new CancellationTokenSource();
        var misses = 0;
        var looks = 0;
        var reading = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                looks++;
                if (!File.Exists($"{Agent}/agent.zip") || !File.Exists($"{Agent}/extracted/same"))
                    misses++;
            }
        });
        for (var i = 0; i < 200; i++)
            await Storage.PointAtAsync(_stackId, _agentId, (i % 2) + 1, CancellationToken.None);
        await done.CancelAsync();
        await reading;
        Assert.That(looks, Is.Positive);
        Assert.That(misses, Is.Zero);
        AssertStagingIsEmpty();
    }

    [Test]
    public async Task PointAt_WhenLinksAreMissing_MakesThem()
    {
        await StoreAsync(_stackId, _agentId);
        foreach (var name in Links)
            File.Delete($"{Agent}/{name}");
        await Storage.PointAtAsync(_stackId, _agentId, 1, CancellationToken.None);
        await Storage.PointAtAsync(_stackId, _agentId, 1, CancellationToken.None);
        Assert.That(File.Exists($"{Agent}/extracted/main.py"));
    }

    [Test]
    public async Task PointAt_WhenRealCodeIsInTheLinksPlace_DoesNotTouchIt()
    {
        Directory.CreateDirectory(Agent);
        await File.WriteAllTextAsync($"{Agent}/agent.zip", "the only copy");
        Assert.That(() => Storage.PointAtAsync(_stackId, _agentId, 1, CancellationToken.None), Throws.InstanceOf<IOException>());
        Assert.That(await File.ReadAllTextAsync($"{Agent}/agent.zip"), Is.EqualTo("the only copy"));
    }

    [Test]
    public async Task OpenZip_WhenItIsThere_GivesItsBytesAndSeeks()
    {
        await StoreAsync(_stackId, _agentId, ZipCrafter.Of("one"));
        await using var zip = await Storage.OpenZipAsync(_stackId, _agentId, 1, CancellationToken.None);
        using var content = new MemoryStream();
        await zip!.CopyToAsync(content);
        Assert.That(content.ToArray(), Is.EqualTo(ZipCrafter.Of("one")));
        Assert.That(zip.CanSeek);
        Assert.That(await Storage.OpenZipAsync(_stackId, _agentId, 2, CancellationToken.None), Is.Null);
        Assert.That(await Storage.OpenZipAsync(_stackId, Guid.CreateVersion7(), 1, CancellationToken.None), Is.Null);
    }

    [Test]
    public async Task DeleteRevisions_WhenSomeAreKept_RemovesTheOthersUpToTheLimit()
    {
        await StoreAsync(_stackId, _agentId);
        for (var revision = 2; revision <= 5; revision++)
            await AddAsync(revision, "main.py");
        Directory.CreateDirectory($"{Agent}/revisions/notes");
        await Storage.PointAtAsync(_stackId, _agentId, 4, CancellationToken.None);

        await Storage.DeleteRevisionsAsync(_stackId, _agentId, new HashSet<int> { 2, 4 }, upTo: 4, CancellationToken.None);
        await Storage.DeleteRevisionsAsync(_stackId, _agentId, new HashSet<int> { 2, 4 }, upTo: 4, CancellationToken.None);
        await Storage.DeleteRevisionsAsync(_stackId, Guid.CreateVersion7(), new HashSet<int> { 2 }, upTo: 4, CancellationToken.None);

        Assert.That(Directory.GetDirectories($"{Agent}/revisions").Select(Path.GetFileName), Is.EquivalentTo(["2", "4", "5", "notes"]), "5 may wait for its commit");
        Assert.That(File.Exists($"{Agent}/extracted/main.py"));
        AssertStagingIsEmpty();
    }

    [Test]
    public async Task Facts_WhenStaged_AreThoseOfTheZip()
    {
        var zip = new ZipCrafter().Add("agent/", "").Add("agent/main.py", "12345").Add("agent/lib/a.py", "123").Add("__MACOSX/x", "litter").Build();
        await using var staged = await Storage.StageAsync(_agentId, new MemoryStream(zip), CancellationToken.None);
        Assert.That(staged.Facts, Is.EqualTo(new CodeFacts(Convert.ToHexStringLower(SHA256.HashData(zip)), zip.Length, UnpackedBytes: 8, Files: 2)));
    }

    [Test]
    public async Task ReadFile_WhenItIsOneOfTheCodes_GivesItsBytes()
    {
        await StoreAsync(_stackId, _agentId);
        await using var staged = await StageAsync("lib/a.py", "main.py");
        Assert.That(await ReadAsync(staged, "lib/a.py", 4), Is.EqualTo("text"u8.ToArray()), "staged");
        await staged.PublishAsync(_stackId, 2, CancellationToken.None);
        Assert.That(await ReadAsync(staged, "lib/a.py", 4), Is.EqualTo("text"u8.ToArray()), "published");
    }

    [TestCase("missing")]
    [TestCase("lib")]
    [TestCase("lib/")]
    [TestCase("/etc/passwd")]
    [TestCase("../agent.zip")]
    [TestCase("lib/../lib/a.py")]
    [TestCase("lib/a.py/b")]
    [TestCase("lib\\a.py")]
    [TestCase("a\0b")]
    [TestCase("")]
    [TestCase("link")]
    [TestCase("linked/hostname")]
    public async Task ReadFile_WhenItIsNoneOfTheCodes_GivesNothing(string path)
    {
        await using var staged = await StageAsync("lib/a.py", "main.py");
        var code = Directory.GetDirectories($"{Base}/.staging", "extracted", SearchOption.AllDirectories).Single();
        File.CreateSymbolicLink($"{code}/link", "/etc/hostname");
        File.CreateSymbolicLink($"{code}/linked", "/etc");
        Assert.That(await ReadAsync(staged, path, 1000), Is.Null);
    }

    [Test]
    public async Task ReadFile_WhenItIsLargerThanAllowed_GivesNothing()
    {
        await using var staged = await StageAsync("main.py");
        Assert.That(await ReadAsync(staged, "main.py", 3), Is.Null);
    }

    private static Task<byte[]?> ReadAsync(IStagedCode staged, string path, int maxBytes) => staged.ReadFileAsync(path, maxBytes, CancellationToken.None);

    private Task<IStagedCode> StageAsync(params string[] files) => Storage.StageAsync(_agentId, new MemoryStream(ZipCrafter.Of(files)), CancellationToken.None);

    private async Task AddAsync(int revision, string file)
    {
        await using var staged = await StageAsync(file);
        await staged.PublishAsync(_stackId, revision, CancellationToken.None);
        await staged.KeepAsync();
    }

    private Task SweepAsync() => Storage.SweepAsync((_, _) => Task.FromResult<IReadOnlySet<AgentRef>>(new HashSet<AgentRef>()), CancellationToken.None);

    private void AssertStagingIsEmpty() => Assert.That(
        AllPaths().Where(path => path.StartsWith(".staging/", StringComparison.Ordinal) && path.Split('/') is not ([_, _] or [_, _, "lock"])), Is.Empty);
}
