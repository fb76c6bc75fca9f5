using System.Data.Common;
using Microsoft.Extensions.Logging.Abstractions;
using StackAgent.Domain.Common;
using StackAgent.Testing;
using StackAgent.WebApi.Authentication;

namespace StackAgent.WebApi.FunctionalTests.Accounts;

public sealed class FreshCacheTests
{
    private static readonly FreshCacheLimits Limits = new() { Capacity = 3, Refusals = 4, Batch = 10, Waiting = 20 };

    private ManualTimeProvider _time;
    private Questions _questions;
    private FreshCache<int, string> _cache;

    [SetUp]
    public void NewCache()
    {
        _time = new ManualTimeProvider();
        _questions = new Questions();
        _cache = new FreshCache<int, string>(_questions.AnswerAsync, _time, NullLogger.Instance, Limits);
    }

    [TearDown]
    public async Task DisposeCache()
    {
        _questions.LetAnswer();
        await _cache.DisposeAsync();
    }

    [Test]
    public async Task Find_WhenAnswerIsYoungEnough_AsksNobody()
    {
        await FindAsync(1);
        _time.Advance(Limits.MaxAge - TimeSpan.FromTicks(1));

        Assert.That(await FindAsync(1), Is.EqualTo("1"));
        Assert.That(_questions.Asked, Is.EqualTo(new[] { "1" }));
    }

    [Test]
    public async Task Find_WhenAnswerIsTooOld_WaitsForANewOne()
    {
        await FindAsync(1);
        _questions.Known.Remove(1);
        _time.Advance(Limits.MaxAge);

        Assert.That(await FindAsync(1), Is.Null);
    }

    [Test]
    public async Task Find_WhenManyAskAtOnce_AsksOnceForEachAndTogetherForWhatGathers()
    {
        _questions.HoldBack();
        var first = FindAsync(1);
        await _questions.ReachedAsync(1);

        Task<string?>[] others = [FindAsync(1), FindAsync(2), FindAsync(2), FindAsync(3), FindAsync(99)];
        _questions.LetAnswer();

        Assert.That(await first, Is.EqualTo("1"));
        Assert.That(await Task.WhenAll(others), Is.EqualTo(new[] { "1", "2", "2", "3", null }));
        Assert.That(_questions.Asked, Is.EqualTo(new[] { "1", "2,3,99" }));
    }

    [Test]
    public async Task Find_WhenOneOfThoseWhoWaitGivesUp_AnswersTheOthers()
    {
        using var patience = new CancellationTokenSource();
        _questions.HoldBack();
        var impatient = _cache.FindAsync(1, patience.Token).AsTask();
        var patient = FindAsync(1);

        await patience.CancelAsync();
        _questions.LetAnswer();

        Assert.That(async () => await impatient, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await patient, Is.EqualTo("1"));
    }

    [Test]
    public async Task Refresh_WhenSomeAnswersWereUsed_AsksForTheseAloneAndInOneQuestion()
    {
        foreach (var key in new[] { 1, 2, 3 })
            await FindAsync(key);
        await FindAsync(1);
        await FindAsync(3);
        _time.Advance(Limits.MaxAge - TimeSpan.FromSeconds(1));

        await _cache.RefreshAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(1));
        await FindAsync(1);
        await FindAsync(3);
        await FindAsync(2);

