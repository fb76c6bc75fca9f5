using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using StackAgent.WebApi.Json;

namespace StackAgent.WebApi.Errors;

/// <summary>The only place where an error gets its shape, whoever found it: a use case, model binding, routing or the server itself.</summary>
public static class ProblemFactory
{
    private static readonly JsonSerializerOptions SerializerOptions = JsonDefaults.Create();

    /// <summary>What is known of each status that the server answers: its definition, its code, and a sentence for when there is nothing better to say.</summary>
    private static readonly Dictionary<int, (string Type, string Error, string Detail)> Known = new()
    {
        [400] = (Rfc9110("15.5.1"), ErrorCodes.BadRequest, "The request couldn't be understood."),
        [401] = (Rfc9110("15.5.2"), ErrorCodes.Unauthorized, "This call needs a valid access token or API key."),
        [403] = (Rfc9110("15.5.4"), ErrorCodes.Forbidden, "These credentials don't allow this call."),
        [404] = (Rfc9110("15.5.5"), ErrorCodes.NotFound, "There is nothing at this address."),
        [405] = (Rfc9110("15.5.6"), ErrorCodes.MethodNotAllowed, "This address doesn't take this method; the Allow header lists those it takes."),
        [406] = (Rfc9110("15.5.7"), ErrorCodes.NotAcceptable, "The answer can't be given in a format that the Accept header allows; application/json can."),
        [408] = (Rfc9110("15.5.9"), ErrorCodes.BadRequest, "The request arrived too slowly."),
        [409] = (Rfc9110("15.5.10"), ErrorCodes.Conflict, "The request contradicts the present state."),
        [412] = (Rfc9110("15.5.13"), ErrorCodes.PreconditionFailed, "The resource isn't as the If-Match header says; read it again."),
        [413] = (Rfc9110("15.5.14"), ErrorCodes.PayloadTooLarge, "The request body is larger than this address takes."),
        [414] = (Rfc9110("15.5.15"), ErrorCodes.BadRequest, "The address is too long."),
        [415] = (Rfc9110("15.5.16"), ErrorCodes.UnsupportedMediaType, "This address doesn't take a body of this Content-Type."),
        [422] = (Rfc9110("15.5.21"), ErrorCodes.ValidationFailed, "The request is well-formed, but its values aren't acceptable."),
        [429] = ("https://www.rfc-editor.org/rfc/rfc6585#section-4", ErrorCodes.RateLimited, "Too many requests; wait for as long as the Retry-After header says."),
        [431] = ("https://www.rfc-editor.org/rfc/rfc6585#section-5", ErrorCodes.BadRequest, "The request's headers are too large."),
        [500] = (Rfc9110("15.6.1"), ErrorCodes.InternalError, "Something went wrong on the server. The log has the cause under this trace_id."),
        [502] = (Rfc9110("15.6.3"), ErrorCodes.BadGateway, "The agent ended the connection before it answered."),
        [503] = (Rfc9110("15.6.4"), ErrorCodes.Unavailable, "The server can't answer at the moment; try again in a few seconds."),
    };

    /// <summary>A problem that fits the request.</summary>
    /// <param name="context">The request that failed.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="detail">A sentence that a person can act on; the status's own when null.</param>
    /// <param name="errors">What is wrong with each field, for a validation failure.</param>
    /// <param name="error">One of <see cref="ErrorCodes"/>; the status's own when null.</param>
    public static Problem Create(
        HttpContext context,
        int status,
        string? detail = null,
        IReadOnlyDictionary<string, string[]>? errors = null,
        string? error = null)
    {
        if (!Known.TryGetValue(status, out var known))
            known = Known[status < 500 ? 400 : 500] with { Type = "about:blank" };

        var sentence = string.IsNullOrWhiteSpace(detail) ? known.Detail : detail;
        return new Problem
        {
            Type = known.Type,
            Title = ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } phrase ? phrase : "Error",
            Status = status,
            Detail = sentence,
            Error = error ?? known.Error,
            Message = sentence,
            TraceId = TraceIdOf(context),
            Errors = errors,
        };
    }

    /// <summary>A problem whose detail is made of the fields' sentences.</summary>
    /// <param name="context">The request that failed.</param>
    /// <param name="status">400 when a field can't be read, 422 when it can but isn't acceptable.</param>
    /// <param name="errors">What is wrong with each field, by its name on the wire.</param>
    public static Problem CreateValidation(HttpContext context, int status, IReadOnlyDictionary<string, string[]> errors) => Create(
        context,
        status,
        string.Join(' ', errors.Select(field => $"{field.Key}: {string.Join(' ', field.Value)}")),
        errors,
        ErrorCodes.ValidationFailed);

    /// <summary>Answers the request with a problem. The response must not have started.</summary>
    public static Task WriteProblemAsync(
        this HttpContext context,
        int status,
        string? detail = null,
        IReadOnlyDictionary<string, string[]>? errors = null,
        string? error = null) =>
        context.WriteProblemAsync(Create(context, status, detail, errors, error));

    /// <inheritdoc cref="WriteProblemAsync(HttpContext, int, string?, IReadOnlyDictionary{string, string[]}?, string?)"/>
    public static async Task WriteProblemAsync(this HttpContext context, Problem problem)
    {
        var response = context.Response;
        response.StatusCode = problem.Status;
        response.ContentType = Problem.ContentType;
        response.Headers.CacheControl = "no-store";
        if (problem.Status == StatusCodes.Status401Unauthorized && !response.Headers.ContainsKey(HeaderNames.WWWAuthenticate))
            response.Headers.WWWAuthenticate = "Bearer";

        var body = JsonSerializer.SerializeToUtf8Bytes(problem, SerializerOptions);
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(body, context.RequestAborted);
    }

    public static string TraceIdOf(HttpContext context) => Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;

    private static string Rfc9110(string section) => $"https://www.rfc-editor.org/rfc/rfc9110#section-{section}";
}
