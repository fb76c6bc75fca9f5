using System.Text;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>Reads the end of an agent's log from its files, whether or not the agent runs.</summary>
internal static class AgentLogReader
{
    private const int FirstWindow = 64 * 1024;

    /// <summary>The last <paramref name="lines"/> lines that the agent itself wrote, without time and stream, oldest first.</summary>
    /// <param name="folder">Where the log's files are.</param>
    /// <param name="lines">How many at most.</param>
    /// <param name="fileLimit">No more bytes than this are read of one file: the agent itself may have made it longer.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<IReadOnlyList<string>> ReadTailAsync(string folder, int lines, long fileLimit, CancellationToken cancellationToken)
    {
        var tail = await ReadFileAsync(Path.Combine(folder, AgentLog.FileName), lines, fileLimit, cancellationToken);
        if (tail.Count < lines)
            tail = [.. await ReadFileAsync(Path.Combine(folder, AgentLog.OldFileName), lines - tail.Count, fileLimit, cancellationToken), .. tail];
        return tail;
    }

    private static async Task<List<string>> ReadFileAsync(string path, int lines, long fileLimit, CancellationToken cancellationToken)
    {
        try
        {
            // A named pipe, which would keep the reader waiting, has no length.
            if (lines <= 0 || new FileInfo(path) is not { Exists: true, LinkTarget: null, Length: > 0 })
                return [];

            await using var file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous);
            var end = file.Length;
            var longest = Math.Min(end, fileLimit + AgentLog.MaxLineBytes);
            for (var window = Math.Min(longest, FirstWindow); ; window = Math.Min(longest, window * 4))
            {
                var found = await ReadWindowAsync(file, end - window, (int)window, cancellationToken);
                if (found.Count >= lines || window == longest)
                    return found.Count > lines ? found[^lines..] : found;
            }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static async Task<List<string>> ReadWindowAsync(FileStream file, long start, int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        file.Position = start;
        var count = await file.ReadAtLeastAsync(bytes, length, throwOnEndOfStream: false, cancellationToken);

        // A window in the middle of the file begins in the middle of a line, the newest line may still be in the making.
        var text = bytes.AsMemory(0, bytes.AsSpan(0, count).LastIndexOf((byte)'\n') + 1);
        if (start > 0)
            text = text[(text.Span.IndexOf((byte)'\n') + 1)..];

        List<string> lines = [];
        foreach (var line in Encoding.UTF8.GetString(text.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(' ', 3) is [_, var stream, var said] && stream != AgentLog.ServerStream)
                lines.Add(said);
        }

        return lines;
    }
}
