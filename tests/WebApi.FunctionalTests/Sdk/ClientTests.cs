using System.Net;
using StackAgent.Client;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.Testing.Contract;

namespace StackAgent.WebApi.FunctionalTests.Sdk;

/// <summary>The C# SDK against the real product with real agents.</summary>
[TestFixture]
internal sealed class ClientTests
{
    private ProductServer _server;
    private Interruptions _network;
    private StackAgentClient _client;
    private Guid _stack;

    [SetUp]
    public async Task LogInAsync()
    {
        _server = await ProductServer.SharedAsync(DatabaseProvider.Sqlite);
        using var caller = await _server.NewCallerAsync();
        using var loggedIn = await StackAgentClient.LogInAsync(_server.Address, caller.Email, Accounts.Passwords.Good);
        _stack = (await loggedIn.Api.CreateStackAsync(body: new CreateStackRequest { Name = "sdk" })).Id;
        var key = await loggedIn.Api.CreateApiKeyAsync(body: new CreateApiKey { Name = "sdk", Scopes = ["read", "write", "report"] });
        _network = new Interruptions();
        _client = new StackAgentClient(_server.Address, key.Key, new StackAgentClientOptions { FirstPause = TimeSpan.FromMilliseconds(20) }, _network);
    }

    [TearDown]
    public async Task EndAsync()
    {
        await _client.Api.DeleteStackAsync(_stack);
        await Eventually.TrueAsync(IsGoneAsync, "the stack to be gone");
        _client.Dispose();
        _network.Dispose();

        async Task<bool> IsGoneAsync()
        {
            try
            {
                await _client.Api.GetStackAsync(_stack);
                return false;
            }
            catch (NotFoundException)
            {
                return true;
            }
        }
    }

    [Test]
    public async Task Client_FromUploadToDeletion_DoesTheWholeWalk()
    {
        using var code = AgentCode.FromFolder(Path.Combine(Repository.Root, "samples", "echo-python"));
        var details = new UploadDetails { Description = "Echoes.", Config = new AgentConfigPatch { Environment = new Dictionary<string, string?> { ["GREETING"] = "hello" } } };
        var preview = await _client.PreviewAgentAsync(_stack, "echo", code, details);
        Assert.That(preview.EntryPoint, Is.Not.Null);

        using var again = AgentCode.FromFolder(Path.Combine(Repository.Root, "samples", "echo-python"));
        var uploaded = await _client.UploadAgentAsync(_stack, "echo", again, details);
        Assert.That((uploaded.Kind, uploaded.StackId, uploaded.Description), Is.EqualTo((AgentKind.Deployed, (Guid?)_stack, "Echoes.")));
        var id = uploaded.Id.ToString();
        var running = await _client.WaitUntilRunningAsync(id, TimeSpan.FromMinutes(3));
        Assert.That(running.Status, Is.EqualTo(AgentStatus.Running));
        Assert.That((await _client.Api.GetAgentConfigAsync(id)).Environment, Contains.Key("GREETING").WithValue("hello"));

        // One page of the log, then one that is followed until the agent is deleted.
        await Eventually.TrueAsync(async () => await FirstAsync(_client.ReadLogAsync(id, new LogQuery { Tail = 10 })) is not null, "a line of the log");
        var followed = new List<AgentLogLine>();
        var following = CollectAsync(_client.ReadLogAsync(id, new LogQuery { Follow = true }), followed);
        await Eventually.TrueAsync(() => followed.Count > 0, "a followed line");

        var revision = await _client.Api.UpdateAgentConfigAsync(id, wait: "120s", body: new AgentConfigPatch { Note = "louder", Environment = new Dictionary<string, string?> { ["GREETING"] = "HELLO" } });
        Assert.That((revision.Number, revision.State, revision.Note), Is.EqualTo((2, RevisionState.Active, "louder")));
        await using (var zip = await _client.DownloadCodeAsync(id, 1))
            Assert.That(new byte[] { (byte)zip.ReadByte(), (byte)zip.ReadByte() }, Is.EqualTo("PK"u8.ToArray()));

        await _client.Api.DeleteAgentAsync(id);
        await following;
        Assert.That(followed.Select(line => line.Source), Has.Some.EqualTo(LogSource.Stdout));
    }

    [Test]
    public async Task WaitUntilRunning_WhenTheAgentFails_SaysWhy()
    {
        using var code = AgentCode.FromStream(new MemoryStream(SampleAgents.NothingToStart));
        var agent = await _client.UploadAgentAsync(_stack, "nothing", code);

        var failure = Assert.ThrowsAsync<AgentFailedException>(() => _client.WaitUntilRunningAsync(agent.Id.ToString()));

        Assert.That(failure!.Agent.StatusReason, Is.Not.Empty);
        Assert.That(failure.Message, Is.EqualTo(failure.Agent.StatusMessage));
    }

