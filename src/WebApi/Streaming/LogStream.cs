using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Common;
using StackAgent.WebApi.Authentication;

namespace StackAgent.WebApi.Streaming;

/// <summary>
/// Writes one log. Lines that are there together are sent together, and nothing is read that the client hasn't room for: what a slow client misses meanwhile
/// is the log's to tell.
/// </summary>
internal sealed class LogStream(
    HttpContext context,
    IAsyncEnumerable<LogLine> lines,
    LogLineWriter writer,
    CredentialCheck credentials,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<LogStream> logger)
{
    private const int MaxUnsent = 32 << 10;

    /// <summary>How long the first line may take before the answer begins without it. What fails earlier is still a proper error.</summary>
    private static readonly TimeSpan FirstLine = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a credential that has ended may go on.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly PipeWriter _body = context.Response.BodyWriter;
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
    private readonly DateTimeOffset? _expiry = CallerIdentity.Of(context)?.ExpiresAt;

    private long _checkedAt = time.GetTimestamp();
    private bool _hasBegun;
    private int _unsent;

    /// <summary>Returns when the log is over. Throws only while the request can still be answered otherwise.</summary>
    public async Task RunAsync()
    {
        using var end = _end;
        try
        {
            await SendAllAsync();
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone.
        }
        catch (OperationCanceledException) when (_hasBegun && lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await EndAsync("The server is shutting down. Read on with since.");
        }
        catch (RuntimeException exception) when (!_hasBegun)
        {
            throw new UnavailableException(exception.Message, exception);
        }
        catch (RuntimeException exception)
        {
            await EndAsync(exception.Message);
        }
        catch (Exception exception) when (_hasBegun && exception is not OperationCanceledException)
        {
            logger.LogWarning(exception, "A log couldn't be read on");
            await EndAsync("The server couldn't read on. Read on with since.");
        }
    }

    private async Task SendAllAsync()
    {
        string? farewell = null;
        await using (var reader = lines.GetAsyncEnumerator(_end.Token))
        {
            while (true)
            {
                var next = reader.MoveNextAsync();
                if (!next.IsCompleted)
                {
                    var pending = next.AsTask();
                    if (!_hasBegun)
                        await Task.WhenAny(pending, Task.Delay(FirstLine, time, _end.Token));
                    if (!pending.IsCompleted)
                        await FlushAsync();
                    farewell = await WaitAsync(pending);
                    next = new ValueTask<bool>(pending);
                }

                farewell ??= await FindEndOfCredentialAsync();
                if (farewell is not null || !await next)
                    break;

                Begin();
                _unsent += writer.Write(reader.Current, _body);
                if (_unsent >= MaxUnsent)
                    await FlushAsync();
            }
        }

        if (farewell is null)
            await FlushAsync();
        else
            await EndAsync(farewell);
    }

    /// <summary>Waits for a line as long as the credential holds; returns why it doesn't. What is waited for is over then too.</summary>
    private async Task<string?> WaitAsync(Task<bool> pending)
    {
        while (!pending.IsCompleted)
        {
            await Task.WhenAny(pending, Task.Delay(Patience, time, _end.Token));
            if (pending.IsCompleted || await FindEndOfCredentialAsync() is not { } end)
                continue;

            await _end.CancelAsync();
            await Task.WhenAny(pending);
            return end;
        }

        return null;
    }

    private async Task<string?> FindEndOfCredentialAsync()
    {
        const string Ended = "The key or login that asked for this log doesn't count any more. Read on with a valid one, and since.";
        if (_expiry <= time.GetUtcNow())
            return Ended;
        if (time.GetElapsedTime(_checkedAt) < Patience)
            return null;

        try
        {
            _checkedAt = time.GetTimestamp();
            return await credentials.IsValidAsync(context.Request, context.RequestAborted) ? null : Ended;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // It says nothing about the credential.
            logger.LogDebug(exception, "The credential of a log's reader couldn't be checked; the next check decides");
            return null;
        }
    }

    private async Task EndAsync(string farewell)
    {
        Write(farewell);
        await _body.FlushAsync(context.RequestAborted);
    }

    private void Write(string remark)
    {
        Begin();
        _unsent += writer.Write(new LogLine(time.Now(), "-", LogSource.Server, remark), _body);
    }

    private void Begin()
    {
        if (_hasBegun)
            return;

        _hasBegun = true;
        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        context.Response.ContentType = writer.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
    }

    private async Task FlushAsync()
    {
        Begin();
        _unsent = 0;
        await _body.FlushAsync(_end.Token);
    }
}
