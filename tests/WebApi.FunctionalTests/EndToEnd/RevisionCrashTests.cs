using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.EndToEnd;

/// <summary>
/// Kills the server with SIGKILL at random moments of changes of code and configuration and of rollbacks, again and again, and shows that one
/// revision serves in the end, the newest, with nothing half made beside it.
/// </summary>
[Category("Crash")]
public sealed class RevisionCrashTests
{
    private const int DefaultRounds = 6;
    private const int Kept = 3;

    private static readonly byte[][] Codes = [.. Enumerable.Range(0, 3).Select(Code)];

    private static readonly int Seed = Random.Shared.Next();

    // Only for what is asked for; it doesn't decide when the server is killed.
    private readonly Random _random = new(Seed);
    private readonly Dictionary<string, int> _done = new(StringComparer.Ordinal) { ["code"] = 0, ["config"] = 0, ["rollback"] = 0 };
    private ServerProcess _server = null!;
    private string _stack = "";
    private string _agent = "";
    private int _acknowledged = 1;

    [Test]
    public async Task Kill_WhenRepeatedAtRandomMomentsOfChanges_EndsWithOneRevisionThatServes()
    {
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("CRASH_ROUNDS"), CultureInfo.InvariantCulture, out var asked) ? asked : DefaultRounds;
        using var folder = new TemporaryFolder();
        using var server = new ServerProcess(typeof(Program).Assembly.Location, folder.Path, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ACCESS_TOKEN_EXPIRE_MINUTES"] = "600",
            ["AGENT_KEEP_REVISIONS"] = $"{Kept}",
        });
        _server = server;
        try
        {
            await CreateAsync();
            for (var round = 0; round < rounds; round++)
                await KillAsync(isToAcknowledge: round % 2 == 0);

            await server.StartAsync();
            await ShowThatOneServesAsync(folder["platform"]);
        }
        finally
        {
            await TestContext.Out.WriteLineAsync(
                $"{rounds} kills, {_done["code"]} changes of code, {_done["config"]} of configuration and {_done["rollback"]} rollbacks acknowledged; seed {Seed}");
        }
    }

    private async Task CreateAsync()
    {
        await _server.StartAsync();
        await _server.SignInAsync();
        using var stack = await _server.Client.PostAsJsonAsync("api/stacks", new { name = "crash" });
        _stack = (await ReadAsync(stack)).GetProperty("id").GetString()!;
        using var form = new MultipartFormDataContent { { new StringContent("agent"), "name" }, { new ByteArrayContent(Codes[0]), "file", "agent.zip" } };
        using var agent = await _server.Client.PostAsync($"api/stacks/{_stack}/agents?wait=5m", form);
        _agent = (await ReadAsync(agent)).GetProperty("id").GetString()!;
    }

    /// <summary>Kills the server in the midst of changes; in every other round not before one was acknowledged, so that a slow machine proves as much as a fast one.</summary>
    private async Task KillAsync(bool isToAcknowledge)
    {
        if (_server.HasExited)
            await _server.StartAsync();
        var before = _acknowledged;
        var work = ChangeUntilKilledAsync();
        if (isToAcknowledge)
            await Eventually.TrueAsync(() => Volatile.Read(ref _acknowledged) > before || work.IsCompleted, "the server to acknowledge something");
        await Task.Delay(TimeSpan.FromMilliseconds(5 * Math.Pow(300, Random.Shared.NextDouble())));
        await _server.KillAsync();
        await work;
    }

    private async Task ChangeUntilKilledAsync()
    {
        while (true)
        {
            try
            {
                var (kind, answer) = await ChangeAsync();
                using (answer)
                {
                    // What a rollback wants back may have just been removed, or be the present one.
                    if (kind == "rollback" && answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
                        continue;

                    var number = (await ReadAsync(answer)).GetProperty("number").GetInt32();
                    Assert.That(number, Is.GreaterThanOrEqualTo(_acknowledged), "a change makes a later revision than all before it");
                    _done[kind]++;
                    Volatile.Write(ref _acknowledged, number);
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or SocketException or IOException)
            {
                return;
            }
        }
    }

    private async Task<(string Kind, HttpResponseMessage Answer)> ChangeAsync()
    {
        // A change that waits lets a rollout get far; one that doesn't overtakes it.
        var wait = _random.Next(2) == 0 ? "?wait=2s" : "";
        switch (_random.Next(3))
        {
            case 0:
                using (var form = new MultipartFormDataContent { { new ByteArrayContent(Codes[_random.Next(Codes.Length)]), "file", "agent.zip" } })
                    return ("code", await _server.Client.PutAsync($"api/agents/{_agent}/code{wait}", form));
            case 1:
                return ("config", await _server.Client.PatchAsJsonAsync(
                    $"api/agents/{_agent}/config{wait}", new { environment = new { N = $"{_random.Next()}" } }));
            default:
                return ("rollback", await _server.Client.PostAsJsonAsync(
                    $"api/agents/{_agent}/rollback{wait}", new { revision = Math.Max(1, _acknowledged - _random.Next(1, Kept)) }));
        }
    }

    private async Task ShowThatOneServesAsync(string platform)
    {
        var revisions = await Eventually.GetAsync(
            RevisionsAsync,
            items => items[0].GetProperty("state").GetString() == "active",
            "the newest revision to be active");
        var newest = revisions[0];
        var number = newest.GetProperty("number").GetInt32();
        var environment = newest.GetProperty("config").GetProperty("environment");
        var digest = newest.GetProperty("code").GetProperty("digest").GetString();
        var code = Array.FindIndex(Codes, zip => Convert.ToHexStringLower(SHA256.HashData(zip)) == digest);
        Assert.That(number, Is.GreaterThanOrEqualTo(_acknowledged), "what was acknowledged isn't lost");
        Assert.That(revisions.Count(revision => revision.GetProperty("state").GetString() == "active"), Is.EqualTo(1));

        var expected = $"{code} {number} {(environment.TryGetProperty("N", out var variable) ? variable.GetString() : "")}";
        await Eventually.GetAsync(
            async () =>
            {
                using var answer = await _server.Client.GetAsync($"stacks/{_stack}/agents/{_agent}/");
                return await answer.Content.ReadAsStringAsync();
            },
            text => text == expected,
            $"the newest revision to serve, with {expected}");

        var agent = Path.Combine(platform, "stacks", _stack, "agents", _agent);
        // The one that served before is kept beyond the newest for a way back.
        await Eventually.GetAsync(
            RevisionsAsync,
            items => items.Count <= Kept + 1
                && StoredRevisions().SetEquals(items.Select(revision => revision.GetProperty("code").GetProperty("revision").GetInt32())),
            "old revisions to go, and their code");
        await Eventually.TrueAsync(
            async () => (await File.ReadAllBytesAsync(Path.Combine(agent, "agent.zip"))).AsSpan().SequenceEqual(Codes[code]), "the link to lead to what serves");
        await Eventually.TrueAsync(() => CrashWorkload.StagedFiles(platform).Count == 0, "nothing half written to stay");
        await Eventually.TrueAsync(() => Processes.WorkingIn(platform).Count == 1, "one process and no other");

        HashSet<int> StoredRevisions() => [.. Directory.GetDirectories(Path.Combine(agent, "revisions")).Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];
    }

    private async Task<List<JsonElement>> RevisionsAsync() =>
        (await _server.Client.GetFromJsonAsync<JsonElement>($"api/agents/{_agent}/revisions")).GetProperty("items").EnumerateArray().ToList();

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>Answers with its own number, that of its revision, and a variable. Large enough for a kill to meet its upload half way.</summary>
    private static byte[] Code(int number) => Zip.Of(
        ("main.py", $$"""
            import http.server, os
            text = f"{{number}} {os.environ['STACKAGENT_REVISION']} {os.environ.get('N', '')}".encode()
            class Answer(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
                def log_message(self, *_):
                    pass
            http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
            """),
        ("ballast.txt", Convert.ToBase64String(RandomNumberGenerator.GetBytes(1_000_000))));
}