    [Test]
    public async Task FollowEvents_WhenTheConnectionIsLost_GoesOnWithoutAGap()
    {
        using var patience = new CancellationTokenSource(Eventually.Deadline);
        await using var events = _client.FollowEventsAsync(new EventQuery { AgentId = "nightly", Types = ["session.*"] }, patience.Token).GetAsyncEnumerator(patience.Token);
        var next = events.MoveNextAsync();
        await _network.Opened.WaitAsync(patience.Token);

        await ReportAsync(ReportInputStatus.Running);
        Assert.That(await next, Is.True);
        Assert.That(events.Current.Type, Is.EqualTo("session.status_changed"));
        Assert.That(events.Current.DataAs<SessionStatusEvent>().Status, Is.EqualTo(SessionState.Running));

        // The bytes of the next event are the ones that don't arrive.
        next = events.MoveNextAsync();
        _network.Interrupt();
        await ReportAsync(ReportInputStatus.WaitingForInput);
        await ReportAsync(ReportInputStatus.Success);
        Assert.That(await next, Is.True);
        Assert.That(events.Current.DataAs<SessionStatusEvent>().Status, Is.EqualTo(SessionState.WaitingForInput));
        Assert.That(await events.MoveNextAsync(), Is.True);
        Assert.That(events.Current.DataAs<SessionStatusEvent>().Status, Is.EqualTo(SessionState.Success));

        Task ReportAsync(ReportInputStatus status) => _client.ReportAsync(new ReportInput { AgentId = "nightly", SessionTopic = "build", Status = status });
    }

    [Test]
    public async Task Report_WhenTheAnswerIsLost_IsStoredOnce()
    {
        _network.LoseAnswers(2);

        await _client.ReportAsync(new ReportInput { AgentId = "nightly", SessionTopic = "build", Status = ReportInputStatus.Running, Message = "compiling" });

        var session = await _client.Api.GetAgentSessionAsync("nightly", "build");
        Assert.That(session.StatusHistory.Select(report => report.Message), Is.EqualTo(["compiling"]));
    }

    [Test]
    public async Task Report_OfSeveral_TellsWhatBecameOfEach()
    {
        var good = new ReportInput { AgentId = "nightly", SessionTopic = "build", Status = ReportInputStatus.Running };
        var bad = new ReportInput { AgentId = new string('x', 101), SessionTopic = "build", Status = ReportInputStatus.Running };

        Assert.That(await _client.ReportAsync([good, good]), Is.Empty);
        var results = await _client.ReportAsync([good, bad]);

        Assert.That(results.Select(result => result.Status), Is.EqualTo([200, 422]));
        Assert.That(results[1].Error, Does.Contain("agent_id"));
    }

    [Test]
    public async Task Refusals_EachKind_AreTypes()
    {
        var one = new CreateStackRequest { Name = "one" };
        var blank = Assert.ThrowsAsync<ValidationFailedException>(() => _client.Api.CreateStackAsync(body: new CreateStackRequest { Name = " " }));
        Assert.That(blank!.Errors.Keys, Is.EqualTo(["name"]));
        Assert.That((blank.Status, blank.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "validation_failed")));
        Assert.That(blank.TraceId, Is.Not.Empty);

        using var nobody = new StackAgentClient(_server.Address, "sak_nothing");
        Assert.ThrowsAsync<UnauthorizedException>(() => nobody.Api.ListStacksAsync());
        Assert.ThrowsAsync<ForbiddenException>(() => _client.Api.ListApiKeysAsync());
        Assert.ThrowsAsync<NotFoundException>(() => _client.Api.GetAgentAsync("a/b c%2F"));
        Assert.ThrowsAsync<PreconditionFailedException>(() => _client.Api.UpdateStackAsync(_stack, ifMatch: "\"v99\"", body: new UpdateStackRequest { Name = "two" }));

        using var first = AgentCode.FromStream(new MemoryStream(SampleAgents.NothingToStart));
        await _client.UploadAgentAsync(_stack, "agent", first);
        using var second = AgentCode.FromStream(new MemoryStream(SampleAgents.NothingToStart));
        Assert.ThrowsAsync<ConflictException>(() => _client.UploadAgentAsync(_stack, "agent", second));

