using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using StackAgent.Application.Common.Events;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Lists;

/// <summary>2,000 agents of one owner (half of them in 100 stacks), five sessions each, a million reports behind them; and a second owner's few.</summary>
internal sealed class ManyAgents : IAsyncDisposable
{
    public const int Agents = 2_000;
    public const int Stacks = 100;
    public const int Reports = 1_000_000;

    private const int SessionsOfAgent = 5;

    private readonly TestDatabase _database;

    private ManyAgents(TestDatabase database, ServiceProvider services)
    {
        _database = database;
        Services = services;
    }

    public ServiceProvider Services { get; }

    public Guid Owner { get; } = Guid.CreateVersion7();

    public Guid Stranger { get; } = Guid.CreateVersion7();

    public static async Task<ManyAgents> CreateAsync(DatabaseProvider provider)
    {
        var database = await TestDatabase.CreateAsync(provider);

        // Nothing here has to survive, so nothing waits for the disk.
        var services = new ServiceCollection()
            .AddPersistence(database.Options with { Durable = false })
            .AddSingleton(Substitute.For<IDomainEventDispatcher>())
            .AddSingleton(TimeProvider.System)
            .AddLogging()
            .BuildServiceProvider();
        var many = new ManyAgents(database, services);
        await many.FillAsync(provider == DatabaseProvider.PostgreSql ? new PostgreSqlWords() : new SqliteWords());
        return many;
    }

    public async Task<T> WithDatabaseAsync<T>(Func<ApplicationDbContext, Task<T>> work)
    {
        await using var scope = Services.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<ApplicationDbContext>());
    }

    public async ValueTask DisposeAsync()
    {
        await Services.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task FillAsync(Words words)
    {
        await using var scope = Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<DatabaseMigrator>().MigrateAsync(CancellationToken.None);
        var db = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        foreach (var (id, name) in new[] { (Owner, "owner"), (Stranger, "stranger") })
        {
            db.Add(new ApplicationUser
            {
                Id = id,
                FullName = name,
                UserName = name,
                NormalizedUserName = name,
                Email = $"{name}@example.com",
                NormalizedEmail = $"{name}@example.com",
            });
        }

        await db.SaveChangesAsync();
        await AddAsync(db, words, Owner, first: 0, stacks: Stacks, agents: Agents);
        await AddAsync(db, words, Stranger, first: Agents, stacks: 1, agents: 10);
        await RunAsync(db, "ANALYZE");
    }

    /// <summary>Set-based, so that it takes seconds: a row for each number of a series, ids made of these numbers.</summary>
    private static async Task AddAsync(ApplicationDbContext db, Words words, Guid owner, int first, int stacks, int agents)
    {
        var by = words.Literal(owner);
        var last = first + agents;
        await RunAsync(db, $"""
            {words.Series(first + 1, first + stacks)}
            INSERT INTO stacks (id, owner_id, name, description, status, created_at, created_by_id, updated_at, updated_by_id)
            SELECT {words.Id("1", "n")}, {by}, 'Stack ' || n, 'Everything that a team runs.', 'ready', {words.Moment("n")}, {by}, {words.Moment("n")}, {by} FROM series
            """);
        await RunAsync(db, $"""
            {words.Series(first + 1, last)}
            INSERT INTO agents (id, owner_id, key, kind, stack_id, name, status, revision, created_at, created_by_id, updated_at, updated_by_id)
            SELECT {words.Id("2", "n")}, {by}, 'agent-' || n, 'deployed', CASE WHEN n % 2 = 0 THEN {words.Id("1", $"({first} + 1 + n % {stacks})")} END,
                'Agent ' || n, 'running', 1, {words.Moment("n")}, {by}, {words.Moment("n")}, {by} FROM series
            """);
        await RunAsync(db, $"""
            {words.Series(first + 1, last)}
            INSERT INTO agent_activity (agent_id, owner_id, last_seen, last_activity_at, last_activity_second, session_count, active_session_count,
                latest_status, latest_message, version)
            SELECT {words.Id("2", "n")}, {by}, {words.Moment("n * 7919 % 2003")}, {words.Moment("n * 7919 % 2003")}, {words.Moment("n * 7919 % 2003")},
                {SessionsOfAgent}, {SessionsOfAgent}, 'success', 'Done.', 1 FROM series
            """);
        await RunAsync(db, $"""
            {words.Series((first * SessionsOfAgent) + 1, last * SessionsOfAgent)}
            INSERT INTO sessions (id, agent_id, topic, created, last_updated, last_updated_second, ttl_minutes, expires_at, expiry_check_at, current_status, report_count)
            SELECT {words.Id("3", "n")}, {words.Id("2", $"(1 + (n - 1) / {SessionsOfAgent})")}, 'session ' || n, {words.Moment("n")}, {words.Moment("n")},
                {words.Moment("n")}, 30, {words.Moment("n + 1800")}, {words.Moment("n + 1800")}, 'success', 100 FROM series
            """);
        if (agents < Agents)
            return;

        const int OfSession = Reports / (Agents * SessionsOfAgent);
        await RunAsync(db, $"""
            {words.Series(0, Reports - 1)}
            INSERT INTO status_reports (id, agent_id, session_id, sequence, status, received_at, message)
            SELECT {words.Id("4", "n")}, {words.Id("2", $"(1 + n / {OfSession * SessionsOfAgent})")}, {words.Id("3", $"(1 + n / {OfSession})")}, 1 + n % {OfSession},
                'success', {words.Moment("n")}, 'Done.' FROM series
            """);
    }

    private static Task RunAsync(ApplicationDbContext db, string sql)
    {
        db.Database.SetCommandTimeout(TimeSpan.FromMinutes(3));
        return db.Database.ExecuteSqlRawAsync(sql);
    }

    /// <summary>What the two databases call the same things.</summary>
    private abstract class Words
    {
        public abstract string Series(int from, int to);

        /// <summary>A UUID of a kind and a number.</summary>
        public abstract string Id(string kind, string number);

        /// <summary>So many seconds after a certain moment.</summary>
        public abstract string Moment(string seconds);

        public abstract string Literal(Guid id);
    }

    private sealed class PostgreSqlWords : Words
    {
        public override string Series(int from, int to) => $"WITH series AS (SELECT n FROM generate_series({from}, {to}) n)";

        public override string Id(string kind, string number) => $"('00000000-0000-700{kind}-8000-' || lpad(({number})::text, 12, '0'))::uuid";

        public override string Moment(string seconds) => $"(timestamptz '2026-01-01Z' + ({seconds}) * interval '1 second')";

        public override string Literal(Guid id) => $"'{id}'::uuid";
    }

    private sealed class SqliteWords : Words
    {
        public override string Series(int from, int to) =>
            $"WITH RECURSIVE series(n) AS (VALUES({from}) UNION ALL SELECT n + 1 FROM series WHERE n < {to})";

        public override string Id(string kind, string number) => $"printf('00000000-0000-700{kind}-8000-%012d', {number})";

        public override string Moment(string seconds) => $"(1767225600 + ({seconds})) * 1000000";

        public override string Literal(Guid id) => $"'{id.ToString().ToUpperInvariant()}'";
    }
}
