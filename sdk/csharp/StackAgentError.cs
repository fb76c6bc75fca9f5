using System.Net;
using System.Text.Json;

namespace StackAgent.Client;

/// <summary>An answer of 400 or more, whoever gave it.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The problem's <c>error</c>; empty when it is none of StackAgent's.</param>
/// <param name="Detail">A sentence that a person can act on.</param>
/// <param name="TraceId">Finds the request in the server's log.</param>
/// <param name="Errors">What is wrong with each field.</param>
/// <param name="RetryAfter">When another try is worth it; null: the server doesn't say.</param>
public sealed record StackAgentError(
    HttpStatusCode Status,
    string Code,
    string Detail,
    string TraceId,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Errors,
    TimeSpan? RetryAfter)
{
    private const string ProblemType = "application/problem+json";

    internal static async Task<StackAgentException> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var problem = await ReadProblemAsync(response, cancellationToken).ConfigureAwait(false);
        var answer = new StackAgentError(
            response.StatusCode,
            problem?.Error ?? "",
            problem?.Detail ?? $"{response.RequestMessage?.RequestUri?.Host} answered {(int)response.StatusCode} {response.ReasonPhrase}.",
            problem?.TraceId ?? "",
            problem?.Errors?.ToDictionary(field => field.Key, field => field.Value, StringComparer.Ordinal) ?? [],
            RetryAfterOf(response));
        return answer.ToException();
    }

    private StackAgentException ToException() => ((int)Status, Code) switch
    {
        (_, "idempotency_key_reused") => new IdempotencyMismatchException(this),
        (400 or 422, _) => new ValidationFailedException(this),
        (401, _) => new UnauthorizedException(this),
        (403, _) => new ForbiddenException(this),
        (404, _) => new NotFoundException(this),
        (409, "quota_exceeded") => new QuotaExceededException(this),
        (409, _) => new ConflictException(this),
        (412, _) => new PreconditionFailedException(this),
        (413, _) => new PayloadTooLargeException(this),
        (429, _) => new RateLimitedException(this),
        (502 or 503 or 504, _) => new UnavailableException(this),
        ( >= 500, _) => new ServerErrorException(this),
        _ => new StackAgentException(this),
    };

    private static async Task<Problem?> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != ProblemType)
            return null;

        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return await JsonSerializer.DeserializeAsync<Problem>(body, Wire.Json, cancellationToken).ConfigureAwait(false);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > DateTimeOffset.UtcNow => date - DateTimeOffset.UtcNow,
        _ => null,
    };
}

/// <summary>Turns answers of 400 or more into exceptions, for the generated half and the written one alike.</summary>
internal sealed class ErrorHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if ((int)response.StatusCode < 400)
            return response;

        using (response)
            throw await StackAgentError.ReadAsync(response, cancellationToken).ConfigureAwait(false);
    }
}
