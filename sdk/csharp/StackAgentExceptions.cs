using System.Net;

namespace StackAgent.Client;

/// <summary>The server refused a request, or couldn't answer it. The message is a sentence that a person can act on.</summary>
/// <param name="error">What it answered.</param>
public class StackAgentException(StackAgentError error) : Exception(error.Detail)
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status => error.Status;

    /// <summary>A stable word for the cause, for example <c>not_found</c>; empty when something between client and server answered.</summary>
    public string Code => error.Code;

    /// <summary>Finds the request in the server's log; empty when something between client and server answered.</summary>
    public string TraceId => error.TraceId;
}

/// <summary>400 or 422: the request can't be read, or its values aren't acceptable.</summary>
/// <param name="error">What the server answered.</param>
public sealed class ValidationFailedException(StackAgentError error) : StackAgentException(error)
{
    /// <summary>What is wrong with each field, by its name on the wire; empty when it is the request as a whole.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Errors { get; } = error.Errors;
}

/// <summary>401: no credentials, or they don't count (any more).</summary>
/// <param name="error">What the server answered.</param>
public sealed class UnauthorizedException(StackAgentError error) : StackAgentException(error);

/// <summary>403: the credentials don't allow it, for example a key without the scope.</summary>
/// <param name="error">What the server answered.</param>
public sealed class ForbiddenException(StackAgentError error) : StackAgentException(error);

/// <summary>404: there is no such thing, or it is somebody else's.</summary>
/// <param name="error">What the server answered.</param>
public sealed class NotFoundException(StackAgentError error) : StackAgentException(error);

/// <summary>409: the request contradicts the present state, for example a name that is taken.</summary>
/// <param name="error">What the server answered.</param>
public class ConflictException(StackAgentError error) : StackAgentException(error);

/// <summary>409: the account has as much of this as it may have.</summary>
/// <param name="error">What the server answered.</param>
public sealed class QuotaExceededException(StackAgentError error) : ConflictException(error);

/// <summary>412: the resource isn't as <c>If-Match</c> says; read it again.</summary>
/// <param name="error">What the server answered.</param>
public sealed class PreconditionFailedException(StackAgentError error) : StackAgentException(error);

/// <summary>413: the upload or body is larger than the server takes.</summary>
/// <param name="error">What the server answered.</param>
public sealed class PayloadTooLargeException(StackAgentError error) : StackAgentException(error);

/// <summary>422: another request was sent under the same <c>Idempotency-Key</c>.</summary>
/// <param name="error">What the server answered.</param>
public sealed class IdempotencyMismatchException(StackAgentError error) : StackAgentException(error);

/// <summary>500 and its like: a fault of the server, whose log has the cause under the trace id.</summary>
/// <param name="error">What the server answered.</param>
public sealed class ServerErrorException(StackAgentError error) : StackAgentException(error);

/// <summary>429: too many requests.</summary>
/// <param name="error">What the server answered.</param>
public sealed class RateLimitedException(StackAgentError error) : StackAgentException(error)
{
    /// <summary>How long to wait before the next try.</summary>
    public TimeSpan RetryAfter { get; } = error.RetryAfter ?? TimeSpan.FromSeconds(1);
}

/// <summary>502, 503 or 504: the server can't answer at the moment; trying again is worth it.</summary>
/// <param name="error">What the server answered.</param>
public sealed class UnavailableException(StackAgentError error) : StackAgentException(error)
{
    /// <summary>How long to wait before the next try; null when the server doesn't say.</summary>
    public TimeSpan? RetryAfter { get; } = error.RetryAfter;
}

/// <summary>An agent that was waited for can't run.</summary>
/// <param name="agent">As it is.</param>
public sealed class AgentFailedException(Agent agent) : Exception(agent.StatusMessage ?? $"The agent {agent.Name} is {Wire.WordOf(agent.Status)}.")
{
    /// <summary>With the reason in <see cref="Client.Agent.StatusReason"/>.</summary>
    public Agent Agent { get; } = agent;
}
