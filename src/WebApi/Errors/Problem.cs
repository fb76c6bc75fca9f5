using System.Text.Json.Serialization;

namespace StackAgent.WebApi.Errors;

/// <summary>An error as it goes over the wire: RFC 9457 <c>application/problem+json</c>.</summary>
public sealed record Problem
{
    public const string ContentType = "application/problem+json";

    /// <summary>A link to the definition of the HTTP status.</summary>
    public required string Type { get; init; }

    /// <summary>The name of the HTTP status.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>A sentence that a person can act on.</summary>
    public required string Detail { get; init; }

    /// <summary>A stable code for programs, for example `not_found`. New ones may come; the HTTP status says of which kind they are.</summary>
    public required string Error { get; init; }

    /// <summary>The same text as `detail`, for clients that look for it here.</summary>
    public required string Message { get; init; }

    /// <summary>Finds the request in the server's log.</summary>
    public required string TraceId { get; init; }

    /// <summary>For a validation failure: what is wrong with each field, by its name on the wire.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }
}
