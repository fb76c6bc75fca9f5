using System.Globalization;
using System.Text;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Logs;

namespace StackAgent.Infrastructure.Runtimes.Local.Logs;

/// <summary>
/// A line as it stands in an agent's log file: <c>time run stream text</c>. Files of older servers have no run: <c>time stream text</c>.
/// </summary>
internal static class StoredLine
{
    public const string Stdout = "stdout";
    public const string Stderr = "stderr";

    /// <summary>The server's own remarks.</summary>
    public const string Server = "server";

    /// <summary>In place of lines that are gone: the text is how many bytes they had.</summary>
    public const string Cut = "cut";

    /// <summary>The run of lines that don't say it, and of those that are of no run.</summary>
    public const string NoRun = "-";

    /// <summary>More than any line has that the server wrote.</summary>
    public const int MaxBytes = LogMarkers.MaxLineBytes + 512;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
    private const int TimeLength = 27;

    /// <summary>What comes before each line's text.</summary>
    public static string Prefix(DateTimeOffset time, string run, string stream) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)} {run} {stream} ");

    public static byte[] OfCut(DateTimeOffset time, string run, long bytes) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Prefix(time, run, Cut)}{bytes}\n"));

    /// <summary>False for what the server didn't write: the agent can reach the file too.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out StoredLogLine line)
    {
        line = default;
        Span<char> clock = stackalloc char[TimeLength];
        if (bytes.Length <= TimeLength || bytes[TimeLength] != ' ' || Encoding.UTF8.GetCharCount(bytes[..TimeLength]) != TimeLength)
            return false;
        Encoding.UTF8.GetChars(bytes[..TimeLength], clock);
        if (!DateTimeOffset.TryParseExact(clock, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return false;

        var rest = bytes[(TimeLength + 1)..];
        var run = NoRun;
        if (StreamOf(rest, out var text) is not { } stream)
        {
            var space = rest.IndexOf((byte)' ');
            if (space <= 0 || StreamOf(rest[(space + 1)..], out text) is not { } named)
                return false;
            run = Encoding.UTF8.GetString(rest[..space]);
            stream = named;
        }

        line = new StoredLogLine(time, run, stream, Encoding.UTF8.GetString(text));
        return true;
    }

    private static string? StreamOf(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> text)
    {
        var space = bytes.IndexOf((byte)' ');
        text = space < 0 ? default : bytes[(space + 1)..];
        return space < 0 ? null
            : bytes[..space].SequenceEqual("stdout"u8) ? Stdout
            : bytes[..space].SequenceEqual("stderr"u8) ? Stderr
            : bytes[..space].SequenceEqual("server"u8) ? Server
            : bytes[..space].SequenceEqual("cut"u8) ? Cut
            : null;
    }
}

/// <summary>The parts of a line.</summary>
/// <param name="Time">UTC.</param>
/// <param name="Run">The process that wrote it, as <see cref="RunLog.Name"/>.</param>
/// <param name="Stream">One of <see cref="StoredLine"/>'s words.</param>
/// <param name="Text">Without its line break.</param>
internal readonly record struct StoredLogLine(DateTimeOffset Time, string Run, string Stream, string Text)
{
    public bool IsCut => Stream == StoredLine.Cut;

    /// <summary>How much a cut stands for.</summary>
    public long CutBytes => IsCut && long.TryParse(Text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : 0;

    public LogLine ToLogLine() => Stream switch
    {
        StoredLine.Stdout => new LogLine(Time, Run, LogSource.Stdout, Text),
        StoredLine.Stderr => new LogLine(Time, Run, LogSource.Stderr, Text),
        StoredLine.Cut => new LogLine(Time, Run, LogSource.Server, LogMarkers.Cut(CutBytes)),
        _ => new LogLine(Time, Run, LogSource.Server, Text),
    };
}
