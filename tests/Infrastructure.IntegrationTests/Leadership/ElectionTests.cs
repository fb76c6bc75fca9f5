using Microsoft.Extensions.Logging;
using StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Leadership;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Leadership;

/// <summary>When a server begins and ceases to lead, by a clock that the test moves.</summary>
public sealed class ElectionTests
{
    private static readonly LeadershipPace Pace = new();

    private ManualTimeProvider _time;
    private FakeCandidacy _candidacy;
    private LogLines _log;
    private Election _election;

    [SetUp]
    public void SetUp()
    {
        _time = new ManualTimeProvider();
        _candidacy = new FakeCandidacy();
        _log = new LogLines();
        _election = new Election(_candidacy, Pace, _time, new Typed(_log));
    }

    [Test]
    public async Task Acquire_WhenAnotherServerLeads_WaitsAndSaysSoOnce()
    {
        _candidacy.Next = () => new Attempt(Tenure: null, "the other");
        var acquiring = _election.AcquireAsync(CancellationToken.None);
        await AdvanceUntilAsync(() => _candidacy.Tries >= 5);
        Assert.That((acquiring.IsCompleted, _election.IsLeading), Is.EqualTo((false, false)));
        Assert.That(_log.At(LogLevel.Information), Has.Count.EqualTo(1).And.One.Contains("the other"));

        _candidacy.Next = () => new Attempt(_candidacy, Holder: null);
        await AdvanceUntilAsync(() => acquiring.IsCompleted);
        await using var term = await acquiring;
        Assert.That((term.IsHeld, _election.IsLeading), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task Acquire_WhenNobodyCanBeAsked_AsksUntilItCanAndWarnsOnce()
    {
        _candidacy.Next = () => throw new IOException("away");
        var acquiring = _election.AcquireAsync(CancellationToken.None);
        await AdvanceUntilAsync(() => _candidacy.Tries >= 5);
        Assert.That(_log.At(LogLevel.Warning), Has.Count.EqualTo(1));

        _candidacy.Next = () => new Attempt(_candidacy, Holder: null);
        await AdvanceUntilAsync(() => acquiring.IsCompleted);
        await using var term = await acquiring;
        Assert.That(term.IsHeld);
    }

    [Test]
    public async Task Term_WhenItIsConfirmedAgainAndAgain_GoesOn()
    {
        await using var term = await _election.AcquireAsync(CancellationToken.None);
        for (var round = 1; round <= 20; round++)
        {
            var wanted = round;
            await AdvanceUntilAsync(() => _candidacy.Renewals >= wanted);
        }

        Assert.That((term.IsHeld, term.Lost.IsCancellationRequested), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task Term_WhenItCannotBeConfirmed_EndsBeforeAnybodyElseMayBegin()
    {
        await using var term = await _election.AcquireAsync(CancellationToken.None);
        _candidacy.Renew = () => throw new IOException("away");

        _time.Advance(Pace.Patience - TimeSpan.FromMilliseconds(1));
        Assert.That(term.IsHeld, "it isn't over yet");

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Multiple(() =>
        {
            Assert.That((term.IsHeld, term.Lost.IsCancellationRequested, _election.IsLeading), Is.EqualTo((false, true, false)));
            Assert.That(Pace.Patience, Is.LessThan(Pace.Duration - Pace.RenewInterval));
        });
    }

    [Test]
    public async Task Term_WhenItIsSomebodyElses_EndsAtOnceAndIsNeverRevived()
    {
        await using var term = await _election.AcquireAsync(CancellationToken.None);
        _candidacy.Renew = () => Task.FromResult(false);
        await AdvanceUntilAsync(() => term.Lost.IsCancellationRequested);

        _candidacy.Renew = () => Task.FromResult(true);
        _time.Advance(Pace.RenewInterval * 3);
        Assert.That(term.IsHeld, Is.False);
    }

    [Test]
    public async Task Term_WhenTheConfirmationComesTooLate_StaysOver()
    {
        await using var term = await _election.AcquireAsync(CancellationToken.None);
        var answer = new TaskCompletionSource<bool>();
        _candidacy.Renew = () => answer.Task;
        await AdvanceUntilAsync(() => _candidacy.Renewals == 1);

        _time.Advance(Pace.Patience);
        answer.SetResult(true);
        Assert.That((term.IsHeld, term.Lost.IsCancellationRequested), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task Term_WhenTheProcessOrItsMachineStoodStill_IsOverBeforeAnyTimerSaysSo()
    {
        var clock = new SleepyClock();
        await using var term = await new Election(_candidacy, Pace, clock, new Typed(_log)).AcquireAsync(CancellationToken.None);
        Assert.That(term.IsHeld);

        // As after SIGCONT, or when a machine wakes whose steady clock slept too: nothing has run since.
        clock.Wall += Pace.Patience;
        Assert.That((term.Lost.IsCancellationRequested, term.IsHeld), Is.EqualTo((false, false)));

        clock.Wall -= Pace.Patience;
        Assert.That(term.IsHeld, Is.False, "what is over stays over");
    }

    [Test]
    public async Task Dispose_WhenTheTermIsHeld_GivesItBackAndTheNextOneMayBegin()
    {
        var term = await _election.AcquireAsync(CancellationToken.None);
        await term.DisposeAsync();
        Assert.That((_candidacy.Releases, term.IsHeld, term.Lost.IsCancellationRequested), Is.EqualTo((1, false, true)));

        await using var next = await _election.AcquireAsync(CancellationToken.None);
        Assert.That((next.IsHeld, _log.At(LogLevel.Warning).Count), Is.EqualTo((true, 0)));
    }

    [Test]
    public async Task Dispose_WhenItCannotBeGivenBack_Ends()
    {
        var term = await _election.AcquireAsync(CancellationToken.None);
        _candidacy.Release = () => throw new IOException("away");
        await term.DisposeAsync();
        Assert.That(_log.At(LogLevel.Warning), Has.One.Contains("away"));
    }

    /// <summary>Moves the clock in small steps, as far as it takes.</summary>
    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.TrueAsync(
        () =>
        {
            if (condition())
                return true;
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return condition();
        },
        "what takes time");

    /// <summary>Gives everything to whoever asks, unless it is told otherwise.</summary>
    private sealed class FakeCandidacy : ICandidacy, ITenure
    {
        private int _tries;
        private int _renewals;

        public FakeCandidacy() => Next = () => new Attempt(this, Holder: null);

        public string Description => "a fake";

        public Func<Attempt> Next { get; set; }

        public Func<Task<bool>> Renew { get; set; } = () => Task.FromResult(true);

        public Func<Task> Release { get; set; } = () => Task.CompletedTask;

        public int Tries => Volatile.Read(ref _tries);

        public int Renewals => Volatile.Read(ref _renewals);

        public int Releases { get; private set; }

        public Task<Attempt> TryAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _tries);
            return Task.FromResult(Next());
        }

        public Task<bool> RenewAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _renewals);
            return Renew();
        }

        public Task ReleaseAsync(CancellationToken cancellationToken)
        {
            Releases++;
            return Release();
        }
    }

    /// <summary>A steady clock that stands still beside one on the wall that doesn't.</summary>
    private sealed class SleepyClock : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override long GetTimestamp() => 0;

        public override DateTimeOffset GetUtcNow() => Wall;
    }

    private sealed class Typed(ILogger log) : ILogger<Election>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => log.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => log.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Log(logLevel, eventId, state, exception, formatter);
    }
}
