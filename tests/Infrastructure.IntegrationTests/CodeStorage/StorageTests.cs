using System.Diagnostics;
using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.IntegrationTests.CodeStorage;

/// <summary>Publication, removal and the sweep: what holds across failures and crashes.</summary>
internal sealed class StorageTests : CodeStorageFixture
{
    private readonly Guid _stackId = Guid.CreateVersion7();
    private readonly Guid _agentId = Guid.CreateVersion7();

    private string Staging => Path.Combine(Base, ".staging");

    [Test]
    public async Task Publish_WhenKept_LeavesTheCompletePairInItsPlace()
    {
        await StoreAsync(_stackId, _agentId);
        Assert.Multiple(() =>
        {
            Assert.That(Storage.Exists(_stackId, _agentId, 1));
            Assert.That(Storage.AgentPath(_stackId, _agentId), Is.EqualTo($"{Base}/stacks/{_stackId}/agents/{_agentId}"));
            Assert.That(File.Exists($"{Storage.AgentPath(_stackId, _agentId)}/agent.zip"));
            Assert.That(File.Exists($"{Storage.CodePath(_stackId, _agentId, 1)}/main.py"));
            Assert.That(AllPaths().Where(path => path.StartsWith(".staging/", StringComparison.Ordinal)), Has.Exactly(3).Items, "gate, folder, lock");
        });
    }

    [Test]
    public async Task Dispose_WhenNotPublished_RemovesTheCode()
    {
        var staged = await StageAsync();
        Assert.That(Storage.Exists(_stackId, _agentId, 1), Is.False);
        await staged.DisposeAsync();
        AssertNothingLeftBehind();
    }

    [Test]
    public async Task Dispose_WhenPublishedButNotKept_RemovesTheCode()
    {
        await using (var staged = await StageAsync())
            await staged.PublishAsync(_stackId, 1, CancellationToken.None);
        AssertNothingLeftBehind();
    }

    [Test]
    public async Task Publish_WhenThePlaceIsTaken_FailsAndLeavesWhatWasThere()
    {
        await StoreAsync(_stackId, _agentId, ZipCrafter.Of("old"));
        await using var other = Another();
        var staged = await other.StageAsync(_agentId, new MemoryStream(ZipCrafter.Of("new")), CancellationToken.None);
        Assert.That(() => staged.PublishAsync(_stackId, 1, CancellationToken.None), Throws.InstanceOf<IOException>());
        await staged.DisposeAsync();
        Assert.That(File.Exists($"{Storage.CodePath(_stackId, _agentId, 1)}/old"));
    }

