using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Events;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.Events;

/// <summary>
/// Follows the events table from its present end while there are streams, with one read for all of them. It never waits for a stream: one
/// that can't keep up is ended, and its client goes on from the table when it comes back.
/// </summary>
internal sealed class EventHub : ResilientBackgroundService, IEventHub
{
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(2);

    private readonly StreamRegistry _streams;
    private readonly EventSignal _signal;
    private readonly WakeSignal _news;
    private readonly EventStreamOptions _options;
    private readonly IServiceScopeFactory _scopes;
    private readonly TimeProvider _time;
    private readonly CancellationTokenRegistration _stopping;

    public EventHub(
        EventSignal signal,
        EventStreamOptions options,
        IServiceScopeFactory scopes,
        IHostApplicationLifetime lifetime,
        TimeProvider time,
        ILogger<EventHub> logger)
        : base(time, logger, MaxBackoff)
    {
        _streams = new StreamRegistry(options);
        _signal = signal;
        _news = signal.Follow();
        _options = options;
        _scopes = scopes;
        _time = time;

        // The web server waits for its requests to end, which streams don't do by themselves.
        _stopping = lifetime.ApplicationStopping.Register(_streams.FinishAll);
    }

    /// <summary>Streams that are open, whoever's.</summary>
    public int OpenStreams => _streams.OpenCount;

    public IEventSubscription? Open(EventFilter filter) => _streams.Open(filter, StartAsync);

    public override void Dispose()
    {
        _stopping.Dispose();
        base.Dispose();
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_streams.IsWanted(out var position))
                await ReadAsync(position, cancellationToken);
            await WaitAsync(cancellationToken);
        }
    }

    private async Task ReadAsync(long? position, CancellationToken cancellationToken)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var events = scope.ServiceProvider.GetRequiredService<IApplicationDbContext>().Events.AsNoTracking();
        if (position is not { } last)
        {
            last = await events.OrderByDescending(record => record.Id).Select(record => record.Id).FirstOrDefaultAsync(cancellationToken);
            _streams.BeginAt(last);
        }

        List<EventRecord> page;
        do
        {
            page = await events
                .Where(record => record.Id > last)
                .OrderBy(record => record.Id)
                .Take(_options.PageSize)
                .ToListAsync(cancellationToken);
            if (page.Count > 0)
            {
                _streams.Publish(page);
                last = page[^1].Id;
            }
        }
        while (page.Count == _options.PageSize);

        Progress();
    }

    /// <summary>
    /// Until somebody says that there is something new. Where the database itself can't say it, another process may have written, so a look
    /// from time to time makes up for that.
    /// </summary>
    private Task WaitAsync(CancellationToken cancellationToken) => !_signal.IsToldByDatabase && _streams.IsWanted(out _)
        ? _news.WaitAsync(_options.PollInterval, _time, cancellationToken)
        : _news.WaitAsync(cancellationToken);

    private async Task<long> StartAsync(EventSubscription stream, CancellationToken cancellationToken)
    {
        _streams.Start(stream);
        _news.Set();
        try
        {
            return await stream.Started.WaitAsync(_options.StartPatience, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new UnavailableException("Events can't be read: the database doesn't answer. Try again in a moment.");
        }
    }
}
