using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using StackAgent.Application.Common.Idempotency;
using StackAgent.Application.Common.Security;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Streaming;

namespace StackAgent.WebApi.Idempotency;

/// <summary>
/// Carries a request with an <c>Idempotency-Key</c> out once, and answers its repeats with the first answer. What is behind it has to turn
/// every exception into an answer, which it may want to keep.
/// </summary>
internal sealed class IdempotencyMiddleware(
    RequestDelegate next,
    IIdempotencyStore store,
    ISecretProtector protector,
    IdempotencyOptions options,
    UploadSettings uploads,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<IdempotencyMiddleware> logger)
{
    private const int ClientClosedRequest = 499;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public async Task InvokeAsync(HttpContext context)
    {
        if (CallerIdentity.Of(context) is not { } caller || context.GetEndpoint() is null)
        {
            await next(context);
            return;
        }

        var header = context.Request.Headers[IdempotencyKeys.Header];
        if (header is not [{ } key] || !IdempotencyKeys.IsGood(key))
        {
            await context.WriteProblemAsync(ProblemFactory.CreateValidation(context, 400, new Dictionary<string, string[]>(StringComparer.Ordinal)
            {
                [IdempotencyKeys.Header] = [$"This header takes one key of 1 to {IdempotencyRecord.KeyMaxLength} visible ASCII characters, such as a UUID."],
            }));
            return;
        }

        var target = IdempotencyKeys.TargetOf(context);
        switch (await store.ClaimAsync(caller.UserId, key, target, context.RequestAborted))
        {
            case KeyTaken taken:
                await CarryOutAsync(context, taken.Lock);
                break;
            case KeyKnown { Record: var record } when record.Target != target:
                await RefuseReuseAsync(context, "method, path or query");
                break;
            case KeyKnown { Record: { StatusCode: { } status } record }:
                await ReplayAsync(context, record, status);
                break;
            case KeyKnown:
                await WaitAsync(context, 409, "The first request with this Idempotency-Key is still under way. Send this one again a little later.", ErrorCodes.IdempotencyKeyInUse);
                break;
            default:
                await WaitAsync(context, 429, $"You have {options.MaxUnderWay} requests with an Idempotency-Key under way. Wait for some of them.", ErrorCodes.RateLimited);
                break;
        }
    }

    private async Task CarryOutAsync(HttpContext context, IdempotencyLock held)
    {
        using var done = new CancellationTokenSource();
        var keeping = KeepLockAsync(held, done.Token);
        await using var body = new HashedBody(context.Request);
        var client = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        await using var answer = new HeldAnswer(client.Stream, options.MaxAnswerBytes, () => SettleAsync(answer: null));
        try
        {
            await RunAsync(context, body, answer);
            if (answer.IsSent)
                return;

            await SettleAsync(answer.Body.ToArray());
            await SendAsync(context.Response, answer.Body);
        }
        catch when (!answer.IsSent)
        {
            await done.CancelAsync();
            await keeping;
            await ReleaseAsync(held);
            throw;
        }

        async Task SettleAsync(byte[]? answer)
        {
            var isKept = IsKept(context.Response.StatusCode, body);
            var fingerprint = isKept ? await FingerprintAsync(body) : null;

            // The lock stays as it is from here on, so that it is known.
            await done.CancelAsync();
            await keeping;
            if (isKept)
                await KeepAsync(context.Response, held, fingerprint, answer);
            else
                await ReleaseAsync(held);
        }
    }

    /// <summary>
    /// Runs what is behind, reading through <paramref name="body"/> and answering into <paramref name="answer"/>. From the end of the body on it
    /// isn't cut short when the client goes away: what it does may be done already, and the answer is what the client will ask for.
    /// </summary>
    private async Task RunAsync(HttpContext context, HashedBody body, HeldAnswer answer)
    {
        var client = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var (incoming, gone) = (context.Request.Body, context.RequestAborted);
        using var cut = new CancellationTokenSource();
        await using var registration = gone.Register(() =>
        {
            if (body.IsPartlyRead || lifetime.ApplicationStopping.IsCancellationRequested)
                cut.Cancel();
        });
        var writer = new StreamResponseBodyFeature(answer, client);
        context.Request.Body = body;
        context.RequestAborted = cut.Token;
        context.Features.Set<IHttpResponseBodyFeature>(writer);
        try
        {
            await next(context);
            await writer.CompleteAsync();
        }
        finally
        {
            context.Features.Set(client);
            context.RequestAborted = gone;
            context.Request.Body = incoming;
        }
    }

    /// <summary>
    /// A success always: it has changed something. A refusal only if it was given to the whole request, since a repeat can't be compared with half
    /// of one; nothing was changed, so it may as well be given anew. Nothing that says "try again".
    /// </summary>
    private static bool IsKept(int status, HashedBody body) => status switch
    {
        >= 500 or ClientClosedRequest or StatusCodes.Status429TooManyRequests or StatusCodes.Status408RequestTimeout => false,
        >= 400 => body.IsComplete,
        _ => true,
    };

    private async Task KeepAsync(HttpResponse response, IdempotencyLock held, string? fingerprint, byte[]? answer)
    {
        try
        {
            var text = KeptAnswer.Of(response, answer).Protect(protector);
            await store.CompleteAsync(held, fingerprint, response.StatusCode, text, CancellationToken.None);
        }
        catch (Exception exception)
        {
            // The deed is done, and its answer is still good for whoever waits for it.
            logger.LogWarning(exception, "The answer to a request with an idempotency key couldn't be kept: a repeat may be carried out again");
        }
    }

    /// <summary>Null when the client went away, or sent too much, after its request had been carried out: any repeat gets the answer then.</summary>
    private async Task<string?> FingerprintAsync(HashedBody body)
    {
        try
        {
            return await body.FinishAsync(lifetime.ApplicationStopping);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            return null;
        }
    }

    private async Task ReleaseAsync(IdempotencyLock held)
    {
        try
        {
            await store.ReleaseAsync(held, CancellationToken.None);
        }
        catch (Exception exception)
        {
            logger.LogWarning(exception, "An idempotency key couldn't be given back; it is free when its lock has expired");
        }
    }

    private static async Task SendAsync(HttpResponse response, ReadOnlyMemory<byte> body)
    {
        if (body.Length == 0)
            return;

        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }

    private async Task ReplayAsync(HttpContext context, IdempotencyRecord record, int status)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<StreamedFormAttribute>() is not null
            && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            // As its action does.
            limit.MaxRequestBodySize = uploads.MaxZipBytes + AgentUpload.FormAllowance;
        }

        await using var body = new HashedBody(context.Request);
        var fingerprint = await body.FinishAsync(context.RequestAborted);
        if (record.Fingerprint is { } first && first != fingerprint)
        {
            await RefuseReuseAsync(context, "body");
            return;
        }

        var response = context.Response;
        response.Headers[IdempotencyKeys.ReplayedHeader] = "true";
        if (record.ProtectedAnswer is not { } text || KeptAnswer.Read(protector, text) is not { Body: { } answer } kept)
        {
            await context.WriteProblemAsync(
                409,
                $"The first request with this Idempotency-Key was carried out and answered with status {status}, but the answer wasn't kept: it was too long, or "
                + "the server's secret has changed. Read the resource instead.",
                error: ErrorCodes.IdempotencyAnswerNotKept);
            return;
        }

        response.StatusCode = status;
        foreach (var (name, value) in kept.Headers)
            response.Headers[name] = value;
        await SendAsync(response, answer);
    }

    private static Task RefuseReuseAsync(HttpContext context, string what) => context.WriteProblemAsync(
        422,
        $"This Idempotency-Key was used for a request with another {what}. Take a new key for each request, and the same one only to repeat it.",
        error: ErrorCodes.IdempotencyKeyReused);

    private static Task WaitAsync(HttpContext context, int status, string detail, string error)
    {
        context.Response.Headers.RetryAfter = RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return context.WriteProblemAsync(status, detail, error: error);
    }

    /// <summary>For uploads and waits that take longer than a lock.</summary>
    private async Task KeepLockAsync(IdempotencyLock held, CancellationToken done)
    {
        using var timer = new PeriodicTimer(options.LockExtension, time);
        try
        {
            while (await timer.WaitForNextTickAsync(done))
                await ExtendAsync(held);
        }
        catch (OperationCanceledException)
        {
            // The request has ended.
        }
    }

    /// <summary>Not ended with the request: what is stored has to be known.</summary>
    private async Task ExtendAsync(IdempotencyLock held)
    {
        try
        {
            await store.ExtendAsync(held, CancellationToken.None);
        }
        catch (Exception exception)
        {
            logger.LogDebug(exception, "The lock of an idempotency key couldn't be extended; the next try is in {Interval}", options.LockExtension);
        }
    }
}
