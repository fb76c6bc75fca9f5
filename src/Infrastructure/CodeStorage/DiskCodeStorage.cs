using System.Buffers;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Infrastructure.CodeStorage.Zip;

namespace StackAgent.Infrastructure.CodeStorage;

/// <summary>
/// Agents' code in folders below <see cref="CodeStorageOptions.BasePath"/>. Everything is written or removed inside <c>.staging/</c>; a rename
/// puts it into its place or takes it away. Several servers may share the folder.
/// </summary>
internal sealed class DiskCodeStorage : ICodeStorage, IAsyncDisposable
{
    private const int CopyBufferSize = 128 * 1024;
    private const string ZipName = "agent.zip";
    private const string CodeName = "extracted";

    private readonly CodeStorageOptions _options;
    private readonly string _base;
    private readonly string _stacks;
    private readonly StagingArea _staging;
    private readonly ILogger _logger;

    // Unpacking takes a processor for seconds: more at once than there are processors would only starve the requests.
    private readonly SemaphoreSlim _unpacking = new(Environment.ProcessorCount);

    public DiskCodeStorage(CodeStorageOptions options, ILogger<DiskCodeStorage> logger)
    {
        _logger = logger;
        _options = options;
        _base = Path.GetFullPath(options.BasePath);
        _stacks = Path.Combine(_base, "stacks");
        _staging = new StagingArea(Path.Combine(_base, ".staging"));
    }

