using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Notifications.Delivery;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Delivery;

/// <summary>
/// With a long log and much that waits, nobody reads the whole table to find the little that may go; also where the database has no statistics
/// yet, as after a sudden backlog.
/// </summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class DeliveryPlanTests(DatabaseProvider provider)
{
    private TestDatabase _database = null!;
    private DeliveryServer _server = null!;

    [OneTimeSetUp]
    public async Task SetUp()
    {
        _database = await TestDatabase.CreateAsync(provider);
        _server = new DeliveryServer(_database.Options);
        var owner = await _server.CreateSchemaAsync();
        for (var i = 0; i < 3; i++)
        {
            var endpoint = await _server.AddEndpointAsync(owner, new Uri($"http://127.0.0.1:9/{i}"));
            await _server.AddManyAsync(endpoint, 2000, lines: 2000, DeliveryState.Delivered);
            await _server.AddManyAsync(endpoint, 1000, lines: 100);
        }
    }

    [OneTimeTearDown]
    public async Task TearDown()
    {
        await _server.DisposeAsync();
        await _database.DisposeAsync();
    }

    [TestCaseSource(nameof(Statements))]
    public async Task Statement_WhenThereAreManyRows_GoesByAnIndex(string onPostgreSql, string onSqlite)
    {
        var plan = await _server.QueryAsync(async db =>
        {
            await db.Database.OpenConnectionAsync();
            return await ExplainAsync(db.Database.GetDbConnection(), provider == DatabaseProvider.Sqlite ? onSqlite : onPostgreSql);
        });

        Assert.That(
            plan,
            provider == DatabaseProvider.Sqlite
                ? Has.None.Matches<string>(line => line.StartsWith("SCAN", StringComparison.Ordinal) && !line.Contains("INDEX", StringComparison.Ordinal)
                    && (line.Contains("delivery", StringComparison.Ordinal) || line.Contains("earliest", StringComparison.Ordinal)
                        || line.Contains("head", StringComparison.Ordinal) || line.Contains("notification_deliveries", StringComparison.Ordinal)))
                : Has.None.Contains("Seq Scan on notification_deliveries"),
            string.Join('\n', plan));
    }

    private static IEnumerable<TestCaseData> Statements()
    {
        const string Id = "0198f000-0000-7000-8000-000000000000";
        const string Ids = $"ARRAY['{Id}']::uuid[]";
        const string Now = "now()";
        const string Nows = "ARRAY[now()]";
        const string Texts = "ARRAY['delivered']";
        const string Json = $"""'["{Id}"]'""";
        yield return Case("find endpoints", DeliverySql.FirstsOnPostgreSql, DeliverySql.FirstsOnSqlite);
        yield return Case(
            "find heads",
            Format(DeliverySql.HeadsOnPostgreSql, Ids, Now, Ids, Ids, "64"),
            Format(DeliverySql.HeadsOnSqlite, $"'{Id}'", "1", Json, "64"));
        yield return Case(
            "claim",
            Number(PostgreSqlClaim.Statement, Ids, "ARRAY[16]", Now, Now, Ids, Ids, "64"),
            Format(DeliverySql.ClaimOnSqlite, Json, "1", "1"));
        yield return Case(
            "record",
            Number(PostgreSqlTries.Record, Ids, "ARRAY[0]", Texts, Texts, Nows, Nows, Nows, "ARRAY[1::bigint]", "ARRAY[200]", Texts, Texts),
            Number(SqliteTries.Record, $"'{Id}'", "0", "'delivered'", "1", "''", "200", "''", "1"));
        yield return Case(
            "park",
            Format(DeliverySql.ParkOnPostgreSql, Ids, Ids, Nows, Now, "1000"),
            Format(DeliverySql.ParkOnSqlite, $"'{Id}'", $"'{Id}'", "1", "1", "1000"));

        static TestCaseData Case(string name, string onPostgreSql, string onSqlite) => new TestCaseData(onPostgreSql, onSqlite).SetArgDisplayNames(name);

        static string Number(string sql, params string[] values) => values.Index().Reverse().Aggregate(
            sql, (text, value) => text.Replace($"${value.Index + 1}", value.Item, StringComparison.Ordinal));

        static string Format(string sql, params object[] values) => string.Format(CultureInfo.InvariantCulture, sql, values);
    }

    private static async Task<List<string>> ExplainAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = connection is Npgsql.NpgsqlConnection ? $"EXPLAIN {sql}" : $"EXPLAIN QUERY PLAN {sql}";
        var lines = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            lines.Add(reader.GetString(reader.FieldCount - 1));
        return lines;
    }
}
