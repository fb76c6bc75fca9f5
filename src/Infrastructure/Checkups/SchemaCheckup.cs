using System.Data.Common;
using System.Reflection;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using StackAgent.Application.Accounts;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.Checkups;

/// <summary>What is in a database that can be read: whose tables they are, and from which version.</summary>
internal static class SchemaCheckup
{
    private const string What = "database schema";
    private const string History = "__EFMigrationsHistory";
    private const string KeyTable = "data_protection_keys";

    /// <summary>Looks at the tables, and at the keys among them.</summary>
    /// <param name="findings">Where what is found goes.</param>
    /// <param name="connection">Open.</param>
    /// <param name="tables">The names of all tables that StackAgent would find.</param>
    /// <param name="context">Whose migrations are meant.</param>
    /// <param name="accounts">With the <c>SECRET_KEY</c>.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <returns>How many migrations are still to be applied; null when the tables aren't StackAgent's.</returns>
    public static async Task<int?> ExamineAsync(
        Findings findings, DbConnection connection, IReadOnlyCollection<string> tables, Type context, AccountOptions accounts, CancellationToken cancellationToken)
    {
        var known = MigrationsOf(context);
        if (!tables.Contains(History))
            return ReportEmpty(findings, tables.Count, known.Count);

        var applied = await connection.ReadTextsAsync($"SELECT \"MigrationId\" FROM \"{History}\"", cancellationToken);
        var pending = Report(findings, known, applied);
        if (tables.Contains(KeyTable))
            KeyRingCheckup.Examine(findings, await connection.ReadTextsAsync($"SELECT xml FROM {KeyTable} ORDER BY id", cancellationToken), accounts);
        return pending;
    }

    public static IReadOnlyList<string> MigrationsOf(Type context) =>
    [
        .. typeof(ApplicationDbContext).Assembly.GetTypes()
            .Where(type => type.GetCustomAttribute<DbContextAttribute>()?.ContextType == context)
            .Select(type => type.GetCustomAttribute<MigrationAttribute>()?.Id)
            .OfType<string>()
            .Order(StringComparer.Ordinal),
    ];

    private static int? ReportEmpty(Findings findings, int tables, int known)
    {
        if (tables == 0)
        {
            findings.Ok(What, "nothing yet; the server makes its tables at its first start");
            return known;
        }

        findings.Fault(
            What, $"it holds {tables} {(tables == 1 ? "table" : "tables")}, but none of StackAgent's", "Give StackAgent a database of its own, or correct DATABASE_URL: this one is another program's.");
        return null;
    }

    private static int? Report(Findings findings, IReadOnlyList<string> known, IReadOnlyList<string> applied)
    {
        var newer = applied.Except(known, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (newer.Count > 0)
        {
            findings.Warn(
                What,
                $"a newer version of StackAgent has changed it: {string.Join(", ", newer)}",
                "Fine for the version right before that one, during an upgrade and on the way back. Older ones don't work with it, see docs/operations.md.");
            return 0;
        }

        var pending = known.Except(applied, StringComparer.Ordinal).ToList();
        findings.Ok(What, pending.Count == 0 ? "up to date" : $"the server will change it at its next start: {string.Join(", ", pending)}");
        return pending.Count;
    }

    public static async Task<IReadOnlyList<string>> ReadTextsAsync(this DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var texts = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
            texts.Add(reader.GetString(0));
        return texts;
    }
}
