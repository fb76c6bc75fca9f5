using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.EndToEnd;

/// <summary>How much a <see cref="CrashWorkload"/> asks for.</summary>
/// <param name="Most">Agents alive at a time.</param>
/// <param name="Least">No agent is deleted when there are no more than these.</param>
public sealed record CrashLimits(int Most, int Least)
{
    /// <summary>Uploads in all, each of which has to be acknowledged before the work is done; null: no end.</summary>
    public int? Uploads { get; init; }

    /// <summary>Stacks that are made and deleted between two kills.</summary>
    public int Stacks { get; init; } = int.MaxValue;
}

/// <summary>Uploads, deletions, stacks and reports, sent to a server that is killed again and again, and what of it was acknowledged.</summary>
internal sealed class CrashWorkload(ServerProcess server, byte[] code, CrashLimits limits, int seed)
{
    private readonly ConcurrentDictionary<string, byte> _agents = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _deleted = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _doubtful = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _stacks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _deletedStacks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _reports = new(StringComparer.Ordinal);
    private readonly Random _random = new(seed);
    private int _uploads;
    private int _kills;

    /// <summary>The stack that all agents are in.</summary>
    public Guid Home { get; private set; }

    private int Acknowledged => _agents.Count + _deleted.Count + _stacks.Count + _deletedStacks.Count + _reports.Count;

    private bool AllIsUploaded => _agents.Count >= (limits.Uploads ?? 0);

    public override string ToString() =>
        $"{_kills} kills, {_uploads} uploads, {_agents.Count} agents acknowledged, {_deleted.Count} deleted, {_stacks.Count} more stacks, "
        + $"{_reports.Count} reports; seed {seed}";

    /// <summary>Starts the server, kills it in the midst of work again and again, at least <paramref name="kills"/> times, and starts it a last time.</summary>
    public async Task RunAsync(int kills)
    {
        await server.StartAsync();
        await server.SignInAsync();
        Home = Guid.Parse(await CreateStackAsync() ?? throw new InvalidOperationException("The first stack has to be made."));

        for (; _kills < kills || !AllIsUploaded; _kills++)
        {
            if (server.HasExited)
                await server.StartAsync();

            using var stop = new CancellationTokenSource();
            Task[] work =
            [
                UntilKilledAsync(UploadAsync, stop.Token),
                UntilKilledAsync(DeleteOneAsync, stop.Token),
                UntilKilledAsync(ReportAsync, stop.Token),
                UntilKilledAsync(StackAsync, stop.Token),
            ];
            // In every other round something has to be acknowledged first, so that a slow machine proves as much as a fast one.
            var (all, agents) = (Acknowledged + 5, Math.Min(limits.Uploads ?? 0, _agents.Count + (2 * (limits.Uploads ?? 0) / kills) + 1));
            if (_kills % 2 == 0)
            {
                await Eventually.TrueAsync(
                    () => (Acknowledged >= all && _agents.Count >= agents) || work.Any(loop => loop.IsCompleted), "the server to acknowledge something");
            }

            await Task.Delay(RandomMoment());
            await server.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(work);
        }

        await server.StartAsync();
        Assert.Multiple(() =>
        {
            Assert.That(_agents, Is.Not.Empty, "the test has to do something");
            Assert.That(_deleted, Is.Not.Empty, "the test has to do something");
            Assert.That(_reports, Is.Not.Empty, "the test has to do something");
        });
    }

    /// <summary>
    /// Waits until every agent has a status that <paramref name="isSettled"/> takes and what was deleted is gone, shows that all that was
    /// acknowledged is as it was asked for, and returns the ids of the agents that have rows.
    /// </summary>
    public async Task<IReadOnlyList<string>> SettleAsync(Func<string, bool> isSettled)
    {
        foreach (var agent in _deleted.Keys)
            await UntilGoneAsync($"api/agents/{agent}");
        foreach (var stack in _deletedStacks.Keys)
            await UntilGoneAsync($"api/stacks/{stack}");

        // What a kill cut off in the middle may have happened or not, but has to be settled by now.
        var all = await Eventually.GetAsync(
            async () => await server.Client.GetFromJsonAsync<JsonElement>("api/agents?kind=deployed"),
            list => list.GetProperty("agents").EnumerateArray().All(agent => isSettled(agent.GetProperty("status").GetString()!)),
            "every remaining agent to be settled");
        var rows = all.GetProperty("agents").EnumerateArray().Select(agent => agent.GetProperty("id").GetString()!).ToList();
        var expected = _agents.Keys.Except(_deleted.Keys, StringComparer.Ordinal).Except(_doubtful.Keys, StringComparer.Ordinal);
        Assert.That(expected.Except(rows, StringComparer.Ordinal), Is.Empty, "acknowledged agents that are missing");

        var reported = await ReportedEventsAsync();
        Assert.That(_reports.Keys.Except(reported, StringComparer.Ordinal), Is.Empty, "acknowledged reports that are missing");
        Assert.That(reported, Is.Unique, "reports that are there twice");
        return rows;
    }

