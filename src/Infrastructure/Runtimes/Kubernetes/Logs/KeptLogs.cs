using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;

/// <summary>
/// The ends of the logs of containers that are gone, a file each in the agent's folder: <c>logs/{pod}_{container}.log</c>, each line as
/// <c>time stream text</c>. Several servers may share the folder: they write the same.
/// </summary>
/// <param name="folderOf">An agent's folder, which is removed with the agent.</param>
/// <param name="time">The clock of ages.</param>
internal sealed class KeptLogs(Func<AgentRef, string> folderOf, TimeProvider time)
{
    /// <summary>Bytes of one container's log.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Containers of one agent: a crash loop must not fill the disk.</summary>
    public const int MaxFiles = 20;

    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(1);

    private const string FolderName = "logs";
    private const string Extension = ".log";
    private const string DraftExtension = ".draft";
    private const int ContainerLength = 12;

    /// <summary>Whether the container's log is kept.</summary>
    public bool Holds(AgentRef agent, string pod, string containerId) => File.Exists(PathOf(agent, pod, containerId));

    /// <summary>
    /// Keeps a container's log. Does nothing for an agent that has no folder any more. Throws <see cref="IOException"/> or
    /// <see cref="UnauthorizedAccessException"/> when the disk doesn't take it.
    /// </summary>
    public async Task WriteAsync(AgentRef agent, string pod, string containerId, IReadOnlyCollection<LogLine> lines, CancellationToken cancellationToken)
    {
        var folder = FolderOf(agent);
        if (!Directory.Exists(folderOf(agent)))
            return;

        Directory.CreateDirectory(folder);
        var draft = Path.Combine(folder, $"{Guid.NewGuid():N}{DraftExtension}");
        try
        {
            await using (var file = new StreamWriter(draft, append: false))
            {
                foreach (var line in lines)
                    await file.WriteLineAsync(Format(line).AsMemory(), cancellationToken);
            }

            await RemoveMistakenAsync(folder, pod, lines.FirstOrDefault(IsOutput), cancellationToken);
            File.Move(draft, PathOf(agent, pod, containerId), overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }

        Prune(folder);
    }

    /// <summary>The kept logs in which there may be what the query wants, oldest first.</summary>
    public IReadOnlyList<KeptLog> Find(AgentRef agent, LogQuery query)
    {
        // A log is kept after its last line.
        var oldest = time.GetUtcNow().UtcDateTime - MaxAge;
        if (query.Since?.UtcDateTime is { } since && since > oldest)
            oldest = since;
        return
        [
            .. Files(FolderOf(agent))
                .Where(file => file.LastWriteTimeUtc >= oldest && (query.Pod is null || PodOf(file.Name) == query.Pod))
                .Select(file => new KeptLog(PodOf(file.Name), file.FullName)),
        ];
    }

    /// <summary>Removes what is older than a day.</summary>
    public void Sweep(AgentRef agent) => Prune(FolderOf(agent));

    /// <summary>The file's lines; none when it is gone.</summary>
    public static async IAsyncEnumerable<LogLine> ReadAsync(KeptLog log, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = TryOpen(log.Path);
        while (reader is not null && await reader.ReadLineAsync(cancellationToken) is { } text)
        {
            if (Parse(log.Pod, text) is { } line)
                yield return line;
        }
    }

    private static StreamReader? TryOpen(string path)
    {
        try
        {
            return new StreamReader(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static string Format(LogLine line) => string.Create(
        CultureInfo.InvariantCulture, $"{line.Time.UtcDateTime:O} {(IsOutput(line) ? "stdout" : "server")} {line.Text}");

    private static LogLine? Parse(string pod, string text) =>
        text.Split(' ', 3) is [var at, var stream, var said]
        && DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time)
            ? new LogLine(time, pod, stream == "server" ? LogSource.Server : LogSource.Stdout, said)
            : null;

    private static bool IsOutput(LogLine line) => line.Source != LogSource.Server;

    /// <summary>
    /// A log can be asked for as the previous one only, and while containers follow each other quickly that may be the next one's already. Then two files
    /// would say the same.
    /// </summary>
    private static async Task RemoveMistakenAsync(string folder, string pod, LogLine? first, CancellationToken cancellationToken)
    {
        if (first is null)
            return;

        foreach (var file in Files(folder).Where(file => PodOf(file.Name) == pod))
        {
            var isSame = false;
            await foreach (var line in ReadAsync(new KeptLog(pod, file.FullName), cancellationToken))
            {
                if (!IsOutput(line))
                    continue;
                isSame = line == first;
                break;
            }

            if (isSame)
                file.Delete();
        }
    }

    private void Prune(string folder)
    {
        var oldest = time.GetUtcNow().UtcDateTime - MaxAge;
        var files = Files(folder);
        foreach (var file in files.Where((file, index) => file.LastWriteTimeUtc < oldest || index < files.Count - MaxFiles))
            file.Delete();
        foreach (var draft in FilesWith(folder, DraftExtension).Where(draft => draft.LastWriteTimeUtc < oldest))
            draft.Delete();
    }

    private static List<FileInfo> Files(string folder) => [.. FilesWith(folder, Extension).OrderBy(file => file.LastWriteTimeUtc)];

    private static FileInfo[] FilesWith(string folder, string extension)
    {
        try
        {
            return new DirectoryInfo(folder).GetFiles($"*{extension}");
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>The file of a container's log.</summary>
    public static string NameOf(string pod, string containerId) =>
        $"{pod}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(containerId)))[..ContainerLength]}{Extension}";

    private static string PodOf(string fileName) => fileName[..Math.Max(0, fileName.LastIndexOf('_'))];

    private string FolderOf(AgentRef agent) => Path.Combine(folderOf(agent), FolderName);

    private string PathOf(AgentRef agent, string pod, string containerId) => Path.Combine(FolderOf(agent), NameOf(pod, containerId));
}

/// <summary>What is left of a container's log.</summary>
/// <param name="Pod">Whose container it was.</param>
/// <param name="Path">The file.</param>
internal sealed record KeptLog(string Pod, string Path)
{
    /// <summary>Whether it is the log of that very container.</summary>
    public bool IsOf(string pod, string? containerId) => containerId is not null && System.IO.Path.GetFileName(Path) == KeptLogs.NameOf(pod, containerId);
}