        var key = Guid.NewGuid().ToString();
        var made = await _client.Api.CreateStackAsync(idempotencyKey: key, body: one);
        Assert.That((await _client.Api.CreateStackAsync(idempotencyKey: key, body: one)).Id, Is.EqualTo(made.Id));
        Assert.ThrowsAsync<IdempotencyMismatchException>(() => _client.Api.CreateStackAsync(idempotencyKey: key, body: new CreateStackRequest { Name = "other" }));
        await _client.Api.DeleteStackAsync(made.Id);
    }

    [Test]
    public async Task Refusals_OfMoreThanAnAccountMayHave_AreATypeOfTheirOwn()
    {
        await using var server = await ProductServer.StartAsync(DatabaseProvider.Sqlite, environment: new Dictionary<string, string> { ["QUOTA_STACKS"] = "1" });
        using var caller = await server.NewCallerAsync();
        using var client = new StackAgentClient(server.Address, await caller.NewKeyAsync("write"));
        var one = new CreateStackRequest { Name = "one" };
        await client.Api.CreateStackAsync(body: one);

        Assert.ThrowsAsync<QuotaExceededException>(() => client.Api.CreateStackAsync(body: one));
    }

    [TestCase(413, typeof(PayloadTooLargeException))]
    [TestCase(429, typeof(RateLimitedException))]
    [TestCase(500, typeof(ServerErrorException))]
    [TestCase(503, typeof(UnavailableException))]
    [TestCase(418, typeof(StackAgentException))]
    public void Refusals_OfAnythingBetween_AreTypesToo(int status, Type expected)
    {
        using var client = new StackAgentClient(new Uri("http://proxy.example"), handler: new Canned((HttpStatusCode)status));

        var refusal = Assert.CatchAsync<StackAgentException>(() => client.Api.GetHealthAsync());

        Assert.That(refusal, Is.TypeOf(expected));
        Assert.That(refusal!.Message, Does.StartWith($"proxy.example answered {status}"));
        Assert.That((refusal as RateLimitedException)?.RetryAfter ?? (refusal as UnavailableException)?.RetryAfter ?? TimeSpan.FromSeconds(7), Is.EqualTo(TimeSpan.FromSeconds(7)));
    }

    [Test]
    public async Task Change_OfOneField_LeavesTheOthers()
    {
        await _client.Api.UpdateStackAsync(_stack, body: new UpdateStackRequest { Description = "Kept." });
        await _client.Api.UpdateStackAsync(_stack, body: new UpdateStackRequest { Name = "renamed" });
        Assert.That((await _client.Api.GetStackAsync(_stack)).Description, Is.EqualTo("Kept."));

        var cleared = await _client.SendAsync<StackDetails>(HttpMethod.Put, $"api/stacks/{_stack}", new System.Text.Json.Nodes.JsonObject { ["description"] = null });
        Assert.That((cleared.Name, cleared.Description), Is.EqualTo(("renamed", (string?)null)));
    }

    private static async Task<T?> FirstAsync<T>(IAsyncEnumerable<T> items)
    {
        await foreach (var item in items)
            return item;
        return default;
    }

    private static async Task CollectAsync<T>(IAsyncEnumerable<T> items, List<T> into)
    {
        await foreach (var item in items)
            into.Add(item);
    }

    /// <summary>A network that loses what it is told to, under the comparison of answers with the document.</summary>
    private sealed class Interruptions() : DelegatingHandler(new DocumentedAnswers(new SocketsHttpHandler { UseCookies = false }))
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _answersToLose;
        private volatile bool _isInterrupted;

        /// <summary>A stream of events has begun.</summary>
        public Task Opened => _opened.Task;

        public void LoseAnswers(int count) => _answersToLose = count;

        /// <summary>Ends the stream of events with what comes next.</summary>
        public void Interrupt() => _isInterrupted = true;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (_answersToLose > 0)
            {
                _answersToLose--;
                response.Dispose();
                throw new HttpRequestException("The connection was lost.");
            }

            if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
            {
                response.Content = new StreamContent(new Line(await response.Content.ReadAsStreamAsync(cancellationToken), this));
                _opened.TrySetResult();
            }

            return response;
        }

        private sealed class Line(Stream stream, Interruptions network) : MemoryStream
        {
            public override bool CanSeek => false;

            public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            {
                var count = await stream.ReadAsync(buffer, cancellationToken);
                if (!network._isInterrupted)
                    return count;

                network._isInterrupted = false;
                throw new IOException("The connection was lost.");
            }

            protected override void Dispose(bool disposing)
            {
                if (disposing)
                    stream.Dispose();
                base.Dispose(disposing);
            }
        }
    }

    private sealed class Canned(HttpStatusCode status) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(
            new HttpResponseMessage(status) { RequestMessage = request, Headers = { { "Retry-After", "7" } }, Content = new StringContent("<html>", null, "text/html") });
    }
}