    /// <summary>The folders of agents below the platform folder.</summary>
    public static IReadOnlyList<string> AgentFolders(string platform)
    {
        var stacks = Path.Combine(platform, "stacks");
        return
        [
            .. (Directory.Exists(stacks) ? Directory.GetDirectories(stacks) : [])
                .SelectMany(stack => Directory.Exists(Path.Combine(stack, "agents")) ? Directory.GetDirectories(Path.Combine(stack, "agents")) : []),
        ];
    }

    /// <summary>What is left of uploads that were cut off.</summary>
    public static IReadOnlyList<string> StagedFiles(string platform) =>
        [.. Directory.EnumerateFiles(Path.Combine(platform, ".staging"), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is not ("gate" or "lock"))];

    /// <summary>Repeats <paramref name="work"/> until the server is gone: a call that fails after that proves nothing either way.</summary>
    private static async Task UntilKilledAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await work();
            }
            catch (Exception exception) when (exception is HttpRequestException or SocketException)
            {
                return;
            }
        }
    }

    private async Task UploadAsync()
    {
        if (_agents.Count - _deleted.Count >= limits.Most || (limits.Uploads is not null && AllIsUploaded))
        {
            await Task.Yield();
            await server.Client.GetAsync("health");
            return;
        }

        using var form = new MultipartFormDataContent
        {
            { new StringContent($"agent-{Interlocked.Increment(ref _uploads)}"), "name" },
            { new ByteArrayContent(code), "file", "agent.zip" },
        };
        using var answer = await server.Client.PostAsync($"api/stacks/{Home}/agents", form);
        if (answer.StatusCode == HttpStatusCode.Created)
            _agents[(await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!] = 0;
        else
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created), await answer.Content.ReadAsStringAsync());
    }

    private async Task DeleteOneAsync()
    {
        var alive = _agents.Keys.Except(_deleted.Keys, StringComparer.Ordinal).Except(_doubtful.Keys, StringComparer.Ordinal).ToList();
        if (alive.Count <= limits.Least || Next(4) != 0)
        {
            await server.Client.GetAsync("health");
            return;
        }

        var agent = alive[Next(alive.Count)];
        _doubtful[agent] = 0;
        using var answer = await server.Client.DeleteAsync($"api/agents/{agent}");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        _deleted[agent] = 0;
    }

    private async Task StackAsync()
    {
        if (_stacks.Count >= (long)limits.Stacks * (_kills + 1))
        {
            await server.Client.GetAsync("health");
            return;
        }

        if (await CreateStackAsync() is not { } stack)
            return;
        _stacks[stack] = 0;
        using var answer = await server.Client.DeleteAsync($"api/stacks/{stack}");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        _deletedStacks[stack] = 0;
    }

    private async Task ReportAsync()
    {
        var id = Guid.NewGuid().ToString();
        using var answer = await server.Client.PostAsJsonAsync("webhook/status", new
        {
            agent_id = "crash-reporter",
            session_topic = $"topic-{Next(3)}",
            status = "running",
            message = id,
            event_id = id,
        });
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        _reports[id] = 0;
    }

    private async Task<string?> CreateStackAsync()
    {
        using var answer = await server.Client.PostAsJsonAsync("api/stacks", new { name = "crash" });
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
    }

    private Task UntilGoneAsync(string path) => Eventually.GetAsync(
        async () =>
        {
            using var answer = await server.Client.GetAsync(path);
            return (answer.StatusCode, Body: await answer.Content.ReadAsStringAsync());
        },
        answer => answer.StatusCode == HttpStatusCode.NotFound,
        $"{path} to be gone");

    private async Task<List<string>> ReportedEventsAsync()
    {
        var events = new List<string>();
        string? cursor = null;
        do
        {
            var query = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
            var page = await server.Client.GetFromJsonAsync<JsonElement>($"api/agents/crash-reporter/status?limit=100{query}");
            events.AddRange(page.GetProperty("history").EnumerateArray().Select(status => status.GetProperty("message").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        return events;
    }

    /// <summary>From 5 ms to 1.5 s, and more often soon than late: early kills meet what a start has to finish.</summary>
    private TimeSpan RandomMoment()
    {
        lock (_random)
            return TimeSpan.FromMilliseconds(5 * Math.Pow(300, _random.NextDouble()));
    }

    private int Next(int end)
    {
        lock (_random)
            return _random.Next(end);
    }
}
