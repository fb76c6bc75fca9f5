using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.EndToEnd;

/// <summary>
/// Kills the server with SIGKILL at random moments of uploads, deployments, deletions and reports, again and again, and shows that
/// everything it had acknowledged is as it was asked for, with nothing half made beside it.
/// </summary>
[Category("Crash")]
public sealed class CrashSafetyTests
{
    private const int Rounds = 60;
    private const int MaxAgents = 5;

    // Large enough for a kill to meet uploads half way.
    private static readonly string Ballast = Convert.ToBase64String(RandomNumberGenerator.GetBytes(3_000_000));

    private static readonly byte[] Code = Zip.Of(
        ("Procfile", "web: exec python3 -m http.server --bind 127.0.0.1 $PORT"), ("index.html", "hello"), ("ballast.txt", Ballast));

    private readonly ConcurrentDictionary<string, byte> _agents = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _deleted = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _doubtful = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _stacks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _deletedStacks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _reports = new(StringComparer.Ordinal);
    private int _uploads;

    private int Acknowledged => _agents.Count + _deleted.Count + _stacks.Count + _deletedStacks.Count + _reports.Count;

    [Test]
    public async Task Kill_WhenRepeatedAtRandomMoments_LosesNothingAndLeavesNothingHalfMade()
    {
        using var folder = new TemporaryFolder();
        using var server = new ServerProcess(typeof(Program).Assembly.Location, folder.Path, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // Sixty restarts outlive no token, and a login for each would meet its limit.
            ["ACCESS_TOKEN_EXPIRE_MINUTES"] = "600",
        });
        await server.StartAsync();
        await server.SignInAsync();
        var home = await CreateStackAsync(server.Client) ?? throw new InvalidOperationException("The first stack has to be made.");

        for (var round = 0; round < Rounds; round++)
        {
            if (server.HasExited)
                await server.StartAsync();

            using var stop = new CancellationTokenSource();
            Task[] work =
            [
                UntilKilledAsync(() => UploadAsync(server.Client, home), stop.Token),
                UntilKilledAsync(() => DeleteOneAsync(server.Client), stop.Token),
                UntilKilledAsync(() => ReportAsync(server.Client), stop.Token),
                UntilKilledAsync(() => StackAsync(server.Client), stop.Token),
            ];
            // In every other round something has to be acknowledged first, so that a slow machine proves as much as a fast one.
            var before = Acknowledged;
            if (round % 2 == 0)
                await Eventually.TrueAsync(() => Acknowledged >= before + 5 || work.Any(loop => loop.IsCompleted), "the server to acknowledge something");
            await Task.Delay(RandomMoment());
            await server.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(work);
        }

