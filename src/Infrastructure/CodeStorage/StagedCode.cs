using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Storage;

namespace StackAgent.Infrastructure.CodeStorage;

/// <summary>An upload in the staging area, and then in its place until its row is committed.</summary>
internal sealed class StagedCode(
    CodePaths paths, StagingArea staging, Guid agentId, Guid uploadId, CodeFacts facts, ILogger logger) : IStagedCode
{
    private readonly string _shell = staging.ScratchPath(uploadId, "-agent");

    // Says whose a published folder is: when a commit fails, the next upload gets the same number, and may be there before this one is disposed.
    private readonly string _proof = $"{uploadId}.uncommitted";

    private string _folder = staging.ScratchPath(uploadId);
    private (Guid StackId, int Revision)? _place;
    private bool _isDone;

    public CodeFacts Facts => facts;

    public string ZipPath => Path.Combine(_folder, CodePaths.ZipName);

    public string CodePath => Path.Combine(_folder, CodePaths.CodeName);

    public bool HasFile(string path) => Find(path) is not null;

    public async Task<byte[]?> ReadFileAsync(string path, int maxBytes, CancellationToken cancellationToken)
    {
        if (Find(path) is not { } found)
            return null;

        await using var file = new FileStream(found, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
        if (file.Length > maxBytes)
            return null;

        var content = new byte[file.Length];
        await file.ReadExactlyAsync(content, cancellationToken);
        return content;
    }

    public Task PublishAsync(Guid stackId, int revision, CancellationToken cancellationToken)
    {
        if (_place is not null || _isDone)
            throw new InvalidOperationException("This code has already been published or removed.");

        return Task.Run(() => Publish(stackId, revision), cancellationToken);
    }

    public async Task KeepAsync()
    {
        if (_place is null || _isDone)
            throw new InvalidOperationException("Only published code can be kept.");

        _isDone = true;
        try
        {
            File.Delete(Path.Combine(_folder, _proof));
            staging.Unmark(agentId, uploadId);
            await staging.EmptyTrashAsync(uploadId, CancellationToken.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The row is committed and its code in its place: nothing that is left over changes that.
            logger.LogWarning(exception, "What is left of an upload stays until this server has ended");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDone)
            return;

        _isDone = true;
        staging.TakeAway(staging.ScratchPath(uploadId), uploadId);
        staging.TakeAway(_shell, uploadId);
        if (_place is { } place)
            Withdraw(place.StackId, place.Revision);
        await staging.EmptyTrashAsync(uploadId, CancellationToken.None);
        staging.Unmark(agentId, uploadId);
    }

    /// <summary>The absolute path of a file of the code, which nothing leads out of.</summary>
    private string? Find(string path)
    {
        var current = CodePath;
        var segments = path.Split('/');
        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i] is "" or "." or ".." || segments[i].AsSpan().IndexOfAny('\\', '\0') >= 0)
                return null;

            current = Path.Combine(current, segments[i]);
            // The code holds no links, but once it is in its place others may write to it.
            FileSystemInfo found = i < segments.Length - 1 ? new DirectoryInfo(current) : new FileInfo(current);
            if (found is not { Exists: true, LinkTarget: null })
                return null;
        }

        return current;
    }

    private void Publish(Guid stackId, int revision)
    {
        staging.Mark(agentId, uploadId);
        File.WriteAllBytes(Path.Combine(_folder, _proof), []);
        var agent = paths.Agent(stackId, agentId);
        var place = CodePaths.RevisionIn(agent, revision);
        if (revision > 1 && Directory.Exists(agent))
        {
            Disk.CreateFolder(Path.Combine(agent, CodePaths.RevisionsName));
            staging.TakeAway(place, uploadId);
            Directory.Move(_folder, place);
            (_folder, _place) = (place, (stackId, revision));
            Disk.FlushFolder(Path.Combine(agent, CodePaths.RevisionsName));
            Disk.FlushFolder(agent);
        }
        else
        {
            BuildShell(revision);
            MoveShell(stackId, agent);
            (_folder, _place) = (place, (stackId, revision));
            foreach (var folder in (string[])[paths.Agents(stackId), paths.Stack(stackId), paths.Stacks, paths.Base])
                Disk.FlushFolder(folder);
        }
    }

    /// <summary>The agent's folder as it has to be when it first appears.</summary>
    private void BuildShell(int revision)
    {
        var revisions = Path.Combine(_shell, CodePaths.RevisionsName);
        Disk.CreateFolder(_shell);
        Disk.CreateFolder(revisions);
        var inner = CodePaths.RevisionIn(_shell, revision);
        Directory.Move(_folder, inner);
        _folder = inner;
        CodeLinks.PointAt(_shell, revision, staging.ScratchPath(uploadId, ".link"));
        Disk.FlushFolder(revisions);
    }

    private void MoveShell(Guid stackId, string agent)
    {
        var agents = paths.Agents(stackId);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(agents);
                Directory.Move(_shell, agent);
                return;
            }
            catch (DirectoryNotFoundException) when (attempt < 10 && !Directory.Exists(agents))
            {
                // The stack's last agent was just removed, and the empty folder with it.
            }
        }
    }

    private void Withdraw(Guid stackId, int revision)
    {
        var agent = paths.Agent(stackId, agentId);
        if (revision > 1)
        {
            staging.TakeAway(CodePaths.RevisionIn(agent, revision), uploadId, _proof);
        }
        else
        {
            staging.TakeAway(agent, uploadId, Path.Combine(CodePaths.RevisionsName, "1", _proof));
            paths.RemoveIfEmpty(stackId);
        }
    }
}
