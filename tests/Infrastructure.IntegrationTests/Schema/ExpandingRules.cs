using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace StackAgent.Infrastructure.IntegrationTests.Schema;

/// <summary>
/// What a migration must not do, because servers of the version before go on running beside it, or come back: they read and write the columns that they know, and leave out
/// those that they don't.
/// </summary>
internal static partial class ExpandingRules
{
    /// <summary>A few words for each step that a server of the version before may not survive.</summary>
    public static IReadOnlyList<string> FindBreaking(IReadOnlyList<MigrationOperation> operations)
    {
        var made = operations.OfType<CreateTableOperation>().Select(table => table.Name).ToHashSet(StringComparer.Ordinal);
        return [.. operations.Select(operation => Describe(operation, made)).OfType<string>()];
    }

    private static string? Describe(MigrationOperation operation, HashSet<string> made) => operation switch
    {
        DropTableOperation drop => $"drops {drop.Name}",
        RenameTableOperation rename => $"renames {rename.Name}",
        DropColumnOperation drop => $"drops {drop.Table}.{drop.Name}",
        RenameColumnOperation rename => $"renames {rename.Table}.{rename.Name}",
        AddColumnOperation { IsNullable: false, DefaultValue: null, DefaultValueSql: null, ComputedColumnSql: null } add => $"demands {add.Table}.{add.Name}",
        AlterColumnOperation alter when IsNarrower(alter) => $"narrows {alter.Table}.{alter.Name}",
        CreateIndexOperation { IsUnique: true } index when !made.Contains(index.Table) => $"makes {index.Table} unique by {string.Join(", ", index.Columns)}",
        AddUniqueConstraintOperation unique when !made.Contains(unique.Table) => $"makes {unique.Table} unique by {string.Join(", ", unique.Columns)}",
        AddPrimaryKeyOperation key when !made.Contains(key.Table) => $"makes {key.Table} unique by {string.Join(", ", key.Columns)}",
        AddForeignKeyOperation key when !made.Contains(key.Table) => $"ties {key.Table} to {key.PrincipalTable}",
        AddCheckConstraintOperation check when !made.Contains(check.Table) => $"checks {check.Table}",
        SqlOperation sql when Dangerous().Match(sql.Sql) is { Success: true } match => $"says {Spaces().Replace(match.Value, " ").ToUpperInvariant()}",
        _ => null,
    };

    private static bool IsNarrower(AlterColumnOperation alter) =>
        alter.ClrType != alter.OldColumn.ClrType
        || (!alter.IsNullable && alter.OldColumn.IsNullable)
        || (alter.MaxLength is { } length && !(alter.OldColumn.MaxLength <= length));

    [GeneratedRegex(@"\b(DROP|RENAME|TRUNCATE\s+TABLE|DELETE\s+FROM|ALTER\s+COLUMN|ADD\s+CONSTRAINT|CREATE\s+UNIQUE|CREATE\s+TRIGGER|NOT\s+NULL\s*[,)])", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Dangerous();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Spaces();
}
