using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using StackAgent.Application.Common.Runtimes;
using StackAgent.WebApi.Json;

namespace StackAgent.WebApi.Streaming;

/// <summary>A line of a log as it goes over the wire, in one of two forms.</summary>
internal abstract class LogLineWriter
{
    public const string PlainText = "text/plain";
    public const string JsonLines = "application/x-ndjson";

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>With what parameters it has.</summary>
    public abstract string ContentType { get; }

    /// <summary>The form that the client likes best; null when it takes neither.</summary>
    public static LogLineWriter? For(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        if (accepted.Count == 0)
            return new Plain();

        foreach (var type in accepted.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1))
        {
            if (type.MatchesMediaType(JsonLines) && !type.MatchesAllTypes && !type.MatchesAllSubTypes)
                return new Json();
            if (type.MatchesMediaType(PlainText))
                return new Plain();
        }

        return null;
    }

    /// <summary>Writes the line with its break; returns how many bytes that were.</summary>
    public abstract int Write(LogLine line, IBufferWriter<byte> output);

    private static string TimeOf(LogLine line) => line.Time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>For people: <c>time pod text</c>.</summary>
    private sealed class Plain : LogLineWriter
    {
        public override string ContentType => $"{PlainText}; charset=utf-8";

        public override int Write(LogLine line, IBufferWriter<byte> output) =>
            (int)Encoding.UTF8.GetBytes($"{TimeOf(line)} {line.Pod} {line.Text}\n", output);
    }

    /// <summary>For programs: one object for each line, <see cref="AgentLogLine"/>.</summary>
    private sealed class Json : LogLineWriter
    {
        private static readonly JsonSerializerOptions Options = JsonDefaults.Create();

        public override string ContentType => JsonLines;

        public override int Write(LogLine line, IBufferWriter<byte> output)
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(new AgentLogLine(line.Time, line.Pod, line.Source, line.Text), Options);
            output.Write(bytes);
            output.Write("\n"u8);
            return bytes.Length + 1;
        }
    }
}

/// <summary>One line of an agent's log.</summary>
/// <param name="Time">When it was written.</param>
/// <param name="Pod">The pod that wrote it; without a cluster the process, as `r3-17`: revision 3, the agent's 17th process. `-`: neither.</param>
/// <param name="Source">`stdout` or `stderr`; in a cluster always `stdout`, since Kubernetes doesn't tell them apart. `server`: StackAgent's own remark.</param>
/// <param name="Message">What was written.</param>
public sealed record AgentLogLine(DateTimeOffset Time, string Pod, LogSource Source, string Message);
