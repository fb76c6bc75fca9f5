using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Notifications;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Common;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Notifications.Delivery;

/// <summary>
/// Makes the deliveries. One loop records what is over, claims what may go and starts it; only the tries themselves run beside each other.
/// Every server has one, and the claims decide which of them sends what.
/// </summary>
internal sealed class DeliveryWorker(
    DeliverySignal signal,
    INotificationSender sender,
    NotificationOptions options,
    DeliveryLimits limits,
    IServiceScopeFactory scopes,
    TimeProvider time,
    ILogger<DeliveryWorker> logger)
    : ResilientBackgroundService(time, logger, MaxBackoff)
{
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(2);

    /// <summary>After a try that this server couldn't even begin.</summary>
    private static readonly TimeSpan FaultPause = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time = time;
    private readonly TimeSpan _lease = (options.Timeout > options.EndpointTimeout ? options.Timeout : options.EndpointTimeout) + limits.LeaseMargin;
    private readonly CancellationTokenSource _breakOff = new();
    private readonly ConcurrentQueue<FinishedTry> _finished = [];

    // Of the loop alone. A delivery is in its hands until its try is recorded.
    private readonly Dictionary<Guid, (DeliveryLine Line, Task Try)> _inHand = [];
    private readonly List<FinishedTry> _unrecorded = [];

    // In ticks of UTC; zero while nothing is due.
    private long _oldestDueAt;

    /// <summary>How long ago the first of what nobody has claimed yet was due, as far as this server has looked; zero when nothing is.</summary>
    public TimeSpan OldestDue => Interlocked.Read(ref _oldestDueAt) is var ticks and not 0 ? _time.GetUtcNow() - new DateTimeOffset(ticks, TimeSpan.Zero) : TimeSpan.Zero;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (ExecuteTask is { IsCompleted: false })
        {
            // The host's patience is over, and what is in hand is still the loop's.
            await _breakOff.CancelAsync();
            return;
        }

        try
        {
            await FinishAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            logger.LogWarning(exception, "The last tries couldn't be recorded; they are made again when their claims end");
        }
    }

    public override void Dispose()
    {
        _breakOff.Dispose();
        base.Dispose();
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var wait = await DoRoundAsync(cancellationToken);
            Progress();
            if (wait > TimeSpan.Zero)
                await WaitAsync(wait, cancellationToken);
        }
    }

    /// <summary>Records and claims, over one connection. Returns how long there is nothing to do unless somebody says so.</summary>
    private async Task<TimeSpan> DoRoundAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ApplicationDbContext>().Database.OpenConnectionAsync(cancellationToken);
        await RecordAsync(scope, cancellationToken);
        return await ClaimAsync(scope, cancellationToken);
    }

    /// <summary>Until there is work, a try is over, or something becomes due.</summary>
    private async Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        await signal.WaitAsync(longest, _time, cancellationToken);
        if (limits.Pause > TimeSpan.Zero)
            await GatherAsync(cancellationToken);
    }

    /// <summary>Until all tries under way are over, or enough of them to be worth a round, but not for long: some may hang.</summary>
    private async Task GatherAsync(CancellationToken cancellationToken)
    {
        var enough = Math.Min(_inHand.Count, Math.Max(limits.Company, _inHand.Count / 2));
        var isOver = false;
        await using var alarm = _time.CreateTimer(_ => End(), state: null, limits.Pause, Timeout.InfiniteTimeSpan);
        while (!Volatile.Read(ref isOver) && _finished.Count < enough)
            await signal.WaitAsync(cancellationToken);

        void End()
        {
            Volatile.Write(ref isOver, true);
            signal.Set();
        }
    }

    private async Task RecordAsync(AsyncServiceScope scope, CancellationToken cancellationToken)
    {
        while (_finished.TryDequeue(out var finished))
            _unrecorded.Add(finished);
        if (_unrecorded.Count == 0)
            return;

        var now = _time.Now();
        var disabled = await scope.ServiceProvider.GetRequiredService<DeliveryRecorder>().RecordAsync(_unrecorded, now, cancellationToken);
        foreach (var finished in _unrecorded)
            _inHand.Remove(finished.Id);
        _unrecorded.Clear();
        await CancelAsync(scope, disabled, now, cancellationToken);
    }

    /// <summary>Claims what may go and starts it.</summary>
    private async Task<TimeSpan> ClaimAsync(AsyncServiceScope scope, CancellationToken cancellationToken)
    {
        var queue = scope.ServiceProvider.GetRequiredService<DeliveryQueue>();
        var now = _time.Now();
        var found = await queue.FindEndpointsAsync(now, cancellationToken);
        var next = found.Where(endpoint => endpoint.DueAt > now).Select(endpoint => endpoint.DueAt - now).Append(limits.PollInterval).Min();
        var due = found.Where(endpoint => endpoint.DueAt <= now).OrderBy(endpoint => endpoint.DueAt).ToList();
        Interlocked.Exchange(ref _oldestDueAt, due.Count == 0 ? 0 : due[0].DueAt.UtcTicks);
        var endpoints = due.Select(pending => pending.Endpoint).OfType<NotificationEndpoint>().Where(endpoint => endpoint.IsEnabled).ToDictionary(endpoint => endpoint.Id);
        await CancelAsync(scope, due.Select(pending => pending.Id).Where(id => !endpoints.ContainsKey(id)), now, cancellationToken);
        var slots = Share([.. due.Where(pending => endpoints.ContainsKey(pending.Id)).Select(pending => endpoints[pending.Id])]);
        if (slots.Count == 0)
            return next;

        var lines = _inHand.Values.Select(delivery => delivery.Line).ToList();
        var claimed = await queue.ClaimAsync(slots, lines, now, now + _lease, cancellationToken);
        foreach (var row in claimed.Rows)
            Start(Prepare(row, endpoints[row.Line.EndpointId], now));
        return claimed.HasMore ? TimeSpan.Zero : next;
    }

    /// <summary>How many deliveries to claim for each endpoint: those that are well come first, and then those that have the fewest in hand.</summary>
    private Dictionary<Guid, int> Share(IReadOnlyList<NotificationEndpoint> endpoints)
    {
        var inHand = _inHand.Values.CountBy(delivery => delivery.Line.EndpointId).ToDictionary();
        var free = limits.InAll - _inHand.Count;
        var slots = new Dictionary<Guid, int>();
        foreach (var endpoint in endpoints.OrderBy(endpoint => endpoint.FailingSince is not null).ThenBy(endpoint => inHand.GetValueOrDefault(endpoint.Id)))
        {
            var limit = endpoint.FailingSince is null ? limits.PerEndpoint : limits.PerFailingEndpoint;
            var share = Math.Min(free, limit - inHand.GetValueOrDefault(endpoint.Id));
            if (share <= 0)
                continue;

            slots.Add(endpoint.Id, share);
            free -= share;
        }

        return slots;
    }

    private ClaimedDelivery Prepare(ClaimedRow row, NotificationEndpoint endpoint, DateTimeOffset now)
    {
        if (row.Notification is not { } notification)
            return new ClaimedDelivery(row, Message: null, "The notification isn't kept any more.");
        if (!Uri.TryCreate(endpoint.Url, UriKind.Absolute, out var url))
            return new ClaimedDelivery(row, Message: null, "The endpoint's URL isn't one.");

        return new ClaimedDelivery(row, NotificationMessage.To(url, endpoint, notification, options, now), Fault: null);
    }

    private void Start(ClaimedDelivery delivery) => _inHand.Add(delivery.Row.Id, (delivery.Row.Line, TryAsync(delivery)));

    /// <summary>Never throws: whatever happens has to be recorded, or the delivery would stay in hand.</summary>
    private async Task TryAsync(ClaimedDelivery delivery)
    {
        await Task.Yield();
        var span = DeliveryTelemetry.BeginTry(delivery);
        var startedAt = _time.Now();
        SendResult? result = null;
        var pause = TimeSpan.Zero;
        try
        {
            result = delivery.Message is { } message
                ? await sender.SendAsync(message, _breakOff.Token)
                : new SendResult(StatusCode: null, TimeSpan.Zero, Answer: null, delivery.Fault, RetryAfter: null);
        }
        catch (OperationCanceledException) when (_breakOff.IsCancellationRequested)
        {
            // The server stops; another one, or this one when it is back, may try at once.
        }
        catch (Exception exception)
        {
            pause = FaultPause;
            logger.LogError(exception, "Delivery {DeliveryId} couldn't be tried", delivery.Row.Id);
        }

        DeliveryTelemetry.EndTry(span, result);
        _finished.Enqueue(new FinishedTry(delivery, startedAt, _time.Now(), result, pause));
        signal.Set();
    }

    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        var tries = Task.WhenAll(_inHand.Values.Select(delivery => delivery.Try));
        try
        {
            await tries.WaitAsync(limits.StopPatience, _time, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            await _breakOff.CancelAsync();
            await tries;
        }

        await using var scope = scopes.CreateAsyncScope();
        await RecordAsync(scope, cancellationToken);
    }

    /// <summary>What waits for endpoints that are disabled or gone won't go any more.</summary>
    private static async Task CancelAsync(AsyncServiceScope scope, IEnumerable<Guid> endpoints, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var db = scope.ServiceProvider.GetRequiredService<IApplicationDbContext>();
        foreach (var endpoint in endpoints)
            await db.CancelDeliveriesAsync(endpoint, now, cancellationToken);
    }
}
