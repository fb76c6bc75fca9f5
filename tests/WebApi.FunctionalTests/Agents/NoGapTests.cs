using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Agents;

/// <summary>An agent that is called 200 times a second over HTTP while it is changed, for better and for worse.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[NonParallelizable]
internal sealed class NoGapTests(DatabaseProvider provider)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly ConcurrentQueue<string> _failures = [];
    private readonly ConcurrentDictionary<string, int> _answers = new(StringComparer.Ordinal);
    private ProductServer _server;
    private Caller _caller;
    private Guid _stack;
    private CancellationTokenSource _end;
    private Task _calling;

    [SetUp]
    public async Task SignUpAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _caller = await _server.NewCallerAsync();
        _stack = await _caller.CreateStackAsync();
        _end = new CancellationTokenSource();
        _calling = Task.CompletedTask;
    }

    [TearDown]
    public async Task EndAsync()
    {
        await StopCallingAsync();
        _end.Dispose();
        await _caller.DeleteAsync($"/api/stacks/{_stack}");
        await _caller.UntilGoneAsync($"/api/stacks/{_stack}");
        _caller.Dispose();
    }

    [Test]
    public async Task Changes_WhileTheAgentIsCalled_CostNotOneCall()
    {
        var id = await _caller.DeployAsync(_stack, "agent", SampleAgents.Answering("one"));
        await _caller.UntilAsync($"/api/agents/{id}", "running");
        _calling = CallAsync(id, _end.Token);
        await UntilAnsweredAsync("one");

        Assert.That(State(await ChangeCodeAsync(id, SampleAgents.Answering("two"))), Is.EqualTo("active"));
        await UntilAnsweredAsync("two");

        var crashed = await ChangeCodeAsync(id, SampleAgents.Crashing);
        Assert.That((State(crashed), crashed.GetProperty("failure_reason").GetString()), Is.EqualTo(("failed", "CrashLoopBackOff")));
        await UntilBackAsync(id);

        var silent = await ChangeCodeAsync(id, SampleAgents.NeverReady, """{"health":{"startup_seconds":1}}""");
        Assert.That((State(silent), silent.GetProperty("failure_reason").GetString()), Is.EqualTo(("failed", "DeadlineExceeded")));
        await UntilBackAsync(id);

        var back = await _caller.PostAsync($"/api/agents/{id}/rollback?wait=120s", new { revision = 1 });
        Assert.That(State(back.Body), Is.EqualTo("active"));
        _answers.Clear();
        await UntilAnsweredAsync("one");

        Assert.That((await _caller.PostAsync($"/api/agents/{id}/restart?wait=120s", new { })).Text("status"), Is.EqualTo("running"));
        _answers.Clear();
        await UntilAnsweredAsync("one");

        await StopCallingAsync();
        Assert.That(_failures, Is.Empty);
    }

    private async Task StopCallingAsync()
    {
        await _end.CancelAsync();
        await _calling;
    }

    private static string? State(JsonElement revision) => revision.GetProperty("state").GetString();

    private async Task<JsonElement> ChangeCodeAsync(Guid id, byte[] zip, string? config = null)
    {
        using var form = new MultipartFormDataContent();
        if (config is not null)
            form.Add(new StringContent(config), "config");
        form.Add(new ByteArrayContent(zip), "file", "agent.zip");
        var reply = await _caller.SendAsync(HttpMethod.Put, $"/api/agents/{id}/code?wait=120s", form);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        return reply.Body;
    }

    private async Task UntilBackAsync(Guid id)
    {
        var back = await _caller.UntilAsync($"/api/agents/{id}", "running");
        Assert.That(back.Text("status_reason"), Is.EqualTo("RolledBack"));
        _answers.Clear();
        await UntilAnsweredAsync("two");
    }

    private Task UntilAnsweredAsync(string word) => Eventually.TrueAsync(
        () => _answers.GetValueOrDefault(word) >= 20 || !_failures.IsEmpty, $"answers of {word}");

    private async Task CallAsync(Guid id, CancellationToken end)
    {
        var address = $"/stacks/{_stack}/agents/{id}/";
        List<Task> calls = [];
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                calls.RemoveAll(call => call.IsCompletedSuccessfully);
                calls.Add(CallOnceAsync(address));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(calls);
        }
    }

    private async Task CallOnceAsync(string address)
    {
        try
        {
            using var answer = await _caller.Http.GetAsync(address, CancellationToken.None);
            var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
            if (answer.StatusCode == HttpStatusCode.OK && text is "one" or "two")
                _answers.AddOrUpdate(text, 1, (_, count) => count + 1);
            else
                _failures.Enqueue($"{(int)answer.StatusCode} {text}");
        }
        catch (Exception exception)
        {
            _failures.Enqueue(exception.ToString());
        }
    }
}