    public async Task<IStagedCode> StageAsync(Guid agentId, Stream zip, CancellationToken cancellationToken)
    {
        await _staging.OpenAsync(cancellationToken);
        var folder = _staging.UploadPath(agentId);
        if (Directory.Exists(folder))
            throw new InvalidOperationException("Code of this agent is being uploaded already.");

        try
        {
            var first = Path.Combine(folder, "revisions", "1");
            Disk.CreateFolder(first);
            using var file = File.OpenHandle(
                Path.Combine(first, ZipName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous);
            await ReceiveAsync(zip, file, cancellationToken);
            await _unpacking.WaitAsync(cancellationToken);
            try
            {
                await Task.Run(() => Unpack(file, first, cancellationToken), cancellationToken);
            }
            finally
            {
                _unpacking.Release();
            }

            return new StagedCode(this, agentId);
        }
        catch
        {
            try
            {
                await _staging.RemoveAsync(folder, agentId, CancellationToken.None);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The first failure is the one to tell the caller.
                _logger.LogWarning(exception, "What is left of a failed upload stays until this server has ended");
            }

            throw;
        }
    }

    public string CodePath(Guid stackId, Guid agentId, int codeRevision) => Path.Combine(RevisionPath(stackId, agentId, codeRevision), CodeName);

    public string CurrentCodePath(Guid stackId, Guid agentId) => Path.Combine(AgentPath(stackId, agentId), CodeName);

    public string AgentPath(Guid stackId, Guid agentId) => Path.Combine(AgentsPath(stackId), agentId.ToString());

    public bool Exists(Guid stackId, Guid agentId, int codeRevision) =>
        File.Exists(Path.Combine(RevisionPath(stackId, agentId, codeRevision), ZipName)) && Directory.Exists(CodePath(stackId, agentId, codeRevision));

    public Task PointAtAsync(Guid stackId, Guid agentId, int codeRevision, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Stream? OpenZip(Guid stackId, Guid agentId, int codeRevision) => throw new NotSupportedException();

    public Task DeleteRevisionsAsync(Guid stackId, Guid agentId, IReadOnlySet<int> keep, int upTo, CancellationToken cancellationToken) => throw new NotSupportedException();

    public async Task DeleteAgentAsync(Guid stackId, Guid agentId, CancellationToken cancellationToken)
    {
        await _staging.RemoveAsync(AgentPath(stackId, agentId), agentId, cancellationToken);
        RemoveIfEmpty(stackId);
    }

    public Task DeleteStackAsync(Guid stackId, CancellationToken cancellationToken) =>
        _staging.RemoveAsync(StackPath(stackId), stackId, cancellationToken);

    public async Task SweepAsync(
        Func<IReadOnlyList<AgentRef>, CancellationToken, Task<IReadOnlySet<AgentRef>>> keepAsync, CancellationToken cancellationToken)
    {
        // The order makes it safe beside uploads: an agent is marked before it is in its place, and unmarked once its row is committed. So one that
        // is seen in its place is either still marked when the markers are read afterwards, or has its row when the rows are read after that.
        var stacks = Ids(_stacks).ToList();
        var found = stacks.SelectMany(stackId => Ids(AgentsPath(stackId)), (stackId, agentId) => new AgentRef(stackId, agentId)).ToList();
        var publishing = await _staging.ReapAsync(cancellationToken);
        found.RemoveAll(agent => publishing.Contains(agent.AgentId));
        var keep = await keepAsync(found, cancellationToken);

        foreach (var agent in found.Where(agent => !keep.Contains(agent)))
            await TryAsync(() => DeleteAgentAsync(agent.StackId, agent.AgentId, cancellationToken));
        await TryAsync(() => _staging.RemoveReapedAsync(cancellationToken));
        foreach (var stackId in stacks)
            RemoveIfEmpty(stackId);
    }

    public async ValueTask DisposeAsync()
    {
        await _staging.DisposeAsync();
        _unpacking.Dispose();
    }

    private string RevisionPath(Guid stackId, Guid agentId, int codeRevision) =>
        Path.Combine(AgentPath(stackId, agentId), "revisions", codeRevision.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private string StackPath(Guid stackId) => Path.Combine(_stacks, stackId.ToString());

    private string AgentsPath(Guid stackId) => Path.Combine(StackPath(stackId), "agents");

    private async Task ReceiveAsync(Stream source, SafeFileHandle file, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBufferSize);
        try
        {
            var written = 0L;
            var isZip = false;
            while (true)
            {
                // Full buffers, as a body arrives in pieces of a few kilobytes; the first one shows whether the rest is worth waiting for.
                var count = await source.ReadAtLeastAsync(
                    buffer.AsMemory(0, CopyBufferSize), isZip ? CopyBufferSize : 4, throwOnEndOfStream: false, cancellationToken);
                if (!isZip)
                    ZipInspector.CheckStart(buffer.AsSpan(0, count));
                isZip = true;
                if (count == 0)
                    return;
                if (count > _options.MaxPackedBytes - written)
                    throw Refusal.Because($"The file is larger than {Refusal.Size(_options.MaxPackedBytes)}.");

                await RandomAccess.WriteAsync(file, buffer.AsMemory(0, count), written, cancellationToken);
                written += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Unpack(SafeFileHandle zip, string folder, CancellationToken cancellationToken)
    {
        var entries = new ZipInspector(zip, _options).Inspect(cancellationToken);
        new ZipExtractor(zip, Path.Combine(folder, CodeName)).Extract(entries, cancellationToken);
        // Here and not in PublishAsync, which runs inside a database transaction.
        Disk.FlushFileSystem(folder);
    }

    private void PutIntoPlace(Guid stackId, Guid agentId)
    {
        var agents = AgentsPath(stackId);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(agents);
                Directory.Move(_staging.UploadPath(agentId), AgentPath(stackId, agentId));
                return;
            }
            catch (DirectoryNotFoundException) when (attempt < 10 && !Directory.Exists(agents))
            {
                // The stack's last agent was just removed, and the empty folder with it.
            }
        }
    }

    private void FlushPlace(Guid stackId)
    {
        foreach (var folder in (string[])[AgentsPath(stackId), StackPath(stackId), _stacks, _base])
            Disk.FlushFolder(folder);
    }

    /// <summary>One folder that can't be removed must not keep the sweep from the others, nor its caller from its work.</summary>
    private async Task TryAsync(Func<Task> remove)
    {
        try
        {
            await remove();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _logger.LogWarning(exception, "Files that belong to no agent can't be removed");
        }
    }

    private void RemoveIfEmpty(Guid stackId)
    {
        try
        {
            Directory.Delete(AgentsPath(stackId));
            Directory.Delete(StackPath(stackId));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not empty, not there or not ours: an empty folder harms nobody.
        }
    }

    /// <summary>The subfolders that are named like ids; others aren't ours. Links neither, wherever they point.</summary>
    private static IEnumerable<Guid> Ids(string folder)
    {
        var subfolders = new DirectoryInfo(folder);
        if (!subfolders.Exists)
            yield break;

        foreach (var subfolder in subfolders.EnumerateDirectories())
        {
            if (subfolder.LinkTarget is null && Guid.TryParseExact(subfolder.Name, "D", out var id) && id.ToString() == subfolder.Name)
                yield return id;
        }
    }

    private sealed class StagedCode(DiskCodeStorage storage, Guid agentId) : IStagedCode
    {
        private Guid? _stackId;
        private bool _isDone;

        public CodeFacts Facts { get; } = new(new string('0', 64), 0, 0, 0);

        public Task<byte[]?> ReadFileAsync(string path, int maxBytes, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task PublishAsync(Guid stackId, int revision, CancellationToken cancellationToken)
        {
            if (_stackId is not null || _isDone)
                throw new InvalidOperationException("This code has already been published or removed.");

            return Task.Run(
                () =>
                {
                    storage._staging.Mark(agentId);
                    storage.PutIntoPlace(stackId, agentId);
                    // From here on what lies there is this upload and no other's, for disposal to remove.
                    _stackId = stackId;
                    storage.FlushPlace(stackId);
                },
                cancellationToken);
        }

        public Task KeepAsync()
        {
            if (_stackId is null || _isDone)
                throw new InvalidOperationException("Only published code can be kept.");

            _isDone = true;
            storage._staging.Unmark(agentId);
            return Task.CompletedTask;
        }

        public async ValueTask DisposeAsync()
        {
            if (_isDone)
                return;

            _isDone = true;
            await storage._staging.RemoveAsync(storage._staging.UploadPath(agentId), agentId, CancellationToken.None);
            if (_stackId is { } stackId)
                await storage.DeleteAgentAsync(stackId, agentId, CancellationToken.None);
            storage._staging.Unmark(agentId);
        }
    }
}
