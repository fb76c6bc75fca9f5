using System.Collections.Concurrent;
using StackAgent.Infrastructure.Reconciliation;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Reconciliation;

public sealed class KeyedWorkQueueTests
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(8);

    private ManualTimeProvider _time;
    private KeyedWorkQueue<string> _queue;

    [SetUp]
    public void SetUp()
    {
        _time = new ManualTimeProvider();
        _queue = new KeyedWorkQueue<string>(_time, FirstDelay, MaxDelay);
    }

    [TearDown]
    public void TearDown() => _queue.Dispose();

    [Test]
    public async Task Add_WhenAKeyWaitsAlready_IsTakenOnce()
    {
        _queue.Add("a");
        _queue.Add("a");
        _queue.Add("b");

        Assert.That(await TakeAsync(2), Is.EqualTo(["a", "b"]));
        Assert.That(await IsEmptyAsync(), Is.True);
    }

    [Test]
    public async Task Add_WhenTheKeyIsBeingWorkedOn_ComesAgainOnlyWhenDone()
    {
        _queue.Add("a");
        await TakeAsync(1);

        _queue.Add("a");
        Assert.That(await IsEmptyAsync(), Is.True);

        _queue.Done("a", again: null);
        Assert.That(await TakeAsync(1), Is.EqualTo(["a"]));
    }

    [Test]
    public async Task AddIfIdle_WhenTheKeyIsKnown_LeavesItItsTime()
    {
        _queue.AddIfIdle("a");
        Assert.That(await TakeAsync(1), Is.EqualTo(["a"]));
        _queue.AddIfIdle("a");
        _queue.Done("a", TimeSpan.FromSeconds(5));
        _queue.AddIfIdle("a");
        Assert.That(await IsEmptyAsync(), Is.True);

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.That(await TakeAsync(1), Is.EqualTo(["a"]));
        _queue.Done("a", again: null);
        _queue.AddIfIdle("a");
        Assert.That(await TakeAsync(1), Is.EqualTo(["a"]));
    }

    [Test]
    public async Task Done_WhenItAsksToComeAgain_ComesAfterTheDelay()
    {
        _queue.Add("a");
        await TakeAsync(1);
        _queue.Done("a", TimeSpan.FromSeconds(5));

        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.That(await IsEmptyAsync(), Is.True);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await TakeAsync(1), Is.EqualTo(["a"]));
    }

    [Test]
    public async Task Failed_WhenItFailsAgainAndAgain_BacksOffUpToTheCapAndStartsOverAfterSuccess()
    {
        var delays = new List<TimeSpan>();
        for (var i = 0; i < 6; i++)
        {
            _queue.Add("a");
            await TakeAsync(1);
            delays.Add(_queue.Failed("a"));
        }

        _queue.Add("a");
        await TakeAsync(1);
        _queue.Done("a", again: null);
        _queue.Add("a");
        await TakeAsync(1);
        var afterSuccess = _queue.Failed("a");

        Assert.Multiple(() =>
        {
            Assert.That(delays[0], Is.InRange(FirstDelay / 2, FirstDelay));
            Assert.That(delays[2], Is.InRange(FirstDelay * 2, FirstDelay * 4));
            Assert.That(delays[5], Is.InRange(MaxDelay / 2, MaxDelay));
            Assert.That(afterSuccess, Is.LessThanOrEqualTo(FirstDelay));
        });
    }

    [Test]
    public async Task Failed_WhenItMustNotComeEarlier_WaitsAtLeastSoLong()
    {
        _queue.Add("a");
        await TakeAsync(1);
        var delay = _queue.Failed("a", atLeast: TimeSpan.FromMinutes(1));

        Assert.That(delay, Is.InRange(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1) + FirstDelay));
        _time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromTicks(1));
        Assert.That(await IsEmptyAsync(), Is.True);

        _time.Advance(FirstDelay);
        Assert.That(await TakeAsync(1), Is.EqualTo(["a"]));
        Assert.That(_queue.Failed("a", atLeast: TimeSpan.FromTicks(1)), Is.InRange(FirstDelay, FirstDelay * 2), "its own back-off is longer");
    }

    [Test]
    public async Task Add_WhenAKeyWaitsForItsBackOff_CutsTheWaitShort()
    {
        _queue.Add("a");
        await TakeAsync(1);
        _queue.Failed("a");

        _queue.Add("a");
        Assert.That(await TakeAsync(1), Is.EqualTo(["a"]));

        _queue.Done("a", again: null);
        _time.Advance(MaxDelay);
        Assert.That(await IsEmptyAsync(), Is.True, "the timer of the back-off must not bring it a second time");
    }

    [Test]
    public async Task TakeAll_WhenManyWorkersShareManyKeys_NeverGivesOneKeyToTwo()
    {
        var running = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var overlaps = 0;
        var handled = 0;
        using var stop = new CancellationTokenSource();
        var workers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            try
            {
                await foreach (var key in _queue.TakeAllAsync(stop.Token))
                {
                    if (running.AddOrUpdate(key, 1, (_, count) => count + 1) != 1)
                        Interlocked.Increment(ref overlaps);
                    await Task.Yield();
                    running.AddOrUpdate(key, 0, (_, count) => count - 1);
                    Interlocked.Increment(ref handled);
                    _queue.Done(key, again: null);
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        })).ToList();

        for (var round = 0; round < 2000; round++)
            _queue.Add($"key-{round % 5}");
        await Eventually.TrueAsync(() => IsEmptyAsync(), "the queue to run empty");
        await Eventually.TrueAsync(() => running.Values.All(count => count == 0), "the workers to finish");
        await stop.CancelAsync();
        await Task.WhenAll(workers);

        Assert.Multiple(() =>
        {
            Assert.That(overlaps, Is.Zero);
            Assert.That(handled, Is.GreaterThanOrEqualTo(5));
        });
    }

    private async Task<List<string>> TakeAsync(int count)
    {
        var taken = new List<string>();
        await foreach (var key in _queue.TakeAllAsync(CancellationToken.None))
        {
            taken.Add(key);
            if (taken.Count == count)
                break;
        }

        return taken;
    }

    private Task<bool> IsEmptyAsync() => Task.FromResult(_queue.ReadyCount == 0);
}
