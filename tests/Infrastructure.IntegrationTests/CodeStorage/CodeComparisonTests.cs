using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Infrastructure.CodeStorage;

namespace StackAgent.Infrastructure.IntegrationTests.CodeStorage;

internal sealed class CodeComparisonTests : CodeStorageFixture
{
    private readonly AgentRef _agent = new(Guid.CreateVersion7(), Guid.CreateVersion7());

    [Test]
    public async Task Compare_WhenFilesDiffer_NamesThem()
    {
        await AddAsync(1, new ZipCrafter().Add("old/main.py", "print(1)").Add("old/same", "same").Add("old/gone/a", "a").Build());
        await AddAsync(2, new ZipCrafter().Add("new/main.py", "print(2)").Add("new/same", "same").Add("new/came", "b").Build());
        var difference = await CompareAsync(1, 2);
        Assert.Multiple(() =>
        {
            Assert.That(difference!.Added, Is.EqualTo(["came"]));
            Assert.That(difference!.Removed, Is.EqualTo(["gone/a"]));
            Assert.That(difference!.Changed, Is.EqualTo(["main.py"]), "of one size, and without the top-level folder");
            Assert.That((difference!.AddedCount, difference.RemovedCount, difference.ChangedCount), Is.EqualTo((1, 1, 1)));
        });
    }

    [Test]
    public async Task Compare_WithAnUpload_TakesItAsTheLater()
    {
        await AddAsync(1, ZipCrafter.Of("main.py", "a"));
        await using var staged = await Storage.StageAsync(_agent.AgentId, new MemoryStream(ZipCrafter.Of("main.py", "b")), CancellationToken.None);
        var difference = await new CodeComparison(new CodeStorageOptions(Base)).CompareAsync(_agent, 1, staged, CancellationToken.None);
        Assert.That((difference!.Added.Single(), difference.Removed.Single(), difference.ChangedCount), Is.EqualTo(("b", "a", 0)));
    }

    [Test]
    public async Task Compare_WhenVeryManyFilesDiffer_CountsThemAll()
    {
        await AddAsync(1, ZipCrafter.Of("main.py"));
        await AddAsync(2, ZipCrafter.Of([.. Enumerable.Range(0, 1500).Select(i => $"f{i:0000}")]));
        var difference = await CompareAsync(1, 2);
        Assert.That((difference!.Added.Count, difference.AddedCount, difference.Added[^1]), Is.EqualTo((CodeDifference.MaxPaths, 1500, "f0999")));
    }

    [Test]
    public async Task Compare_WhenLessIsAcceptedByNow_ComparesAnyway()
    {
        await AddAsync(1, ZipCrafter.Of("main.py", "a"));
        var comparison = new CodeComparison(new CodeStorageOptions(Base, MaxPackedBytes: 1, MaxUnpackedBytes: 1, MaxEntries: 1, MaxRatio: 1, MaxNameBytes: 1));
        Assert.That((await comparison.CompareAsync(_agent, 1, 1, CancellationToken.None))!.ChangedCount, Is.Zero);
    }

    [Test]
    public async Task Compare_WhenOneIsNotThere_SaysSo()
    {
        await AddAsync(1, ZipCrafter.Of("main.py"));
        await AddAsync(2, ZipCrafter.Of("main.py"));
        await File.WriteAllTextAsync($"{Storage.AgentPath(_agent.StackId, _agent.AgentId)}/revisions/2/agent.zip", "broken");
        Assert.That(await CompareAsync(1, 2), Is.Null);
        Assert.That(await CompareAsync(3, 1), Is.Null);
    }

    private Task<CodeDifference?> CompareAsync(int earlier, int later) =>
        new CodeComparison(new CodeStorageOptions(Base)).CompareAsync(_agent, earlier, later, CancellationToken.None);

    private async Task AddAsync(int revision, byte[] zip)
    {
        await using var staged = await Storage.StageAsync(_agent.AgentId, new MemoryStream(zip), CancellationToken.None);
        await staged.PublishAsync(_agent.StackId, revision, CancellationToken.None);
        await staged.KeepAsync();
    }
}