        TestContext.Out.WriteLine(
            $"{Rounds} kills, {_uploads} uploads, {_agents.Count} agents acknowledged, {_deleted.Count} deleted, {_stacks.Count} more stacks, {_reports.Count} reports");
        await server.StartAsync();
        await ShowThatEverythingIsAsAskedAsync(server, folder["platform"]);
        Assert.Multiple(() =>
        {
            Assert.That(_agents, Is.Not.Empty, "the test has to do something");
            Assert.That(_deleted, Is.Not.Empty, "the test has to do something");
            Assert.That(_reports, Is.Not.Empty, "the test has to do something");
        });
    }

    /// <summary>From 5 ms to 1.5 s, and more often soon than late: early kills meet what a start has to finish.</summary>
    private static TimeSpan RandomMoment() => TimeSpan.FromMilliseconds(5 * Math.Pow(300, Random.Shared.NextDouble()));

    private async Task ShowThatEverythingIsAsAskedAsync(ServerProcess server, string platform)
    {
        foreach (var agent in _agents.Keys.Except(_deleted.Keys, StringComparer.Ordinal).Except(_doubtful.Keys, StringComparer.Ordinal))
            await Eventually.GetAsync(() => StatusAsync(server.Client, agent), status => status == "running", $"agent {agent} to run");
        foreach (var agent in _deleted.Keys)
            await Eventually.GetAsync(() => StatusAsync(server.Client, agent), status => status == "gone", $"agent {agent} to be gone");
        foreach (var stack in _deletedStacks.Keys)
        {
            await Eventually.GetAsync(
                async () => (await server.Client.GetAsync($"api/stacks/{stack}")).StatusCode,
                status => status == HttpStatusCode.NotFound,
                $"stack {stack} to be gone");
        }

        // What a kill cut off in the middle may have happened or not, but has to be settled by now.
        var all = await Eventually.GetAsync(
            async () => await server.Client.GetFromJsonAsync<JsonElement>("api/agents?kind=deployed"),
            list => list.GetProperty("agents").EnumerateArray().All(agent => agent.GetProperty("status").GetString() == "running"),
            "every remaining agent to run");
        var rows = all.GetProperty("agents").EnumerateArray().Select(agent => agent.GetProperty("id").GetString()!).ToList();

        var stacks = Path.Combine(platform, "stacks");
        var folders = (Directory.Exists(stacks) ? Directory.GetDirectories(stacks) : [])
            .SelectMany(stack => Directory.Exists(Path.Combine(stack, "agents")) ? Directory.GetDirectories(Path.Combine(stack, "agents")) : [])
            .ToList();
        Assert.That(folders.Select(Path.GetFileName), Is.EquivalentTo(rows), "folders and rows");
        foreach (var agent in folders)
        {
            Assert.That(File.ReadAllBytes(Path.Combine(agent, "agent.zip")), Is.EqualTo(Code), "the ZIP is whole");
            Assert.That(File.ReadAllText(Path.Combine(agent, "extracted", "index.html")), Is.EqualTo("hello"), "the code is whole");
            Assert.That(File.ReadAllText(Path.Combine(agent, "extracted", "ballast.txt")) == Ballast, "the code is whole");
        }

        Assert.That(StagedFiles(platform), Is.Empty, "nothing half written stays");
        await Eventually.TrueAsync(() => Processes.WorkingIn(platform).Count == rows.Count, "one process for each agent and no other");

        var reported = await ReportedEventsAsync(server.Client);
        Assert.That(_reports.Keys.Except(reported, StringComparer.Ordinal), Is.Empty, "acknowledged reports that are missing");
        Assert.That(reported, Is.Unique, "reports that are there twice");
    }

    /// <summary>Repeats <paramref name="work"/> until the server is gone: a call that fails after that proves nothing either way.</summary>
    private static async Task UntilKilledAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await work();
            }
            catch (HttpRequestException)
            {
                return;
            }
        }
    }

    private async Task UploadAsync(HttpClient client, string stack)
    {
        if (_agents.Count - _deleted.Count >= MaxAgents)
        {
            await Task.Yield();
            await client.GetAsync("health");
            return;
        }

        using var form = new MultipartFormDataContent
        {
            { new StringContent($"agent-{Interlocked.Increment(ref _uploads)}"), "name" },
            { new ByteArrayContent(Code), "file", "agent.zip" },
        };
        using var answer = await client.PostAsync($"api/stacks/{stack}/agents", form);
        if (answer.StatusCode == HttpStatusCode.Created)
            _agents[(await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!] = 0;
        else
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created), await answer.Content.ReadAsStringAsync());
    }

    private async Task DeleteOneAsync(HttpClient client)
    {
        var alive = _agents.Keys.Except(_deleted.Keys, StringComparer.Ordinal).Except(_doubtful.Keys, StringComparer.Ordinal).ToList();
        if (alive.Count < 2 || Random.Shared.Next(4) != 0)
        {
            await client.GetAsync("health");
            return;
        }

        var agent = alive[Random.Shared.Next(alive.Count)];
        _doubtful[agent] = 0;
        using var answer = await client.DeleteAsync($"api/agents/{agent}");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        _deleted[agent] = 0;
    }

    private async Task StackAsync(HttpClient client)
    {
        if (await CreateStackAsync(client) is not { } stack)
            return;
        _stacks[stack] = 0;
        using var answer = await client.DeleteAsync($"api/stacks/{stack}");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        _deletedStacks[stack] = 0;
    }

    private async Task ReportAsync(HttpClient client)
    {
        var id = Guid.NewGuid().ToString();
        using var answer = await client.PostAsJsonAsync("webhook/status", new
        {
            agent_id = "crash-reporter",
            session_topic = $"topic-{Random.Shared.Next(3)}",
            status = "running",
            message = id,
            event_id = id,
        });
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        _reports[id] = 0;
    }

    private static async Task<string?> CreateStackAsync(HttpClient client)
    {
        using var answer = await client.PostAsJsonAsync("api/stacks", new { name = "crash" });
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
    }

    private static async Task<string> StatusAsync(HttpClient client, string agent)
    {
        using var answer = await client.GetAsync($"api/agents/{agent}");
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return "gone";
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return body.GetProperty("status").GetString()!;
    }

    private static async Task<List<string>> ReportedEventsAsync(HttpClient client)
    {
        var events = new List<string>();
        string? cursor = null;
        do
        {
            var query = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
            var page = await client.GetFromJsonAsync<JsonElement>($"api/agents/crash-reporter/status?limit=100{query}");
            events.AddRange(page.GetProperty("history").EnumerateArray().Select(status => status.GetProperty("message").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);
        return events;
    }

    private static List<string> StagedFiles(string platform) =>
        [.. Directory.EnumerateFiles(Path.Combine(platform, ".staging"), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is not ("gate" or "lock"))];
}
