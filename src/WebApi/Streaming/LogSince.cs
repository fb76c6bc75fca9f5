using StackAgent.Application.Common;
using StackAgent.Domain.Common;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Streaming;

/// <summary>From when on a log is wanted: a moment, or how long ago.</summary>
internal static class LogSince
{
    public const string Field = "since";

    /// <summary>Reads RFC 3339 or a Go duration; null and empty mean from the beginning.</summary>
    public static DateTimeOffset? Parse(string? text, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (Rfc3339.TryParse(text, out var moment))
            return moment;
        if (GoDuration.TryParse(text, out var ago))
            return now - ago;

        throw new ValidationFailedException(Field, "This has to be a time as 2026-01-31T12:00:00Z, or how long ago, as 10m or 1h30m.");
    }
}
