using Microsoft.Extensions.Logging;

namespace StackAgent.Infrastructure.Leadership;

/// <summary>Keeps what was won by a sign of life every few seconds, and ends when none was taken for too long.</summary>
internal sealed class LeadershipTerm : ILeadershipTerm
{
    private readonly ITenure _tenure;
    private readonly LeadershipPace _pace;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _lost;
    private readonly Lock _lock = new();
    private readonly Task _renewing;
    private Moment _renewed;
    private bool _isOver;
    private bool _isTroubled;
    private string _why = "it couldn't be confirmed in time";

    /// <summary>Begins a term.</summary>
    /// <param name="tenure">What was won; is given back when the term is disposed.</param>
    /// <param name="asked">When it was asked for: nobody else counts from an earlier time.</param>
    /// <param name="pace">How long it lasts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of its end.</param>
    public LeadershipTerm(ITenure tenure, Moment asked, LeadershipPace pace, TimeProvider time, ILogger logger)
    {
        _tenure = tenure;
        _pace = pace;
        _time = time;
        _logger = logger;
        _renewed = asked;
        _lost = new CancellationTokenSource(Left(asked), time);
        Lost = _lost.Token;
        Lost.UnsafeRegister(static term => ((LeadershipTerm)term!).SayWhy(), this);
        _renewing = RenewAsync();
    }

    public CancellationToken Lost { get; }

    public bool IsHeld
    {
        get
        {
            lock (_lock)
            {
                _isOver |= _lost.IsCancellationRequested || _renewed.Elapsed(_time) >= _pace.Patience;
                return !_isOver;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_ending.IsCancellationRequested)
            return;

        var wasHeld = IsHeld;
        await _ending.CancelAsync();
        await _renewing;
        await _lost.CancelAsync();
        using var patience = new CancellationTokenSource(_pace.Timeout, _time);
        try
        {
            await _tenure.ReleaseAsync(patience.Token).WaitAsync(patience.Token);
            if (wasHeld)
                _logger.LogInformation("This server has given up the lead");
        }
        catch (Exception exception)
        {
            _logger.LogWarning("The lead couldn't be given back ({Cause}); another server takes it when it has run out", exception.Message);
        }

        _lost.Dispose();
        _ending.Dispose();
    }

    private async Task RenewAsync()
    {
        try
        {
            // What was won is first seen by its winner.
            await Task.Yield();
            while (IsHeld)
            {
                await Task.Delay(_pace.RenewInterval, _time, _ending.Token);
                if (!await TryRenewAsync())
                    return;
            }

            await _lost.CancelAsync();
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // It is given back.
        }
    }

    /// <summary>False when the term is over for good.</summary>
    private async Task<bool> TryRenewAsync()
    {
        var asked = Moment.Now(_time);
        using var patience = new CancellationTokenSource(_pace.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _ending.Token);
        try
        {
            if (!await _tenure.RenewAsync(either.Token).WaitAsync(either.Token))
            {
                _why = "another server has it, or nobody";
                await _lost.CancelAsync();
                return false;
            }

            Renewed(asked);
        }
        catch (Exception exception) when (!_ending.IsCancellationRequested)
        {
            if (!_isTroubled)
                _logger.LogWarning("The lead couldn't be confirmed ({Cause}); this server stops acting unless that works soon", exception.Message);
            _isTroubled = true;
        }

        return true;
    }

    /// <summary>A sign of life that was taken too late revives nothing.</summary>
    private void Renewed(Moment asked)
    {
        _isTroubled = false;
        lock (_lock)
        {
            if (!IsHeld)
                return;

            _renewed = asked;
            _lost.CancelAfter(Left(asked));
        }
    }

    private TimeSpan Left(Moment since) => since.Elapsed(_time) is var elapsed && elapsed < _pace.Patience ? _pace.Patience - elapsed : TimeSpan.Zero;

    private void SayWhy()
    {
        if (!_ending.IsCancellationRequested)
            _logger.LogWarning("This server doesn't lead any more: {Why}. What it did as the leader stops", _why);
    }
}
