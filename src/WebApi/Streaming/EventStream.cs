using System.Buffers;
using System.IO.Pipelines;
using MediatR;
using Microsoft.AspNetCore.Http.Features;
using StackAgent.Application.Common;
using StackAgent.Application.Events;
using StackAgent.WebApi.Authentication;

namespace StackAgent.WebApi.Streaming;

/// <summary>Writes one stream of events: what the client has missed, then what happens, and a sign of life when nothing does.</summary>
internal sealed class EventStream(
    HttpContext context,
    EventFilter filter,
    IEventSubscription subscription,
    IMediator mediator,
    CredentialCheck credentials,
    TimeProvider time,
    ILogger<EventStream> logger)
{
    private const int HistoryPage = 200;

    /// <summary>What is written before it is sent, so that a long queue doesn't become one long buffer.</summary>
    private const int MaxUnsent = 64 << 10;

    /// <summary>After how long a silence there is a sign of life, and how long a credential that has ended may go on.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>For a client that was too slow: to read what is on its way, and why there is no more.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);

    private readonly PipeWriter _body = context.Response.BodyWriter;
    private readonly CancellationToken _aborted = context.RequestAborted;
    private readonly DateTimeOffset? _expiry = CallerIdentity.Of(context)?.ExpiresAt;

    private ITimer? _silence;
    private long _checkedAt = time.GetTimestamp();
    private bool _hasBegun;
    private int _unsent;

    // The last id that the client has seen, or needn't see.
    private long _cursor;

    /// <summary>Returns when the stream is over. Throws only while the request can still be answered otherwise.</summary>
    public async Task RunAsync(long? lastEventId)
    {
        await using var silence = time.CreateTimer(_ => subscription.Mark(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using var deadline = time.CreateTimer(_ => context.Abort(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using var dropped = subscription.Dropped.Register(() => deadline.Change(LastWords, Timeout.InfiniteTimeSpan));
        _silence = silence;
        try
        {
            await OpenAsync(lastEventId);
            await EndAsync(await FollowAsync());
        }
        catch (OperationCanceledException) when (_aborted.IsCancellationRequested)
        {
            // The client is gone.
        }
        catch (Exception exception) when (_hasBegun)
        {
            logger.LogWarning(exception, "A stream of events couldn't go on");
            await EndAsync((StreamNotice.Closed, StreamNotices.Failure));
        }
    }

    private async Task OpenAsync(long? lastEventId)
    {
        // Most of the history before the stream takes part in what happens now: reading it may take longer than the queue is long.
        var isWhole = lastEventId is { } last && await ReplayAsync(last, long.MaxValue);
        var position = await subscription.StartAsync(_aborted);
        isWhole = isWhole && await ReplayAsync(_cursor, position);
        if (!isWhole)
        {
            Begin(position);
            if (lastEventId is not null)
                Write(ServerSentEvent.Of(position, StreamNotice.Reset, time.Now(), StreamNotices.HistoryGone.ToJson()));
        }

        await SendAsync();
    }

    /// <summary>Sends what happened after one id and up to another. False when a part of it is gone.</summary>
    private async Task<bool> ReplayAsync(long after, long upTo)
    {
        EventHistory page;
        do
        {
            page = await mediator.Send(new GetEventHistory(filter, after, upTo, HistoryPage), _aborted);
            if (!page.IsWhole)
                return false;

            Begin(after);
            foreach (var record in page.Events)
            {
                Write(ServerSentEvent.Of(record));
                _cursor = after = record.Id;
            }

            await SendAsync();
        }
        while (page.Events.Count == HistoryPage);

        return true;
    }

    /// <summary>Sends what happens, until the stream has to end; returns why.</summary>
    private async Task<(string Type, StreamNotice Notice)> FollowAsync()
    {
        while (await subscription.Items.WaitToReadAsync(_aborted))
        {
            if (await FindEndOfCredentialAsync() is { } end)
                return (StreamNotice.Closed, end);

            while (!subscription.Dropped.IsCancellationRequested && subscription.Items.TryRead(out var item))
            {
                Write(item);
                if (_unsent >= MaxUnsent)
                    await SendAsync();
            }

            await SendAsync();
            if (subscription.Dropped.IsCancellationRequested)
                break;
        }

        return subscription.End == StreamEnd.TooSlow
            ? (StreamNotice.Dropped, StreamNotices.TooSlow)
            : (StreamNotice.Closed, StreamNotices.ServerStopping);
    }

    private async Task<StreamNotice?> FindEndOfCredentialAsync()
    {
        if (_expiry <= time.GetUtcNow())
            return StreamNotices.CredentialExpired;
        if (time.GetElapsedTime(_checkedAt) < Patience)
            return null;

        try
        {
            _checkedAt = time.GetTimestamp();
            return await credentials.IsValidAsync(context.Request, _aborted) ? null : StreamNotices.CredentialEnded;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // It says nothing about the credential. Without its database the server has no events to send either.
            logger.LogDebug(exception, "The credential of a stream couldn't be checked; the next check decides");
            return null;
        }
    }

    private async Task EndAsync((string Type, StreamNotice Notice) end)
    {
        // Without an id: the client goes on after the last event that it has.
        Write(ServerSentEvent.Of(id: null, end.Type, time.Now(), end.Notice.ToJson()));
        await _body.FlushAsync(_aborted);
    }

    private void Begin(long position)
    {
        _cursor = position;
        if (_hasBegun)
            return;

        _hasBegun = true;
        context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        context.Response.ContentType = EventStreamAnswer.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        Write(ServerSentEvent.Opening(Retry, position));
    }

    private void Write(StreamItem item)
    {
        if (item.Frame is null)
        {
            _cursor = Math.Max(_cursor, item.Id);
            Write(ServerSentEvent.Heartbeat(_cursor));
        }
        else if (item.Id > _cursor)
        {
            _cursor = item.Id;
            Write(item.Frame);
        }
    }

    private void Write(byte[] bytes)
    {
        _body.Write(bytes);
        _unsent += bytes.Length;
    }

    /// <summary>Sends all that was written, and counts the silence anew.</summary>
    private async Task SendAsync()
    {
        if (_unsent == 0)
            return;

        _unsent = 0;
        var next = _expiry - time.GetUtcNow() is { } rest && rest < Patience ? rest : Patience;
        _silence?.Change(next > TimeSpan.Zero ? next : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await _body.FlushAsync(_aborted);
    }
}
