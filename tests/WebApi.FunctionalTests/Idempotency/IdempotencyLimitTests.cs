using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Idempotency;
using StackAgent.Application.Notifications;
using StackAgent.Infrastructure.Idempotency;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Idempotency;

/// <summary>What keys may cost, how long they last, and what becomes of one whose request doesn't end as usual.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class IdempotencyLimitTests(DatabaseProvider provider)
{
    private static readonly SendResult Delivered = new(204, TimeSpan.FromMilliseconds(1), null, null, null);

    private INotificationSender _sender = null!;
    private ProductServer _server = null!;
    private Caller _caller = null!;

    private IIdempotencyStore Store => _server.Services.GetRequiredService<IIdempotencyStore>();

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _sender = Substitute.For<INotificationSender>();
        _server = await ProductServer.StartAsync(provider, services => services
            .AddSingleton(_sender)
            .AddSingleton(new IdempotencyOptions { MaxPerUser = 10, MaxUnderWay = 2, MaxAnswerBytes = 2_000 }));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [SetUp]
    public async Task SignUpAsync()
    {
        _sender.SendAsync(Arg.Any<NotificationMessage>(), Arg.Any<CancellationToken>()).Returns(Delivered);
        _caller = await _server.NewCallerAsync();
    }

    [TearDown]
    public void End() => _caller.Dispose();

    [Test]
    public async Task Keys_WhenThereAreTooMany_PushTheOldestOut()
    {
        for (var i = 0; i < 15; i++)
            Assert.That((await CreateAsync($"key-{i}")).Status, Is.EqualTo(HttpStatusCode.Created));

        var keys = await _server.WithDatabaseAsync(db => Rows(db).Select(row => row.Key).ToListAsync());
        Assert.That(keys, Has.Count.EqualTo(10).And.Contain("key-14").And.Not.Contain("key-0"));
    }

    [Test]
    public async Task Requests_WhenTooManyAreUnderWay_HaveToWait()
    {
        await AddAsync("first", status: null, lockedFor: TimeSpan.FromMinutes(1));
        await AddAsync("second", status: null, lockedFor: TimeSpan.FromMinutes(1));
        var third = await CreateAsync("third");

        Assert.That((third.Status, third.Text("error")), Is.EqualTo((HttpStatusCode.TooManyRequests, "rate_limited")));
        Assert.That(third.Headers.RetryAfter, Is.Not.Null);
    }

    [Test]
    public async Task Repeat_WhenTheFirstIsUnderWay_HasToWait()
    {
        await AddAsync("key", status: null, lockedFor: TimeSpan.FromMinutes(1));
        var reply = await CreateAsync("key");

        Assert.That((reply.Status, reply.Text("error")), Is.EqualTo((HttpStatusCode.Conflict, "idempotency_key_in_use")));
    }

    [Test]
    public async Task Repeat_WhenTheFirstsServerDied_IsCarriedOut()
    {
        await AddAsync("key", status: null, lockedFor: TimeSpan.FromSeconds(-1));
        var another = await _caller.SendAsync(HttpMethod.Post, "/api/stacks?x=1", new { name = "one" }, ("Idempotency-Key", "key"));
        var reply = await CreateAsync("key");

        Assert.That(another.Text("error"), Is.EqualTo("idempotency_key_reused"), "that is no repeat");
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Body.ToString());
    }

    [Test]
    public async Task Key_WhenADayHasPassed_IsNewAndItsRowGoes()
    {
        await AddAsync("key", status: 201, lockedFor: TimeSpan.FromHours(-24), age: TimeSpan.FromHours(24));
        await AddAsync("left", status: 201, lockedFor: TimeSpan.FromHours(-24), age: TimeSpan.FromHours(24));
        await AddAsync("young", status: 201, lockedFor: TimeSpan.FromHours(-23), age: TimeSpan.FromHours(23));
        var reply = await CreateAsync("key");
        await _server.Services.GetRequiredService<IdempotencyCleaner>().CleanAsync(CancellationToken.None);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Body.ToString());
        Assert.That(await _server.WithDatabaseAsync(db => Rows(db).Select(row => row.Key).ToListAsync()), Is.EquivalentTo(new[] { "key", "young" }));
    }

    [Test]
    public async Task Answer_WhenTooLongToBeKept_IsSentOnceAndTheDeedIsNotRepeated()
    {
        var description = new string('x', 4_000);
        var first = await _caller.SendAsync(HttpMethod.Post, "/api/stacks", new { name = "one", description }, ("Idempotency-Key", "key"));
        var repeat = await _caller.SendAsync(HttpMethod.Post, "/api/stacks", new { name = "one", description }, ("Idempotency-Key", "key"));

        Assert.Multiple(async () =>
        {
            Assert.That((first.Status, first.Text("description")), Is.EqualTo((HttpStatusCode.Created, description)));
            Assert.That((repeat.Status, repeat.Text("error")), Is.EqualTo((HttpStatusCode.Conflict, "idempotency_answer_not_kept")));
            Assert.That((await _caller.GetAsync("/api/stacks")).Body.GetProperty("total").GetInt32(), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Request_WhenTheServerFailed_LeavesTheKeyFree()
    {
        var path = await EndpointAsync();
        _sender.SendAsync(Arg.Any<NotificationMessage>(), Arg.Any<CancellationToken>()).Returns<SendResult>(_ => throw new InvalidOperationException("planted"));
        var failed = await _caller.SendAsync(HttpMethod.Post, path, body: null, ("Idempotency-Key", "key"));
        _sender.SendAsync(Arg.Any<NotificationMessage>(), Arg.Any<CancellationToken>()).Returns(Delivered);
        var repeat = await _caller.SendAsync(HttpMethod.Post, path, body: null, ("Idempotency-Key", "key"));

        Assert.That((failed.Status, failed.ContentType), Is.EqualTo((HttpStatusCode.InternalServerError, "application/problem+json")));
        Assert.That(repeat.Status, Is.EqualTo(HttpStatusCode.OK), repeat.Body.ToString());
        Assert.That(repeat.Headers.Contains("Idempotency-Replayed"), Is.False);
    }

    [Test]
    public async Task Request_WhenItsClientGoesAway_IsCarriedOutAndAnswersTheRepeat()
    {
        var path = await EndpointAsync();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource<SendResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = 0;
        _sender.SendAsync(Arg.Any<NotificationMessage>(), Arg.Any<CancellationToken>()).Returns(call =>
        {
            Interlocked.Increment(ref calls);
            started.TrySetResult();
            return goOn.Task.WaitAsync(call.Arg<CancellationToken>());
        });
        using (var gone = new CancellationTokenSource())
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path);
            request.Headers.Add("Idempotency-Key", "key");
            var sending = _caller.Http.SendAsync(request, gone.Token);
            await started.Task;
            await gone.CancelAsync();
            Assert.That(async () => await sending, Throws.InstanceOf<OperationCanceledException>());
        }

        var meanwhile = await _caller.SendAsync(HttpMethod.Post, path, body: null, ("Idempotency-Key", "key"));
        goOn.SetResult(Delivered);
        var repeat = await Eventually.GetAsync(
            () => _caller.SendAsync(HttpMethod.Post, path, body: null, ("Idempotency-Key", "key")), reply => reply.Status != HttpStatusCode.Conflict, "the first to end");

        Assert.That(meanwhile.Text("error"), Is.EqualTo("idempotency_key_in_use"));
        Assert.That((repeat.Status, repeat.Headers.Contains("Idempotency-Replayed"), calls), Is.EqualTo((HttpStatusCode.OK, true, 1)));
    }

    [Test]
    public async Task Lock_WhenExtended_IsKeptAndWhenLostCanDoNothing()
    {
        var first = ((KeyTaken)await Store.ClaimAsync(_caller.UserId, "key", "POST /", CancellationToken.None)).Lock;
        var until = first.Until;
        Assert.That(await Store.ExtendAsync(first, CancellationToken.None), Is.True);
        Assert.That(first.Until, Is.GreaterThan(until));

        await _server.WithDatabaseAsync(db => Rows(db).ExecuteUpdateAsync(set => set.SetProperty(row => row.LockedUntil, until.AddDays(-1))));
        var second = ((KeyTaken)await Store.ClaimAsync(_caller.UserId, "key", "POST /", CancellationToken.None)).Lock;
        await Store.ReleaseAsync(first, CancellationToken.None);

        Assert.Multiple(async () =>
        {
            Assert.That(await Store.ExtendAsync(first, CancellationToken.None), Is.False);
            Assert.That(await Store.CompleteAsync(first, "F", 200, "answer of the first", CancellationToken.None), Is.False);
            Assert.That(await Store.CompleteAsync(second, "F", 201, "answer", CancellationToken.None), Is.True);
        });
        Assert.That((await _server.WithDatabaseAsync(db => Rows(db).SingleAsync())).StatusCode, Is.EqualTo(201));
    }

    private IQueryable<IdempotencyRecord> Rows(ApplicationDbContext db) => db.IdempotencyRecords.Where(row => row.OwnerId == _caller.UserId);

    private Task<Reply> CreateAsync(string key) =>
        _caller.SendAsync(HttpMethod.Post, "/api/stacks", new { name = "one" }, ("Idempotency-Key", key));

    private async Task<string> EndpointAsync()
    {
        var endpoint = await _caller.PostAsync("/api/notifications/endpoints", new { url = "https://example.com/hook" });
        return $"/api/notifications/endpoints/{endpoint.Text("id")}/test";
    }

    private async Task AddAsync(string key, int? status, TimeSpan lockedFor, TimeSpan age = default)
    {
        var now = TimeProvider.System.Now();
        await _server.WithDatabaseAsync(db =>
        {
            db.IdempotencyRecords.Add(new IdempotencyRecord
            {
                OwnerId = _caller.UserId,
                Key = key,
                Target = "POST /api/stacks",
                CreatedAt = now - age,
                LockedUntil = now + lockedFor,
                StatusCode = status,
            });
            return db.SaveChangesAsync();
        });
    }
}
