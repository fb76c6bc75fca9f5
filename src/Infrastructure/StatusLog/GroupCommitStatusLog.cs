using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Sessions;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.Events;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>
/// Group commit: reports gather in a channel while a transaction is under way, and one writer commits what has gathered in the next one.
/// Without load a report waits for nothing but its own commit. Everybody is answered after the commit, never before.
/// </summary>
internal sealed class GroupCommitStatusLog : BackgroundService, IStatusLog
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(10);

    private readonly StatusLogOptions _options;
    private readonly IReportStore _store;
    private readonly IEventSignal _events;
    private readonly TimeProvider _time;
    private readonly ILogger<GroupCommitStatusLog> _logger;
    private readonly Channel<PendingReports> _channel =
        Channel.CreateUnbounded<PendingReports>(new UnboundedChannelOptions { SingleReader = true });

    // The channel is bounded by this count and not by itself, so that an array is taken as a whole or not at all.
    private int _waiting;
    private bool _isUnavailable;

    // When the commit that is under way began; zero between commits.
    private long _committingSince;

    public GroupCommitStatusLog(
        StatusLogOptions options, IReportStore store, IEventSignal events, TimeProvider time, ILogger<GroupCommitStatusLog> logger)
    {
        _events = events;
        _options = options;
        _store = store;
        _time = time;
        _logger = logger;
    }

    /// <summary>How many reports wait for their commit.</summary>
    public int Waiting => Math.Max(0, Volatile.Read(ref _waiting));

    /// <summary>Whether reports that come now are written some time.</summary>
    public bool IsRunning => ExecuteTask is { IsCompleted: false };

    /// <summary>How long the commit that is under way has been so; null between commits.</summary>
    public TimeSpan? Committing => Interlocked.Read(ref _committingSince) is var since and not 0 ? _time.GetElapsedTime(since) : null;

    public Task<IReadOnlyList<ReportOutcome>> AppendAsync(IReadOnlyList<StatusReportEntry> reports, CancellationToken cancellationToken)
    {
        if (reports.Count == 0)
            return Task.FromResult<IReadOnlyList<ReportOutcome>>([]);
        if (Interlocked.Add(ref _waiting, reports.Count) > _options.Capacity)
        {
            Interlocked.Add(ref _waiting, -reports.Count);
            throw new UnavailableException("Too many status reports are waiting to be stored; try again in a moment.");
        }

        var pending = new PendingReports(reports);
        if (!_channel.Writer.TryWrite(pending))
        {
            for (var i = 0; i < reports.Count; i++)
                Complete(new PendingReport(pending, i), new ReportOutcome(ShuttingDown()));
        }

        return pending.Outcomes.WaitAsync(cancellationToken);
    }

    /// <summary>Takes nothing new, commits what waits as long as the host has patience, and refuses the rest.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _channel.Writer.TryComplete();
        if (ExecuteTask is { } writing)
            await writing.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        await base.StopAsync(cancellationToken);
        RefuseTheRest();
        await _store.DisposeAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var batch = new List<PendingReport>(_options.MaxBatch);
            while (await _channel.Reader.WaitToReadAsync(stoppingToken))
            {
                batch.Clear();
                while (batch.Count < _options.MaxBatch && _channel.Reader.TryRead(out var group))
                    AddTo(batch, group);
                Interlocked.Exchange(ref _committingSince, _time.GetTimestamp());
                await CommitAsync(batch, stoppingToken);
                Interlocked.Exchange(ref _committingSince, 0);
            }
        }
        finally
        {
            _channel.Writer.TryComplete();
            RefuseTheRest();
        }
    }

    private async Task CommitAsync(List<PendingReport> batch, CancellationToken stoppingToken)
    {
        // The same for all attempts: a store recognises what an earlier one has stored though its answer was lost.
        var reports = new ReportBatch(batch.ConvertAll(report => report.Entry));
        using var telemetry = CommitTelemetry.Begin(batch);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await _store.CommitAsync(reports, stoppingToken);
                telemetry.Committed();
                if (reports.Events.Count > 0)
                    _events.Set();
                for (var i = 0; i < batch.Count; i++)
                    Complete(batch[i], reports.Outcomes[i]);
                NoteAvailable();
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                Refuse(batch, ShuttingDown());
                return;
            }
            catch (Exception exception)
            {
                var failure = WriteFailures.Classify(exception);
                if (attempt < AttemptsFor(failure))
                {
                    // A little chance, so that two servers that collided don't collide again.
                    var delay = FirstRetry * (1 << (attempt - 1)) * (0.5 + Random.Shared.NextDouble());
                    await Task.Delay(delay, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    continue;
                }

                telemetry.Failed(failure);
                await GiveUpAsync(batch, failure, exception, stoppingToken);
                return;
            }
        }
    }

    private int AttemptsFor(WriteFailure failure) => failure switch
    {
        WriteFailure.LostRace => _options.MaxRaces,

        // The second attempt gets a fresh connection, which is all it takes after a restart of the database. More would keep callers waiting.
        WriteFailure.Unavailable => 2,
        _ => 1,
    };

    private async Task GiveUpAsync(List<PendingReport> batch, WriteFailure failure, Exception exception, CancellationToken stoppingToken)
    {
        if (failure == WriteFailure.Unavailable)
        {
            NoteUnavailable(exception);
            Refuse(batch, new UnavailableException("The status report couldn't be stored: the database doesn't answer. Try again in a moment.", exception));
        }
        else if (batch.Count > 1)
        {
            // The culprit is found by halving: its neighbours are committed, in their order, and it fails alone.
            var half = batch.Count / 2;
            await CommitAsync(batch.GetRange(0, half), stoppingToken);
            await CommitAsync(batch.GetRange(half, batch.Count - half), stoppingToken);
        }
        else if (failure == WriteFailure.LostRace)
        {
            Refuse(batch, new UnavailableException("The status report couldn't be stored: another server keeps changing the same agent. Try again in a moment.", exception));
        }
        else
        {
            Refuse(batch, exception);
        }
    }

    private void RefuseTheRest()
    {
        var rest = new List<PendingReport>();
        while (_channel.Reader.TryRead(out var group))
            AddTo(rest, group);
        Refuse(rest, ShuttingDown());
    }

    private static void AddTo(List<PendingReport> batch, PendingReports group)
    {
        for (var i = 0; i < group.Entries.Count; i++)
            batch.Add(new PendingReport(group, i));
    }

    private void Refuse(List<PendingReport> batch, Exception reason)
    {
        foreach (var report in batch)
            Complete(report, new ReportOutcome(reason));
    }

    private void Complete(PendingReport report, ReportOutcome outcome)
    {
        Interlocked.Decrement(ref _waiting);
        report.Group.Complete(report.Index, outcome);
    }

    private void NoteAvailable()
    {
        if (_isUnavailable)
            _logger.LogInformation("Status reports are stored again");
        _isUnavailable = false;
    }

    private void NoteUnavailable(Exception exception)
    {
        if (!_isUnavailable)
            _logger.LogError(exception, "Status reports can't be stored; they are refused until the database answers");
        _isUnavailable = true;
    }

    private static UnavailableException ShuttingDown() => new("The server is shutting down; try again in a moment.");
}
