using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using StackAgent.Application.Common.Events;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.EndToEnd;

/// <summary>
/// Kills the server, PostgreSQL, or both, at random moments under a load of reports, and shows that every acknowledged report is there
/// exactly once and every session is what its history says. <c>CRASH_ROUNDS</c> says how many times; a few by default.
/// </summary>
[Category("Crash")]
public sealed class ReportCrashTests
{
    private const int DefaultRounds = 9;
    private const int Reporters = 24;

    private readonly ConcurrentDictionary<string, byte> _acknowledged = new(StringComparer.Ordinal);
    private readonly Random _random = new();
    private long _sent;
    private long _refused;

    [Test]
    public async Task Kill_WhenTheServerOrPostgreSqlDiesUnderLoad_EveryAcknowledgedReportIsThereOnce()
    {
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("CRASH_ROUNDS"), CultureInfo.InvariantCulture, out var wanted) ? wanted : DefaultRounds;
        await using var postgres = await ThrowawayPostgreSql.StartAsync(durable: true);
        using var folder = new TemporaryFolder();
        using var server = new ServerProcess(typeof(Program).Assembly.Location, folder.Path, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["DATABASE_URL"] = postgres.Url,
            ["ACCESS_TOKEN_EXPIRE_MINUTES"] = "600",
        });
        await server.StartAsync();
        await server.SignInAsync();

        for (var round = 0; round < rounds; round++)
        {
            using var stop = new CancellationTokenSource();
            var reporters = Enumerable.Range(0, Reporters).Select(reporter => Task.Run(() => ReportAsync(server.Client, reporter, stop.Token))).ToList();
            var enough = _acknowledged.Count + 100;
            await Eventually.TrueAsync(() => _acknowledged.Count >= enough, "reports to be acknowledged");
            await Task.Delay(_random.Next(300));

            // The server alone, PostgreSQL alone (the server sees it through), or both at once.
            var (killsServer, killsPostgres) = (round % 3 != 1, round % 3 != 0);
            await Task.WhenAll(killsServer ? server.KillAsync() : Task.CompletedTask, killsPostgres ? postgres.KillAsync() : Task.CompletedTask);
            if (killsPostgres)
                await postgres.RestartAsync();
            if (!killsServer)
            {
                var again = _acknowledged.Count + 1;
                await Eventually.TrueAsync(() => _acknowledged.Count >= again, "the server to store reports again by itself");
            }

            await stop.CancelAsync();
            await Task.WhenAll(reporters);
            if (killsServer)
                await server.StartAsync();
        }

        await server.StopAsync();
        await TestContext.Out.WriteLineAsync($"{rounds} kills: {_sent} reports sent, {_acknowledged.Count} acknowledged, {_refused} refused");
        await ShowThatAllIsThereAsync(postgres.ConnectionString);
    }

    private async Task ReportAsync(HttpClient client, int reporter, CancellationToken cancellationToken)
    {
        string[] statuses = ["running", "success", "failed", "pending", "waiting_for_input"];
        var random = new Random(reporter);
        while (!cancellationToken.IsCancellationRequested)
        {
            var message = Guid.NewGuid().ToString();
            var report = new
            {
                agent_id = $"agent {random.Next(10)}",
                session_topic = $"topic {random.Next(3)}",
                status = statuses[random.Next(statuses.Length)],
                message,
            };
            try
            {
                Interlocked.Increment(ref _sent);
                using var answer = await client.PostAsJsonAsync("webhook/status", report, CancellationToken.None);
                if (answer.StatusCode == HttpStatusCode.OK)
                    _acknowledged.TryAdd(message, 0);
                else if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
                    Interlocked.Increment(ref _refused);
                else
                    Assert.Fail($"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
            }
            catch (HttpRequestException)
            {
                // The server is gone, and whether it took the report nobody knows. Until it is back there is no hurry.
                await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
            }
        }
    }

    private async Task ShowThatAllIsThereAsync(string connectionString)
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(TimeProvider.System)
            .AddSingleton(Substitute.For<IDomainEventDispatcher>())
            .AddPersistence(new DatabaseOptions(DatabaseProvider.PostgreSql, connectionString))
            .BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();

        var stored = await database.StatusReports.AsNoTracking().Select(report => report.Message!).ToListAsync();
        Assert.Multiple(() =>
        {
            Assert.That(_acknowledged.Keys.Except(stored, StringComparer.Ordinal), Is.Empty, "acknowledged reports that are missing");
            Assert.That(stored, Is.Unique, "reports that are there twice");
        });
        Assert.That(await SessionReplay.FindDifferencesAsync(database), Is.Empty);
    }
}
