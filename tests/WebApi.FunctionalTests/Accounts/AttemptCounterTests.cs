using StackAgent.Testing;
using StackAgent.WebApi.Authentication;

namespace StackAgent.WebApi.FunctionalTests.Accounts;

public sealed class AttemptCounterTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private ManualTime _time;

    [SetUp]
    public void StopTheClock() => _time = new ManualTime();

    [Test]
    public void TryCount_WhenLimitIsReached_RefusesUntilTheWindowEnds()
    {
        var counter = new AttemptCounter(_time, limit: 2, Window);
        counter.TryCount("a", out _);
        _time.Advance(TimeSpan.FromMinutes(4));
        counter.TryCount("a", out _);

        var refused = counter.TryCount("a", out var wait);

        Assert.That((refused, wait), Is.EqualTo((false, TimeSpan.FromMinutes(1))));
        Assert.That(counter.TryCount("b", out _), Is.True);
        _time.Advance(wait);
        Assert.That(counter.TryCount("a", out _), Is.True);
    }

    [Test]
    public void Reset_WhenCalled_StartsANewWindowThatTheOldOnesEndLeavesAlone()
    {
        var counter = new AttemptCounter(_time, limit: 1, Window);
        counter.TryCount("a", out _);
        _time.Advance(TimeSpan.FromMinutes(4));
        counter.Reset("a");
        Assert.That(counter.TryCount("a", out _), Is.True);

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.That(counter.TryCount("a", out _), Is.False);
    }

    [Test]
    public void TryCount_WhenAMillionPartitionsCome_KeepsNoMoreThanItsCapacity()
    {
        var counter = new AttemptCounter(_time, limit: 1, Window, capacity: 1000);

        for (var i = 0; i < 1_000_000; i++)
            counter.TryCount($"{i}", out _);

        Assert.That(counter.Count, Is.LessThanOrEqualTo(1000));
        Assert.That(counter.TryCount("999999", out _), Is.False, "the newest are remembered");
    }

    [Test]
    public void TryCount_WhenFullAndAKnownPartitionComes_ForgetsNobody()
    {
        var counter = new AttemptCounter(_time, limit: 1, Window, capacity: 2);
        counter.TryCount("a", out _);
        counter.TryCount("b", out _);

        for (var i = 0; i < 10; i++)
            counter.TryCount("b", out _);

        Assert.That(counter.TryCount("a", out _), Is.False);
    }

    [Test]
    public void TryCount_WhenCountsAreResetAgainAndAgain_StaysBounded()
    {
        var counter = new AttemptCounter(_time, limit: 1, Window, capacity: 10);

        for (var i = 0; i < 1000; i++)
        {
            Assert.That(counter.TryCount("a", out _), Is.True);
            counter.Reset("a");
        }

        Assert.That(counter.Count, Is.Zero);
    }

    [Test]
    public void TryCount_WhenThreadsRace_LetsExactlyTheLimitThrough()
    {
        var counter = new AttemptCounter(_time, limit: 100, Window);

        var passed = Enumerable.Range(0, 1000).AsParallel().Count(_ => counter.TryCount("a", out var wait));

        Assert.That(passed, Is.EqualTo(100));
    }
}
