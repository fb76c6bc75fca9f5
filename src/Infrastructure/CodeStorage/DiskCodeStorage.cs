using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;

namespace StackAgent.Infrastructure.CodeStorage;

/// <summary>
/// Agents' code in folders below <see cref="CodeStorageOptions.BasePath"/>. Everything is written or removed inside <c>.staging/</c>; a rename
/// puts it into its place or takes it away. Several servers may share the folder.
/// </summary>
internal sealed class DiskCodeStorage : ICodeStorage, ICodeFolders, ICodeAdoption, IAsyncDisposable
{
    private readonly CodePaths _paths;
    private readonly StagingArea _staging;
    private readonly CodeIntake _intake;
    private readonly ILogger _logger;

    public DiskCodeStorage(CodeStorageOptions options, ILogger<DiskCodeStorage> logger)
    {
        _logger = logger;
        _paths = new CodePaths(options.BasePath);
        _staging = new StagingArea(Path.Combine(_paths.Base, ".staging"));
        _intake = new CodeIntake(options);
    }

    public async Task<IStagedCode> StageAsync(Guid agentId, Stream zip, CancellationToken cancellationToken)
    {
        await _staging.OpenAsync(cancellationToken);
        var uploadId = Guid.CreateVersion7();
        var folder = _staging.ScratchPath(uploadId);
        try
        {
            var facts = await _intake.TakeAsync(zip, folder, cancellationToken);
            return new StagedCode(_paths, _staging, agentId, uploadId, facts, _logger);
        }
        catch
        {
            // The first failure is the one to tell the caller.
            await TryAsync(() => _staging.RemoveAsync(folder, uploadId, CancellationToken.None));
            throw;
        }
    }

    public string CodePath(Guid stackId, Guid agentId, int codeRevision) => Path.Combine(_paths.Revision(stackId, agentId, codeRevision), CodePaths.CodeName);

    public string CurrentCodePath(Guid stackId, Guid agentId) => Path.Combine(AgentPath(stackId, agentId), CodePaths.CodeName);

    public string AgentPath(Guid stackId, Guid agentId) => _paths.Agent(stackId, agentId);

    public bool Exists(Guid stackId, Guid agentId, int codeRevision) => CodePaths.HoldsPair(_paths.Revision(stackId, agentId, codeRevision));

    public IReadOnlyList<int> StoredRevisions(Guid stackId, Guid agentId) => [.. CodePaths.RevisionsIn(AgentPath(stackId, agentId))];

    public async Task PointAtAsync(Guid stackId, Guid agentId, int codeRevision, CancellationToken cancellationToken)
    {
        await _staging.OpenAsync(cancellationToken);
        var draft = _staging.ScratchPath(Guid.CreateVersion7(), ".link");
        await Task.Run(() => CodeLinks.PointAt(AgentPath(stackId, agentId), codeRevision, draft), cancellationToken);
    }

    public Task<Stream?> OpenZipAsync(Guid stackId, Guid agentId, int codeRevision, CancellationToken cancellationToken) =>
        Task.FromResult<Stream?>(OpenZip(stackId, agentId, codeRevision));

    public async Task DeleteRevisionsAsync(Guid stackId, Guid agentId, IReadOnlySet<int> keep, int upTo, CancellationToken cancellationToken)
    {
        var agent = AgentPath(stackId, agentId);
        var old = CodePaths.RevisionsIn(agent).Where(revision => revision <= upTo && !keep.Contains(revision)).ToList();
        if (old.Count == 0)
            return;

        await _staging.OpenAsync(cancellationToken);
        foreach (var revision in old)
            _staging.TakeAway(CodePaths.RevisionIn(agent, revision), agentId);
        await _staging.EmptyTrashAsync(agentId, cancellationToken);
    }

    public async Task DeleteAgentAsync(Guid stackId, Guid agentId, CancellationToken cancellationToken)
    {
        await _staging.RemoveAsync(AgentPath(stackId, agentId), agentId, cancellationToken);
        _paths.RemoveIfEmpty(stackId);
    }

    public Task DeleteStackAsync(Guid stackId, CancellationToken cancellationToken) =>
        _staging.RemoveAsync(_paths.Stack(stackId), stackId, cancellationToken);

    public async Task SweepAsync(
        Func<IReadOnlyList<AgentRef>, CancellationToken, Task<IReadOnlySet<AgentRef>>> keepAsync, CancellationToken cancellationToken)
    {
        // The order makes it safe beside uploads: an agent is marked before it is in its place, and unmarked once its row is committed. So one that
        // is seen in its place is either still marked when the markers are read afterwards, or has its row when the rows are read after that.
        var stacks = CodePaths.IdsIn(_paths.Stacks).ToList();
        var found = stacks.SelectMany(stackId => CodePaths.IdsIn(_paths.Agents(stackId)), (stackId, agentId) => new AgentRef(stackId, agentId)).ToList();
        var publishing = await _staging.ReapAsync(cancellationToken);
        found.RemoveAll(agent => publishing.Contains(agent.AgentId));
        var keep = await keepAsync(found, cancellationToken);

        foreach (var agent in found.Where(agent => !keep.Contains(agent)))
            await TryAsync(() => DeleteAgentAsync(agent.StackId, agent.AgentId, cancellationToken));
        await TryAsync(() => _staging.RemoveReapedAsync(cancellationToken));
        foreach (var stackId in stacks)
            _paths.RemoveIfEmpty(stackId);
    }

    public async Task<AdoptedCode?> AdoptAsync(AgentRef agent, int revision, CancellationToken cancellationToken)
    {
        await _staging.OpenAsync(cancellationToken);
        var folder = AgentPath(agent.StackId, agent.AgentId);
        await using (await _staging.EnterGateAsync(cancellationToken))
        {
            if (!OldLayout.TryBringUpToDate(folder, revision, _staging.ScratchPath(Guid.CreateVersion7(), ".link")))
                return null;
        }

        await using var zip = OpenZip(agent.StackId, agent.AgentId, revision);
        return zip is null ? null : new AdoptedCode(Convert.ToHexStringLower(await SHA256.HashDataAsync(zip, cancellationToken)), zip.Length);
    }

    public async ValueTask DisposeAsync()
    {
        await _staging.DisposeAsync();
        _intake.Dispose();
    }

    private FileStream? OpenZip(Guid stackId, Guid agentId, int codeRevision)
    {
        try
        {
            return new FileStream(
                Path.Combine(_paths.Revision(stackId, agentId, codeRevision), CodePaths.ZipName),
                FileMode.Open,
                FileAccess.Read,
                FileShare.Read | FileShare.Delete,
                bufferSize: 0,
                FileOptions.Asynchronous);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
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
            _logger.LogWarning(exception, "Files that nobody needs any more can't be removed now; a later sweep tries again");
        }
    }
}
