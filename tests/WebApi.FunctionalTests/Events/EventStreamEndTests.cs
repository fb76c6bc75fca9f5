using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.Testing.Contract;

namespace StackAgent.WebApi.FunctionalTests.Events;

/// <summary>How streams stay alive, and what ends them.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class EventStreamEndTests(DatabaseProvider provider)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    [Test]
    public async Task Follow_WhenItIsSilent_BeatsEveryFifteenSeconds()
    {
        var clock = new ManualTimeProvider();
        await using var server = await StartAsync(clock);
        using var caller = await server.NewCallerAsync();
        using var stranger = await server.NewCallerAsync();
        using var stream = await SseReader.OpenAsync(caller.Http, "/api/events");
        using var theirs = await SseReader.OpenAsync(stranger.Http, "/api/events");

        // Somebody else's event moves the place where this client goes on, though it doesn't see it.
        await server.AppendAsync(EventRows.Of(stranger.UserId, "theirs"));
        var seen = await theirs.ReadAsync();
        for (var beat = 0; beat < 3; beat++)
        {
            clock.Advance(Heartbeat);
            var block = await stream.ReadBlockAsync();
            Assert.That((block!.IsEvent, block.Comment), Is.EqualTo((false, "heartbeat")));
        }

        Assert.That(stream.LastEventId, Is.EqualTo(seen!.Id));
    }

    [Test]
    public async Task Follow_WhenTheKeyIsRevoked_EndsAtTheNextHeartbeat()
    {
        var clock = new ManualTimeProvider();
        await using var server = await StartAsync(clock);
        using var caller = await server.NewCallerAsync();
        var key = await caller.PostAsync("/api/apikeys", new { name = "key", scopes = new[] { "read" } });
        using var reader = server.Anonymous(key.Text("key"));
        using var stream = await SseReader.OpenAsync(reader.Http, "/api/events");
        clock.Advance(Heartbeat);
        Assert.That((await stream.ReadBlockAsync())!.Comment, Is.EqualTo("heartbeat"));

        await caller.DeleteAsync($"/api/apikeys/{key.Text("id")}");
        clock.Advance(Heartbeat);

        await AssertEndsAsync(stream, "stream.closed", "credential_ended");
    }

    [Test]
    public async Task Follow_WhenTheLoginEnds_EndsAtTheNextHeartbeat()
    {
        var clock = new ManualTimeProvider();
        await using var server = await StartAsync(clock);
        using var caller = await server.NewCallerAsync();
        using var stream = await SseReader.OpenAsync(caller.Http, "/api/events");

        Assert.That((await caller.PostAsync("/api/auth/logout", new { })).Status, Is.EqualTo(HttpStatusCode.OK));
        clock.Advance(Heartbeat);

        await AssertEndsAsync(stream, "stream.closed", "credential_ended");
    }

    [Test]
    public async Task Follow_WhenTheAccessTokenExpires_SaysSo()
    {
        var clock = new ManualTimeProvider();
        await using var server = await StartAsync(clock);
        using var caller = await server.NewCallerAsync();
        using var stream = await SseReader.OpenAsync(caller.Http, "/api/events");

        // A clock that jumps may pass the timer that the stream is just setting; a clock that goes on doesn't.
        var reading = stream.ReadToEndAsync();
        clock.Advance(server.Settings.Tokens.AccessTokenLifetime);
        await Eventually.TrueAsync(
            () =>
            {
                clock.Advance(Heartbeat);
                return reading.IsCompleted;
            },
            "the stream to end");

        AssertEnds(await reading, "stream.closed", "credential_expired");
    }

    [Test]
    public async Task Follow_WhenTheServerStops_IsToldAndEnds()
    {
        var server = await ProductServer.StartAsync(provider);
        using var caller = await server.NewCallerAsync();
        using var stream = await SseReader.OpenAsync(caller.Http, "/api/events");
        await server.AppendAsync(EventRows.Of(caller.UserId, "last"));
        await stream.ReadAsync();

        var stopping = server.DisposeAsync().AsTask();
        var events = await stream.ReadToEndAsync();
        await stopping;

        Assert.That(events.Select(block => block.Event), Is.EqualTo(["stream.closed"]));
        Assert.That(events[^1].Payload.GetProperty("reason").GetString(), Is.EqualTo("server_stopping"));
    }

    [Test]
    public async Task Follow_WhenThereAreTooMany_IsRefusedUntilOneEnds()
    {
        await using var server = await StartAsync(options: new EventStreamOptions { MaxStreamsOfOwner = 2, MaxStreams = 3 });
        using var caller = await server.NewCallerAsync();
        using var other = await server.NewCallerAsync();
        using var first = await SseReader.OpenAsync(caller.Http, "/api/events");
        using var second = await SseReader.OpenAsync(caller.Http, "/api/events");
        var third = await caller.GetAsync("/api/events");
        using var others = await SseReader.OpenAsync(other.Http, "/api/events");
        var fourth = await other.GetAsync("/api/events");

        Assert.Multiple(() =>
        {
            Assert.That(third.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
            Assert.That(third.Text("error"), Is.EqualTo("rate_limited"));
            Assert.That(third.Headers.RetryAfter, Is.Not.Null);
            Assert.That(fourth.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(fourth.Headers.RetryAfter, Is.Not.Null);
        });

        first.Dispose();
        using var instead = await Eventually.GetAsync(
            () => TryOpenAsync(caller), stream => stream is not null, "the place of the stream that ended");
        await server.AppendAsync(EventRows.Of(caller.UserId, "to the others"));
        Assert.That((await second.ReadAsync())!.Text(), Is.EqualTo("to the others"));
    }

    [Test]
    public async Task Follow_WhenAReaderIsTooSlow_ItIsDroppedAndTheOthersGetEverything()
    {
        const int Chunk = 16;
        const int Total = 2000;
        await using var server = await StartAsync(options: new EventStreamOptions { QueueCapacity = 2 * Chunk, PageSize = Chunk });
        using var caller = await server.NewCallerAsync();
        using var narrow = Narrow(server, await caller.NewKeyAsync("read"));
        using var slow = await SseReader.OpenAsync(narrow, "/api/events");
        using var fast = await SseReader.OpenAsync(caller.Http, "/api/events");

        // More than the buffers of two sockets hold.
        var text = new string('x', 8000);
        var ids = new List<long>();
        for (var written = 0; written < Total; written += Chunk)
        {
            await server.AppendAsync(Enumerable.Range(0, Chunk).Select(_ => EventRows.Of(caller.UserId, text)));
            ids.AddRange((await fast.ReadAsync(Chunk)).Select(block => block.Number));
        }

        var late = await slow.ReadToEndAsync();
        var seen = late.SkipLast(1).Select(block => block.Number).ToList();
        using var again = await SseReader.OpenAsync(narrow, "/api/events", slow.LastEventId);
        var rest = (await again.ReadAsync(Total - seen.Count)).Select(block => block.Number);

        Assert.Multiple(() =>
        {
            Assert.That(ids, Has.Count.EqualTo(Total).And.Ordered.And.Unique);
            Assert.That(late[^1].Event, Is.EqualTo("stream.dropped"));
            Assert.That(late[^1].Payload.GetProperty("message").GetString(), Does.Contain("Last-Event-ID"));
            Assert.That(seen, Is.Not.Empty);
            Assert.That(seen.Concat(rest), Is.EqualTo(ids));
        });
    }

    private Task<ProductServer> StartAsync(TimeProvider? clock = null, EventStreamOptions? options = null) =>
        ProductServer.StartAsync(provider, services =>
        {
            services.AddSingleton(clock ?? TimeProvider.System);
            services.AddSingleton(options ?? new EventStreamOptions());
        });

    private static async Task<SseReader?> TryOpenAsync(Caller caller)
    {
        try
        {
            return await SseReader.OpenAsync(caller.Http, "/api/events");
        }
        catch (HttpRequestException exception) when (exception.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
        {
            return null;
        }
    }

    /// <summary>A client whose socket takes in little.</summary>
    private static HttpClient Narrow(ProductServer server, string key)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096, NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(new DocumentedAnswers(handler)) { BaseAddress = server.Address, DefaultRequestHeaders = { { "X-API-Key", key } } };
    }

    private static async Task AssertEndsAsync(SseReader stream, string type, string reason) =>
        AssertEnds(await stream.ReadToEndAsync(), type, reason);

    private static void AssertEnds(IReadOnlyList<SseBlock> events, string type, string reason)
    {
        Assert.That(events.Select(block => (block.Event, block.Id)), Is.EqualTo(new[] { (type, (string?)null) }));
        Assert.That(events[0].Payload.GetProperty("reason").GetString(), Is.EqualTo(reason));
        Assert.That(events[0].Payload.GetProperty("message").GetString(), Does.EndWith("."));
    }
}
