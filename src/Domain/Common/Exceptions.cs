namespace StackAgent.Domain.Common;

/// <summary>The input is well-formed but not acceptable (HTTP 422). Holds one or more sentences for each field, by its name on the wire.</summary>
public sealed class ValidationFailedException(IReadOnlyDictionary<string, string[]> errors)
    : Exception(string.Join(' ', errors.Values.SelectMany(sentences => sentences)))
{
    public ValidationFailedException(string field, string sentence)
        : this(new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [sentence] })
    {
    }

    /// <summary>Field name as on the wire → sentences a person can act on.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; } = errors;
}

/// <summary>The thing doesn't exist, or belongs to somebody else: a caller can't tell the two apart (HTTP 404).</summary>
public sealed class NotFoundException(string message) : Exception(message);

/// <summary>The request contradicts the present state, for example a name that is taken (HTTP 409).</summary>
public class ConflictException(string message) : Exception(message);

/// <summary>The state isn't the one that the caller said the change was meant for (HTTP 412).</summary>
public sealed class PreconditionFailedException(string message) : ConflictException(message);

/// <summary>The account has as much as it may have (HTTP 409 with a code of its own).</summary>
public sealed class QuotaExceededException(string message) : ConflictException(message);

/// <summary>The caller is known but may not do this, for example an API key without the scope (HTTP 403).</summary>
public sealed class ForbiddenException(string message) : Exception(message);

/// <summary>
/// Nothing is wrong with the request, but the server can't take it now: a queue is full, the database is away, the server is shutting
/// down (HTTP 503 with <c>Retry-After</c>). Nothing of the request was confirmed; it may be sent again.
/// </summary>
public sealed class UnavailableException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>After how long it is worth trying again.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
}
