using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using StackAgent.Application.Common.Events;
using StackAgent.Application.Events;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.EndToEnd;

/// <summary>
/// Kills the server, PostgreSQL, or both, at random moments while reports cause notifications to a receiver that fails, hangs, drops and
/// dawdles at random, and shows that each cause has been delivered, always with the same id, and each session's in order.
/// <c>CRASH_ROUNDS</c> says how many times; a few by default.
/// </summary>
[Category("Crash")]
public sealed class NotificationCrashTests
{
    private const int DefaultRounds = 5;
    private const int Sessions = 40;

    /// <summary>Changes of each session in a round.</summary>
    private const int Changes = 3;

    /// <summary>
    /// Nothing that is on its way is silent for so long: a try that hangs and a claim whose server was killed are over within half a minute,
    /// and only a second failure, which the receiver doesn't cause but a kill may, is followed by five minutes and a half.
    /// </summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(5.5) + TimeSpan.FromSeconds(75);

    private static readonly string[] Statuses = ["running", "success", "failed", "pending", "waiting_for_input"];

    private readonly int[] _next = new int[Sessions];
    private readonly ConcurrentDictionary<string, byte> _acknowledged = new(StringComparer.Ordinal);
    private readonly Random _random = new();

    [Test]
    public async Task Kill_WhenTheReceiverIsUnreliableToo_EachCauseArrivesWithOneIdAndInOrder()
    {
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("CRASH_ROUNDS"), CultureInfo.InvariantCulture, out var wanted) ? wanted : DefaultRounds;
        await using var receiver = await WebhookReceiver.StartAsync(MisbehaveAsync);
        await using var postgres = await ThrowawayPostgreSql.StartAsync(durable: true);
        using var folder = new TemporaryFolder();
        using var server = new ServerProcess(typeof(Program).Assembly.Location, folder.Path, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["DATABASE_URL"] = postgres.Url,
            ["ACCESS_TOKEN_EXPIRE_MINUTES"] = "600",
            ["NOTIFICATION_ALLOW_PRIVATE"] = "true",
        });
        await server.StartAsync();
        await server.SignInAsync();
        using (var made = await server.Client.PostAsJsonAsync(
            "api/notifications/endpoints", new { url = receiver.At("hook"), event_types = new[] { EventTypes.SessionStatusChanged } }))
        {
            Assert.That(made.StatusCode, Is.EqualTo(HttpStatusCode.Created), await made.Content.ReadAsStringAsync());
        }

        for (var round = 0; round < rounds; round++)
        {
            var before = _acknowledged.Count;
            var reporters = Enumerable.Range(0, Sessions).Select(session => Task.Run(() => ReportAsync(server.Client, session))).ToList();
            await Eventually.TrueAsync(
                () => _acknowledged.Count >= before + (Sessions * Changes / 2) || reporters.TrueForAll(reporter => reporter.IsCompleted),
                "reports to be acknowledged");
            await Task.Delay(_random.Next(1000));

            // The server alone, PostgreSQL alone (the server sees it through), or both at once.
            var (killsServer, killsPostgres) = (round % 3 != 1, round % 3 != 0);
            await Task.WhenAll(killsServer ? server.KillAsync() : Task.CompletedTask, killsPostgres ? postgres.KillAsync() : Task.CompletedTask);
            if (killsPostgres)
                await postgres.RestartAsync();
            await Task.WhenAll(reporters);
            if (killsServer)
                await server.StartAsync();
        }

        var causes = await CausesAsync(postgres.ConnectionString);
        var missing = await WaitForAllAsync(receiver, causes.ConvertAll(cause => cause.Message));
        await server.StopAsync();

        var (received, taken) = (receiver.Received, receiver.Taken);
        await TestContext.Out.WriteLineAsync($"{rounds} kills: {causes.Count} causes, {received.Count} tries, {taken.Count} taken");
        Assert.Multiple(() =>
        {
            Assert.That(missing, Is.Empty, "causes that were not delivered");
            Assert.That(_acknowledged.Keys.Except(causes.Select(cause => cause.Message), StringComparer.Ordinal), Is.Empty, "acknowledged changes without an event");
            Assert.That(received.Select(webhook => (webhook.Id, MessageOf(webhook))).Distinct().Select(pair => pair.Item2), Is.Unique, "causes with several ids");
            Assert.That(received.Select(webhook => (webhook.Id, MessageOf(webhook))).Distinct().Select(pair => pair.Id), Is.Unique, "ids of several causes");
            foreach (var session in causes.GroupBy(cause => cause.Session))
            {
                Assert.That(
                    taken.Select(MessageOf).Where(message => message.StartsWith($"{session.Key} ", StringComparison.Ordinal)).Distinct(),
                    Is.EqualTo(session.Select(cause => cause.Message)), "in the order of the causes");
            }
        });
    }

    /// <summary>
    /// Waits for as long as deliveries arrive, however long their lines are: many of them are tried twice, one after the other. Returns the
    /// causes that are missing when nothing new has arrived for <see cref="Silence"/>.
    /// </summary>
    private static async Task<List<string>> WaitForAllAsync(WebhookReceiver receiver, List<string> causes)
    {
        var missing = causes.ToHashSet(StringComparer.Ordinal);
        var (seen, lastNews) = (0, Stopwatch.GetTimestamp());
        while (missing.Count > 0 && Stopwatch.GetElapsedTime(lastNews) < Silence)
        {
            var taken = receiver.Taken;
            if (taken.Count > seen)
                lastNews = Stopwatch.GetTimestamp();
            foreach (var webhook in taken.Skip(seen))
                missing.Remove(MessageOf(webhook));
            seen = taken.Count;
            await Task.Delay(TimeSpan.FromMilliseconds(250));
        }

        return [.. causes.Where(missing.Contains)];
    }

    /// <summary>Changes a session's status a few times, each time with a message that no other report has.</summary>
    private async Task ReportAsync(HttpClient client, int session)
    {
        for (var i = 0; i < Changes; i++)
        {
            // A report whose fate is unknown isn't sent again: the next one says something new either way.
            var number = _next[session]++;
            var message = string.Create(CultureInfo.InvariantCulture, $"session-{session} {number}");
            var report = new
            {
                agent_id = string.Create(CultureInfo.InvariantCulture, $"agent-{session % 5}"),
                session_topic = string.Create(CultureInfo.InvariantCulture, $"session-{session}"),
                status = Statuses[number % Statuses.Length],
                message,
            };
            try
            {
                using var answer = await client.PostAsJsonAsync("webhook/status", report);
                if (answer.StatusCode == HttpStatusCode.OK)
                    _acknowledged.TryAdd(message, 0);
                else
                    Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable), await answer.Content.ReadAsStringAsync());
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20));
            }
        }
    }

    /// <summary>
    /// Only with what it sees for the first time: after a second failure there are five minutes until the next try.
    /// </summary>
    private static async Task MisbehaveAsync(ReceivedWebhook webhook, HttpContext context)
    {
        if (webhook.Earlier > 0)
            return;

        var luck = Random.Shared.Next(100);
        if (luck < 15)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
        else if (luck < 25)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            context.Abort();
        }
        else if (luck < 27)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        else if (luck < 60)
        {
            await Task.Delay(Random.Shared.Next(300), context.RequestAborted);
        }
    }

    private static string MessageOf(ReceivedWebhook webhook) =>
        JsonSerializer.Deserialize<JsonElement>(webhook.Body).GetProperty("data").GetProperty("message").GetString()!;

    private static async Task<List<(string Session, string Message)>> CausesAsync(string connectionString)
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(TimeProvider.System)
            .AddSingleton(Substitute.For<IDomainEventDispatcher>())
            .AddPersistence(new DatabaseOptions(DatabaseProvider.PostgreSql, connectionString))
            .BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        var events = await scope.ServiceProvider.GetRequiredService<ApplicationDbContext>().Events
            .AsNoTracking()
            .Where(record => record.Type == EventTypes.SessionStatusChanged)
            .OrderBy(record => record.Id)
            .Select(record => record.Data)
            .ToListAsync();
        return events.ConvertAll(data =>
        {
            var root = JsonSerializer.Deserialize<JsonElement>(data);
            return (root.GetProperty("session").GetProperty("session_topic").GetString()!, root.GetProperty("message").GetString()!);
        });
    }
}
