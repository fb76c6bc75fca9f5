using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using StackAgent.Testing;

namespace StackAgent.Bench.Replicas;

/// <summary>
/// Clients of both replicas as a balancer would spread them: who gets no answer, or is told to try again, asks the other one for the same, with the same <c>event_id</c> or
/// idempotency key. Remembers all that was acknowledged.
/// </summary>
internal sealed class ReplicaLoad(ReplicaPair pair, Guid stack)
{
    private const int Reporters = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan UploadInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, bool> _reports = [];
    private readonly ConcurrentDictionary<Guid, bool> _agents = [];
    private readonly ConcurrentDictionary<Guid, bool> _deleted = [];
    private readonly ConcurrentDictionary<long, bool> _events = [];
    private readonly ConcurrentQueue<string> _faults = [];
    private readonly TaskCompletionSource _following = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _asked;
    private int _retried;
    private int _reopened;

    /// <summary>The <c>event_id</c>s of acknowledged reports.</summary>
    public IReadOnlyCollection<string> Reports => [.. _reports.Keys];

    /// <summary>Acknowledged uploads whose deletion wasn't asked for.</summary>
    public IReadOnlyCollection<Guid> Agents => [.. _agents.Keys];

    public IReadOnlyCollection<Guid> Deleted => [.. _deleted.Keys];

    /// <summary>Ids of the events that the resumed stream saw.</summary>
    public IReadOnlySet<long> Events => _events.Keys.ToHashSet();

    /// <summary>Answers that no client should get.</summary>
    public IReadOnlyCollection<string> Faults => [.. _faults];

    /// <summary>Done when the stream of events has begun.</summary>
    public Task Following => _following.Task;

    public int Asked => _asked;

    public int Retried => _retried;

    public int Reopened => _reopened;

    /// <summary>Runs until it is cancelled; whatever is under way then ends in order.</summary>
    public Task RunAsync(byte[] code, CancellationToken cancellationToken) => Task.WhenAll(
    [
        .. Enumerable.Range(0, Reporters).Select(number => ReportAsync(number, cancellationToken)),
        UploadAsync(code, cancellationToken),
        ListAsync(cancellationToken),
    ]);

    /// <summary>Follows the account's events, at the other replica whenever one ends; from the first event on nothing may be missing.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        string? last = null;
        for (var turn = 0; !cancellationToken.IsCancellationRequested; turn++)
        {
            try
            {
                using var stream = await SseReader.OpenAsync(Client(turn), "api/events", last);
                using var end = cancellationToken.Register(stream.Dispose);
                last = stream.LastEventId ?? last;
                _following.TrySetResult();
                while (await stream.ReadAsync() is { } seen)
                {
                    _events[seen.Number] = true;
                    last = seen.Id;
                }

                last = stream.LastEventId ?? last;
                Interlocked.Increment(ref _reopened);
            }
            catch (Exception exception) when (IsAway(exception) || cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(Pause, CancellationToken.None);
                Interlocked.Increment(ref _reopened);
            }
        }
    }

    private async Task ReportAsync(int number, CancellationToken cancellationToken)
    {
        for (var count = 0; !cancellationToken.IsCancellationRequested; count++)
        {
            var id = $"{number}-{count}";
            var report = new { agent_id = $"reporter-{number}", session_topic = $"topic-{count % 5}", status = count % 7 == 0 ? "success" : "running", message = "…", event_id = id };
            using var answer = await AskAsync(count, () => new HttpRequestMessage(HttpMethod.Post, "webhook/status") { Content = JsonContent.Create(report) });
            if (answer.IsSuccessStatusCode)
                _reports[id] = true;
            else
                _faults.Enqueue($"report: {(int)answer.StatusCode}");
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>Every third agent goes again a little later.</summary>
    private async Task UploadAsync(byte[] code, CancellationToken cancellationToken)
    {
        for (var count = 0; !cancellationToken.IsCancellationRequested; count++)
        {
            // A conflict is the name's: the first try was carried out, and its server died before it could say so. Then nothing was acknowledged.
            var (name, key) = ($"agent-{count}", Guid.NewGuid().ToString());
            using (var answer = await AskAsync(count, () => new HttpRequestMessage(HttpMethod.Post, $"api/stacks/{stack}/agents")
            {
                Content = new MultipartFormDataContent { { new StringContent(name), "name" }, { new ByteArrayContent(code), "file", "code.zip" } },
                Headers = { { "Idempotency-Key", key } },
            }))
            {
                if (answer.StatusCode == HttpStatusCode.Created)
                    _agents[(await answer.Content.ReadFromJsonAsync<JsonElement>(CancellationToken.None)).GetProperty("id").GetGuid()] = true;
                else if (answer.StatusCode != HttpStatusCode.Conflict)
                    _faults.Enqueue($"upload: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
            }

            if (count % 3 == 2 && !_agents.IsEmpty)
                await DeleteAsync(count, _agents.Keys.Min());
            await Task.Delay(UploadInterval, CancellationToken.None);
        }
    }

    /// <summary>Whoever doesn't hear that it was done asks again, and then it is gone.</summary>
    private async Task DeleteAsync(int turn, Guid agent)
    {
        using var answer = await AskAsync(turn, () => new HttpRequestMessage(HttpMethod.Delete, $"api/agents/{agent}"));
        if (answer.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotFound)
        {
            _deleted[agent] = true;
            _agents.TryRemove(agent, out _);
        }
        else
        {
            _faults.Enqueue($"deletion: {(int)answer.StatusCode}");
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        for (var turn = 0; !cancellationToken.IsCancellationRequested; turn++)
        {
            using var answer = await AskAsync(turn, () => new HttpRequestMessage(HttpMethod.Get, "api/agents?limit=20"));
            if (!answer.IsSuccessStatusCode)
                _faults.Enqueue($"list: {(int)answer.StatusCode}");
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>Asks one replica and then the other in turn, until one answers with anything but "not now". A request that was answered isn't repeated.</summary>
    private async Task<HttpResponseMessage> AskAsync(int turn, Func<HttpRequestMessage> request)
    {
        for (; ; turn++)
        {
            Interlocked.Increment(ref _asked);
            try
            {
                using var patience = new CancellationTokenSource(Patience);
                using var sent = request();
                var answer = await Client(turn).SendAsync(sent, patience.Token);
                if (!IsLater(answer))
                    return answer;
                answer.Dispose();
            }
            catch (Exception exception) when (IsAway(exception))
            {
                // The other one, then.
            }

            Interlocked.Increment(ref _retried);
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>An idempotency key whose first request died with its server is taken for as long as that could have lived.</summary>
    private static bool IsLater(HttpResponseMessage answer) => answer.StatusCode == HttpStatusCode.ServiceUnavailable
        || (answer.StatusCode == HttpStatusCode.Conflict && answer.Headers.RetryAfter is not null);

    private static bool IsAway(Exception exception) => exception is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException;

    private HttpClient Client(int turn) => pair.All[turn % pair.All.Count].Process.Client;
}