    [Test]
    public async Task Stage_WhenCancelledWhileReceiving_LeavesNothing()
    {
        using var cancellation = new CancellationTokenSource();
        var source = new Faulty(ZipCrafter.Of("main.py"), cancellation.Cancel);
        Assert.That(() => Storage.StageAsync(_agentId, source, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        await source.DisposeAsync();
        AssertNothingLeftBehind();
    }

    [Test]
    public async Task Stage_WhenTheClientDisconnects_LeavesNothing()
    {
        await using var source = new Faulty(ZipCrafter.Of("main.py"), () => throw new IOException("The client reset the connection."));
        Assert.That(() => Storage.StageAsync(_agentId, source, CancellationToken.None), Throws.InstanceOf<IOException>());
        AssertNothingLeftBehind();
    }

    [Test]
    public async Task Stage_WhenTheDiskRefusesToTakeTheFiles_LeavesNothing()
    {
        // A file where the folder for the code belongs fails as late and in the same way as a full disk does.
        await using var source = new Faulty(
            ZipCrafter.Of("main.py"),
            () => File.WriteAllText(Directory.GetDirectories(Staging).SelectMany(Directory.GetDirectories).Single() + "/extracted", ""));
        Assert.That(() => Storage.StageAsync(_agentId, source, CancellationToken.None), Throws.InstanceOf<IOException>());
        AssertNothingLeftBehind();
    }

    [Test]
    public async Task DeleteAgent_WhenRepeated_Succeeds()
    {
        var neighbour = Guid.CreateVersion7();
        await StoreAsync(_stackId, _agentId);
        await StoreAsync(_stackId, neighbour);
        await Storage.DeleteAgentAsync(_stackId, _agentId, CancellationToken.None);
        await Storage.DeleteAgentAsync(_stackId, _agentId, CancellationToken.None);
        Assert.That(Storage.Exists(_stackId, _agentId, 1), Is.False);
        Assert.That(Storage.Exists(_stackId, neighbour, 1));
        await Storage.DeleteAgentAsync(_stackId, neighbour, CancellationToken.None);
        Assert.That(Directory.GetDirectories($"{Base}/stacks"), Is.Empty);
    }

    [Test]
    public async Task DeleteStack_WhenRepeated_RemovesAllOfItsAgents()
    {
        await StoreAsync(_stackId, _agentId);
        await StoreAsync(_stackId, Guid.CreateVersion7());
        await Storage.DeleteStackAsync(_stackId, CancellationToken.None);
        await Storage.DeleteStackAsync(_stackId, CancellationToken.None);
        Assert.That(Directory.GetDirectories($"{Base}/stacks"), Is.Empty);
        Assert.That(Directory.GetFileSystemEntries(Directory.GetDirectories(Staging).Single()).Select(Path.GetFileName), Is.EqualTo(new[] { "lock" }));
    }

    [Test]
    public async Task DeleteAgent_WhenTheAgentLinkedToPlacesOutside_DoesNotFollow()
    {
        var outside = Directory.CreateDirectory(Path.Combine(Base, "outside")).FullName;
        await File.WriteAllTextAsync($"{outside}/precious", "");
        var code = await StoreAsync(_stackId, _agentId);
        Directory.CreateSymbolicLink($"{code}/folder", outside);
        File.CreateSymbolicLink($"{code}/file", $"{outside}/precious");
        File.CreateSymbolicLink($"{code}/nowhere", "/does/not/exist");
        await Storage.DeleteAgentAsync(_stackId, _agentId, CancellationToken.None);
        Assert.That(File.Exists($"{outside}/precious"));
        Assert.That(Directory.GetDirectories($"{Base}/stacks"), Is.Empty);
    }

    [Test]
    public async Task DeleteAgent_WhenTheAgentReplacedItsWholeFolderByALink_DoesNotFollow()
    {
        var outside = Directory.CreateDirectory(Path.Combine(Base, "outside")).FullName;
        await File.WriteAllTextAsync($"{outside}/precious", "");
        await StoreAsync(_stackId, _agentId);
        Directory.Delete(Storage.AgentPath(_stackId, _agentId), recursive: true);
        Directory.CreateSymbolicLink(Storage.AgentPath(_stackId, _agentId), outside);
        await Storage.DeleteAgentAsync(_stackId, _agentId, CancellationToken.None);
        Assert.That(File.Exists($"{outside}/precious"));
        Assert.That(Directory.GetDirectories($"{Base}/stacks"), Is.Empty);
    }

    [Test]
    public async Task DeleteAgent_WhenTheAgentMadeWhatIsHardToRemove_RemovesIt()
    {
        var code = await StoreAsync(_stackId, _agentId);
        await RunAsync("python3", "-c", """
            import os, socket, sys
            os.chdir(sys.argv[1])
            open(b'\xff\xfe not utf-8 \n', 'w').close()
            os.mkdir(b'\x80')
            os.mkfifo('fifo')
            os.makedirs('locked/inner')
            open('locked/inner/file', 'w').close()
            os.chmod('locked/inner', 0)
            os.chmod('locked', 0o500)
            for _ in range(3000):
                os.mkdir('deep')
                os.chdir('deep')
            """, code);
        await Storage.DeleteAgentAsync(_stackId, _agentId, CancellationToken.None);
        Assert.That(Directory.GetDirectories($"{Base}/stacks"), Is.Empty);
        Assert.That(Directory.GetDirectories(Directory.GetDirectories(Staging).Single()), Is.Empty);
    }

    [Test]
    public async Task DeleteAgent_WhileItsProcessStillWrites_RemovesItAll()
    {
        var code = await StoreAsync(_stackId, _agentId);
        using var writer = Start("python3", "-c", """
            import os, sys, time
            os.chdir(sys.argv[1])
            print('ready', flush=True)
            end = time.monotonic() + 0.3
            n = 0
            while time.monotonic() < end:
                try:
                    n += 1
                    open(str(n), 'w').close()
                except OSError:
                    pass
            """, code);
        await writer.StandardOutput.ReadLineAsync();
        await Storage.DeleteAgentAsync(_stackId, _agentId, CancellationToken.None);
        await writer.WaitForExitAsync();
        Assert.That(Directory.GetDirectories(Directory.GetDirectories(Staging).Single()), Is.Empty);
    }

    [Test]
    public async Task Sweep_WhenRowsExist_KeepsTheirCodeAndRemovesTheRest()
    {
        var orphan = Guid.CreateVersion7();
        await StoreAsync(_stackId, _agentId);
        await StoreAsync(_stackId, orphan);
        await StoreAsync(Guid.CreateVersion7(), Guid.CreateVersion7());
        await SweepAsync(new AgentRef(_stackId, _agentId));
        Assert.That(Storage.Exists(_stackId, _agentId, 1));
        Assert.That(Storage.Exists(_stackId, orphan, 1), Is.False);
        Assert.That(Directory.GetDirectories($"{Base}/stacks"), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Sweep_WhenFoldersAreNotOurs_LeavesThem()
    {
        string[] foreign =
        [
            "stacks/backup/agents", $"stacks/{_stackId}/notes", $"stacks/{_stackId}/agents/tmp",
            $"stacks/{Guid.NewGuid().ToString().ToUpperInvariant()}/agents/{Guid.NewGuid()}", "elsewhere",
        ];
        foreach (var folder in foreign)
            Directory.CreateDirectory(Path.Combine(Base, folder));
        await SweepAsync();
        Assert.That(foreign.Where(folder => !Directory.Exists(Path.Combine(Base, folder))), Is.Empty);
    }

    [Test]
    public async Task Sweep_WhileAnotherServerUploads_LeavesItAlone()
    {
        await using var other = Another();
        await using var staged = await other.StageAsync(_agentId, new MemoryStream(ZipCrafter.Of("main.py")), CancellationToken.None);
        await SweepAsync();
        await staged.PublishAsync(_stackId, 1, CancellationToken.None);
        await SweepAsync();
        Assert.That(Storage.Exists(_stackId, _agentId, 1), "published, not yet committed");
        await staged.KeepAsync();
        await SweepAsync(new AgentRef(_stackId, _agentId));
        Assert.That(Storage.Exists(_stackId, _agentId, 1), "committed");
    }

    [Test]
    public async Task Sweep_WhenAnUploadIsCommittedInBetween_SeesItsRow()
    {
        var staged = await StageAsync();
        await staged.PublishAsync(_stackId, 1, CancellationToken.None);
        IReadOnlyList<AgentRef>? asked = null;
        await Storage.SweepAsync(async (found, _) =>
        {
            asked = found;
            await staged.KeepAsync();
            return new HashSet<AgentRef>();
        }, CancellationToken.None);
        Assert.That(asked, Is.Empty);
        Assert.That(Storage.Exists(_stackId, _agentId, 1));
    }

    [Test]
    public async Task Sweep_WhenAServerWasKilled_RemovesWhatItLeft()
    {
        // Its folder as the kernel leaves it: an upload, a marker, a removal half done, and a lock that nobody holds any more.
        await StoreAsync(_stackId, _agentId);
        var dead = Directory.CreateDirectory(Path.Combine(Staging, Guid.CreateVersion7().ToString())).FullName;
        await File.WriteAllTextAsync($"{dead}/lock", "");
        using var server = Start("flock", "--no-fork", "--exclusive", $"{dead}/lock", "sh", "-c", "echo locked; exec sleep 600");
        await server.StandardOutput.ReadLineAsync();
        await File.WriteAllTextAsync($"{dead}/{_agentId}_{Guid.CreateVersion7()}.publishing", "");
        Directory.CreateDirectory($"{dead}/{Guid.CreateVersion7()}/extracted/lib");
        Directory.CreateDirectory($"{dead}/trash-{Guid.CreateVersion7()}/removed/extracted");

        await SweepAsync();
        Assert.That(Directory.Exists(dead), "while it lives");
        Assert.That(Storage.Exists(_stackId, _agentId, 1), "while it lives");

        server.Kill();
        await server.WaitForExitAsync();
        await SweepAsync();
        AssertNothingLeftBehind();
    }

    [Test]
    public async Task Sweep_WhenNothingWasEverStored_Succeeds()
    {
        await SweepAsync();
        AssertNothingLeftBehind();
    }

    [Test]
    public async Task Dispose_WhenServerEndsInGoodOrder_RemovesItsFolder()
    {
        var other = Another();
        await other.DeleteStackAsync(_stackId, CancellationToken.None);
        Assert.That(Directory.GetDirectories(Staging), Has.Length.EqualTo(1));
        await other.DisposeAsync();
        Assert.That(Directory.GetDirectories(Staging), Is.Empty);
    }

    [Test]
    public async Task Everything_WhenManyServersWorkAtOnce_EndsConsistent()
    {
        var kept = new System.Collections.Concurrent.ConcurrentBag<AgentRef>();
        await Parallel.ForAsync(0, 12, async (i, _) =>
        {
            await using var server = Another();
            var agent = new AgentRef(_stackId, Guid.CreateVersion7());
            await using var staged = await server.StageAsync(agent.AgentId, new MemoryStream(ZipCrafter.Of("main.py")), CancellationToken.None);
            await staged.PublishAsync(_stackId, 1, CancellationToken.None);
            if (i % 2 == 0)
            {
                kept.Add(agent);
                await staged.KeepAsync();
            }

            await server.SweepAsync((_, _) => Task.FromResult<IReadOnlySet<AgentRef>>(kept.ToHashSet()), CancellationToken.None);
        });

        Assert.That(kept.Where(agent => !Storage.Exists(agent.StackId, agent.AgentId, 1)), Is.Empty);
        Assert.That(Directory.GetDirectories($"{Base}/stacks/{_stackId}/agents"), Has.Length.EqualTo(kept.Count));
    }

    private Task<Application.Common.Storage.IStagedCode> StageAsync() =>
        Storage.StageAsync(_agentId, new MemoryStream(ZipCrafter.Of("main.py")), CancellationToken.None);

    private Task SweepAsync(params AgentRef[] rows) =>
        Storage.SweepAsync((_, _) => Task.FromResult<IReadOnlySet<AgentRef>>(rows.ToHashSet()), CancellationToken.None);

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero);
    }

    /// <summary>Delivers its bytes, then does something instead of ending.</summary>
    private sealed class Faulty(byte[] content, Action atEnd) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == Length)
                atEnd();
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