        Assert.That(_questions.Asked, Is.EqualTo(new[] { "1", "2", "3", "1,3", "2" }));
    }

    [Test]
    public async Task Refresh_WhenNothingWasUsed_AsksNothing()
    {
        await FindAsync(1);

        await _cache.RefreshAsync(CancellationToken.None);

        Assert.That(_questions.Asked, Is.EqualTo(new[] { "1" }));
    }

    [Test]
    public async Task Refresh_WhenACredentialHasEnded_RefusesItFromThenOn()
    {
        await FindAsync(1);
        await FindAsync(1);
        _questions.Known.Remove(1);
        Assert.That(await FindAsync(1), Is.EqualTo("1"), "nobody has told this server");

        await _cache.RefreshAsync(CancellationToken.None);

        Assert.That(await FindAsync(1), Is.Null);
    }

    [Test]
    public async Task Forget_WhenCalled_RefusesAtOnceWhatHasEndedAndNothingElse()
    {
        await FindAsync(1);
        await FindAsync(2);
        _questions.Known.Remove(1);

        _cache.Forget(value => value == "1");

        Assert.That((await FindAsync(1), await FindAsync(2)), Is.EqualTo(((string?)null, "2")));
        Assert.That(_questions.Asked, Is.EqualTo(new[] { "1", "2", "1" }));
    }

    [Test]
    public async Task Forget_WhenTheQuestionWasPutBefore_GivesItsAnswerToNobodyWhoComesLater()
    {
        _questions.HoldBack();
        var earlier = FindAsync(1);
        await _questions.ReachedAsync(1);
        _questions.Known.Remove(1); // The held back answer was made before this.

        _cache.Forget(_ => true);
        var later = FindAsync(1);
        _questions.LetAnswer();

        Assert.That(await earlier, Is.EqualTo("1"));
        Assert.That(await later, Is.Null);
        Assert.That(await FindAsync(1), Is.Null);
    }

    [Test]
    public async Task Find_WhenOneUnknownKeyComesAgainAndAgain_AsksOnceASecond()
    {
        for (var i = 0; i < 100; i++)
            Assert.That(await FindAsync(99), Is.Null);
        Assert.That(_questions.Asked, Has.Count.EqualTo(1));

        _questions.Known.Add(99);
        _time.Advance(Limits.RefusalAge);

        Assert.That(await FindAsync(99), Is.EqualTo("99"), "made on another server meanwhile");
    }

    [Test]
    public async Task Find_WhenUnknownKeysComeByTheThousand_KeepsTheGoodOnesAndNothingElse()
    {
        foreach (var key in new[] { 1, 2, 3 })
            await FindAsync(key);

        for (var key = 1000; key < 2000; key++)
            await FindAsync(key);

        Assert.That(_cache.Count, Is.EqualTo(3));
        _questions.Asked.Clear();
        foreach (var key in new[] { 1, 2, 3 })
            await FindAsync(key);
        Assert.That(_questions.Asked, Is.Empty);
    }

    [Test]
    public async Task Find_WhenMoreGoodKeysAreInUseThanFit_AnswersThemAllAndStaysBounded()
    {
        for (var round = 0; round < 2; round++)
        {
            foreach (var key in new[] { 1, 2, 3, 4, 5 })
                Assert.That(await FindAsync(key), Is.EqualTo($"{key}"));
        }

        Assert.That(_cache.Count, Is.EqualTo(3));
        _time.Advance(Limits.MaxAge);
        await FindAsync(5);
        _questions.Asked.Clear();
        await FindAsync(5);
        Assert.That(_questions.Asked, Is.Empty, "what nobody used made room");
    }

    [Test]
    public async Task Find_WhenTheDatabaseIsAway_UsesYoungAnswersAndSaysThatItCannotTellOtherwise()
    {
        await FindAsync(1);
        _questions.IsAway = true;

        Assert.That(await FindAsync(1), Is.EqualTo("1"));
        Assert.That(async () => await _cache.RefreshAsync(CancellationToken.None), Throws.TypeOf<UnavailableException>());
        Assert.That(async () => await FindAsync(2), Throws.TypeOf<UnavailableException>());
        _time.Advance(Limits.MaxAge);
        Assert.That(async () => await FindAsync(1), Throws.TypeOf<UnavailableException>());

        _questions.IsAway = false;
        Assert.That((await FindAsync(1), await FindAsync(2)), Is.EqualTo(("1", "2")));
    }

    [Test]
    public async Task Find_WhenTheDatabaseSaysNothing_GivesUp()
    {
        _questions.HoldBack();
        var finding = FindAsync(1);
        await _questions.ReachedAsync(1);

        _time.Advance(Limits.Patience);

        Assert.That(async () => await finding, Throws.TypeOf<UnavailableException>());
    }

    [Test]
    public async Task Find_WhenTooManyWait_TurnsTheNextAway()
    {
        _questions.HoldBack();
        var first = FindAsync(1);
        await _questions.ReachedAsync(1);
        var waiting = Enumerable.Range(100, Limits.Waiting).Select(FindAsync).ToList();

        Assert.That(async () => await FindAsync(2), Throws.TypeOf<UnavailableException>());

        _questions.LetAnswer();
        Assert.That(await first, Is.EqualTo("1"));
        Assert.That(await Task.WhenAll(waiting), Is.All.Null);
        Assert.That(_questions.Asked, Has.Count.EqualTo(1 + (Limits.Waiting / Limits.Batch)), "no question is larger than a batch");
    }

    [Test]
    public void RecentItems_WhenTheyOverflow_KeepTheNewOnesAndThoseInUse()
    {
        var items = new RecentItems<int, string>(generation: 10);
        items.Add(0, "in use");

        for (var i = 1; i <= 1000; i++)
        {
            items.Add(i, "new");
            items.TryGet(0, out _);
        }

        Assert.That(items.Count, Is.LessThanOrEqualTo(20));
        Assert.That((items.TryGet(0, out _), items.TryGet(1000, out _), items.TryGet(1, out _)), Is.EqualTo((true, true, false)));
    }

    private Task<string?> FindAsync(int key) => _cache.FindAsync(key, CancellationToken.None).AsTask();

    /// <summary>The database: knows the keys 1 to 5, notes what it is asked, and answers when it is let.</summary>
    private sealed class Questions
    {
        private TaskCompletionSource _gate = Opened();

        public HashSet<int> Known { get; } = [1, 2, 3, 4, 5];

        public List<string> Asked { get; } = [];

        public bool IsAway { get; set; }

        public void HoldBack() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void LetAnswer() => _gate.TrySetResult();

        public Task ReachedAsync(int count) => Eventually.TrueAsync(() => Asked.Count >= count, "the question to be put");

        public async Task<IReadOnlyDictionary<int, string>> AnswerAsync(IReadOnlyCollection<int> keys, CancellationToken cancellationToken)
        {
            var answer = keys.Where(Known.Contains).ToDictionary(key => key, key => $"{key}");
            Asked.Add(string.Join(',', keys.Order()));
            if (IsAway)
                throw new Away();
            await _gate.Task.WaitAsync(cancellationToken);
            return answer;
        }

        private static TaskCompletionSource Opened()
        {
            var gate = new TaskCompletionSource();
            gate.SetResult();
            return gate;
        }

        private sealed class Away() : DbException("The database is away.");
    }
}
