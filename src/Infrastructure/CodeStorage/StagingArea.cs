namespace StackAgent.Infrastructure.CodeStorage;

/// <summary>
/// This server's own folder <c>.staging/{instance}/</c>: uploads under way, markers of uploads between publication and commit, and what is being
/// removed. A locked file in it says that the server lives; the kernel releases the lock however the server ends, and then any other server may
/// clear the folder away.
/// </summary>
internal sealed class StagingArea(string root) : IAsyncDisposable
{
    private const string LockName = "lock";
    private const string MarkerSuffix = ".publishing";
    private const string TrashPrefix = "trash-";
    private const string ReapedPrefix = "reaped-";
    private static readonly TimeSpan GatePatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan GatePause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan[] RemovalPauses =
        [.. new[] { 20, 50, 100, 200, 400, 800, 1600 }.Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds))];

    private readonly string _folder = Path.Combine(root, Guid.CreateVersion7().ToString());
    private readonly SemaphoreSlim _opening = new(1, 1);
    private FileStream? _lock;

    /// <summary>Makes and locks this server's folder, the first time.</summary>
    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _lock) is not null)
            return;

        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_lock is not null)
                return;

            Directory.CreateDirectory(root);
            // Between making the folder and locking it, a sweep elsewhere would take it for a dead server's.
            await using var gate = await EnterGateAsync(cancellationToken);
            Directory.CreateDirectory(_folder);
            Volatile.Write(ref _lock, Lock(Path.Combine(_folder, LockName), FileMode.OpenOrCreate));
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Where an upload is put together, or something made that is renamed into its place then.</summary>
    public string ScratchPath(Guid id, string suffix = "") => Path.Combine(_folder, id + suffix);

    /// <summary>Says that an upload may be in its place without its row being committed yet.</summary>
    public void Mark(Guid agentId, Guid uploadId) => File.WriteAllBytes(MarkerPath(agentId, uploadId), []);

    public void Unmark(Guid agentId, Guid uploadId) => File.Delete(MarkerPath(agentId, uploadId));

    /// <summary>
    /// Removes a folder with all that is in it; nothing there is success. It leaves its place at once and as a whole, so that nobody ever sees half of it;
    /// what then can't be removed is tried again by the next call with the same id, and at last by a sweep after this server's end.
    /// </summary>
    public async Task RemoveAsync(string path, Guid id, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        TakeAway(path, id);
        await EmptyTrashAsync(id, cancellationToken);
    }

    /// <summary>Takes a folder out of its place, for <see cref="EmptyTrashAsync"/> to remove.</summary>
    /// <param name="path">The folder; nothing there is success.</param>
    /// <param name="id">Under which it is found again.</param>
    /// <param name="proof">A file that has to be in the folder, else it is somebody else's and stays.</param>
    public void TakeAway(string path, Guid id, string? proof = null)
    {
        if (!Directory.Exists(path) || !IsProven(path))
            return;

        var container = Path.Combine(_folder, $"{TrashPrefix}{id}-{Guid.NewGuid()}");
        var removed = Path.Combine(container, "removed");
        Directory.CreateDirectory(container);
        MoveIfThere(path, removed);

        // Between the look and the move another server may have put its own there.
        if (!IsProven(removed))
            MoveIfThere(removed, path);

        bool IsProven(string folder) => proof is null || File.Exists(Path.Combine(folder, proof));
    }

    /// <summary>Removes what was taken away under an id.</summary>
    public async Task EmptyTrashAsync(Guid id, CancellationToken cancellationToken)
    {
        foreach (var container in Directory.GetDirectories(_folder, $"{TrashPrefix}{id}-*"))
            await EmptyAsync(container, cancellationToken);
    }

    /// <summary>
    /// Takes the folders of servers that are gone, for <see cref="RemoveReapedAsync"/> to remove. Returns the agents whose code living servers,
    /// this one included, are about to commit.
    /// </summary>
    public async Task<IReadOnlySet<Guid>> ReapAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        var publishing = new HashSet<Guid>();
        var container = Path.Combine(_folder, $"{ReapedPrefix}{Guid.NewGuid()}");
        await using (await EnterGateAsync(cancellationToken))
        {
            foreach (var folder in Directory.GetDirectories(root))
            {
                if (folder != _folder && TryLock(folder, out var held))
                {
                    using (held)
                    {
                        Directory.CreateDirectory(container);
                        MoveIfThere(folder, Path.Combine(container, Path.GetFileName(folder)));
                    }
                }
                else
                {
                    AddMarkers(folder, publishing);
                }
            }
        }

        return publishing;
    }

    public async Task RemoveReapedAsync(CancellationToken cancellationToken)
    {
        foreach (var reaped in Directory.GetDirectories(_folder, ReapedPrefix + "*"))
            await EmptyAsync(reaped, cancellationToken);
    }

    /// <summary>The one lock of all servers, for moments in which none of them may do the same; the caller disposes it.</summary>
    public async Task<FileStream> EnterGateAsync(CancellationToken cancellationToken)
    {
        var deadline = Environment.TickCount64 + (long)GatePatience.TotalMilliseconds;
        while (true)
        {
            try
            {
                return Lock(Path.Combine(root, "gate"), FileMode.OpenOrCreate);
            }
            catch (IOException) when (Environment.TickCount64 < deadline)
            {
                await Task.Delay(GatePause, cancellationToken);
            }
        }
    }

    /// <summary>Gives the folder up; what is still in it waits for a sweep.</summary>
    public ValueTask DisposeAsync()
    {
        _opening.Dispose();
        if (_lock is null)
            return ValueTask.CompletedTask;

        try
        {
            File.Delete(_lock.Name);
            Directory.Delete(_folder);
        }
        catch (IOException)
        {
            // An upload outlived the server's patience, or another server's sweep was faster. Either way the folder is no longer ours to keep.
        }

        return _lock.DisposeAsync();
    }

    private string MarkerPath(Guid agentId, Guid uploadId) => Path.Combine(_folder, $"{agentId}_{uploadId}{MarkerSuffix}");

    private static void AddMarkers(string folder, HashSet<Guid> agents)
    {
        try
        {
            foreach (var marker in Directory.EnumerateFiles(folder, "*" + MarkerSuffix))
            {
                if (Guid.TryParseExact(Path.GetFileName(marker).Split('_')[0], "D", out var agentId))
                    agents.Add(agentId);
            }
        }
        catch (DirectoryNotFoundException)
        {
            // The server ended in good order just now, and nothing of it is under way.
        }
    }

    private static async Task EmptyAsync(string container, CancellationToken cancellationToken)
    {
        foreach (var pause in RemovalPauses)
        {
            if (await Task.Run(() => FolderRemoval.TryRemove(container, cancellationToken), cancellationToken))
                return;
            await Task.Delay(pause, cancellationToken);
        }

        throw new IOException("Files can't be removed because a process keeps adding some.");
    }

    private static void MoveIfThere(string from, string to)
    {
        try
        {
            Directory.Move(from, to);
        }
        catch (DirectoryNotFoundException)
        {
            // Another server was faster.
        }
    }

    /// <summary>True when no living server holds the folder; then nobody can come to hold it, as its owner made its lock before anything else.</summary>
    private static bool TryLock(string folder, out FileStream? held)
    {
        held = null;
        try
        {
            held = Lock(Path.Combine(folder, LockName), FileMode.Open);
            return true;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static FileStream Lock(string path, FileMode mode) => new(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
}
