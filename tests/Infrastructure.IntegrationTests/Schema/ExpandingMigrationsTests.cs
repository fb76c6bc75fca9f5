using System.Reflection;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Npgsql;
using StackAgent.Infrastructure.Checkups;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Schema;

/// <summary>Each migration leaves room for servers of the version before it: expand now, contract a version later (ADR 97).</summary>
internal sealed class ExpandingMigrationsTests
{
    private const string FirstRelease = "made before the first release: no server of the version before it runs anywhere";

    /// <summary>Migration → step → why it may be taken nevertheless.</summary>
    private static readonly Dictionary<(string Migration, string Step), string> Reasons = new()
    {
        [("StatusTracking", "drops agents.last_activity_at")] = FirstRelease,
        [("StatusTracking", "drops agents.last_seen")] = FirstRelease,
        [("StatusTracking", "makes status_reports unique by session_id, sequence")] = FirstRelease,
        [("AuditAppendOnly", "says CREATE TRIGGER")] = FirstRelease,
    };

    [TestCase(typeof(SqliteDbContext), "Microsoft.EntityFrameworkCore.Sqlite")]
    [TestCase(typeof(PostgreSqlDbContext), "Npgsql.EntityFrameworkCore.PostgreSQL")]
    public void Migrations_AfterTheFirst_OnlyExpand(Type context, string provider)
    {
        var migrations = SchemaCheckup.MigrationsOf(context);
        var steps = AfterTheFirst(context, provider)
            .SelectMany(migration => ExpandingRules.FindBreaking(migration.UpOperations).Select(step => (migration.GetType().Name, step)))
            .Distinct()
            .ToList();

        Assert.That(migrations, Has.Count.GreaterThan(1), "the test finds migrations");
        Assert.That(
            steps.Except(Reasons.Keys),
            Is.Empty,
            "Servers of the version before run beside this one. Add what is new now; drop, rename and tighten a version later, and give the reason here then.");
        Assert.That(Reasons.Keys.Except(steps), Is.Empty, "reasons for what isn't there");
    }

    [TestCase(DatabaseProvider.Sqlite)]
    [TestCase(DatabaseProvider.PostgreSql)]
    public async Task Columns_OfTheNewestMigration_CanBeLeftOutByWhoDoesntKnowThem(DatabaseProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await using (var server = new StatusLog.StatusLogServer(database.Options))
            await server.CreateSchemaAsync();

        var (context, name) = provider == DatabaseProvider.Sqlite
            ? (typeof(SqliteDbContext), "Microsoft.EntityFrameworkCore.Sqlite")
            : (typeof(PostgreSqlDbContext), "Npgsql.EntityFrameworkCore.PostgreSQL");
        var demanded = await DemandedColumnsAsync(database, provider);
        var added = AfterTheFirst(context, name).Last().UpOperations.OfType<AddColumnOperation>().Select(column => $"{column.Table}.{column.Name}");

        Assert.That(demanded, Does.Contain("stacks.name"), "the test finds columns");
        Assert.That(added.Intersect(demanded, StringComparer.Ordinal), Is.Empty);
    }

    [Test]
    public void FindBreaking_WhenPlanted_FindsEachStep()
    {
        var builder = new MigrationBuilder("any");
        builder.DropTable("a");
        builder.RenameTable("b", newName: "c");
        builder.DropColumn("d", "a");
        builder.RenameColumn("e", "a", "f");
        builder.AddColumn<int>("g", "a", nullable: false);
        builder.AlterColumn<string>("h", "a", nullable: false, oldClrType: typeof(string), oldNullable: true);
        builder.AlterColumn<string>("i", "a", maxLength: 10, oldClrType: typeof(string), oldMaxLength: 20);
        builder.AlterColumn<long>("j", "a", oldClrType: typeof(string));
        builder.CreateIndex("k", "a", "k", unique: true);
        builder.AddPrimaryKey("l", "a", "l");
        builder.AddForeignKey("m", "a", "m", "n", principalColumn: "id");
        builder.AddUniqueConstraint("o", "a", "o");
        builder.AddCheckConstraint("p", "a", "p > 0");
        builder.Sql("ALTER TABLE a drop\n COLUMN q");

        Assert.That(ExpandingRules.FindBreaking(builder.Operations), Has.Count.EqualTo(builder.Operations.Count));
    }

    [Test]
    public void FindBreaking_WhenAMigrationExpands_FindsNothing()
    {
        var builder = new MigrationBuilder("any");
        builder.CreateTable("new", table => new { id = table.Column<int>(nullable: false) });
        builder.CreateIndex("a", "new", "id", unique: true);
        builder.AddColumn<int>("b", "old", nullable: true);
        builder.AddColumn<int>("c", "old", nullable: false, defaultValue: 0);
        builder.AlterColumn<string>("d", "old", maxLength: 20, nullable: true, oldClrType: typeof(string), oldMaxLength: 10);
        builder.CreateIndex("e", "old", "b");
        builder.DropIndex("f", "old");
        builder.Sql("UPDATE old SET b = c WHERE b IS NULL");

        Assert.That(ExpandingRules.FindBreaking(builder.Operations), Is.Empty);
    }

    private static IReadOnlyList<Migration> AfterTheFirst(Type context, string provider) =>
    [
        .. typeof(ApplicationDbContext).Assembly.GetTypes()
            .Where(type => type.GetCustomAttribute<DbContextAttribute>()?.ContextType == context && type.IsSubclassOf(typeof(Migration)))
            .OrderBy(type => type.GetCustomAttribute<MigrationAttribute>()!.Id, StringComparer.Ordinal)
            .Skip(1)
            .Select(type =>
            {
                var migration = (Migration)Activator.CreateInstance(type)!;
                migration.ActiveProvider = provider;
                return migration;
            }),
    ];

    /// <summary>Every <c>table.column</c> without which no row can be added.</summary>
    private static async Task<IReadOnlyList<string>> DemandedColumnsAsync(TestDatabase database, DatabaseProvider provider)
    {
        await using System.Data.Common.DbConnection connection = provider == DatabaseProvider.Sqlite
            ? new SqliteConnection(database.Options.ConnectionString + ";Pooling=false")
            : new NpgsqlConnection(database.Options.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        return await connection.ReadTextsAsync(
            provider == DatabaseProvider.Sqlite
                ? """
                  SELECT tables.name || '.' || columns.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
                  WHERE tables.type = 'table' AND columns."notnull" AND columns.dflt_value IS NULL
                  """
                : """
                  SELECT table_name || '.' || column_name FROM information_schema.columns
                  WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
                  """,
            CancellationToken.None);
    }
}
