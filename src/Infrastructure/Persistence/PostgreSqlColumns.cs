using Npgsql;
using NpgsqlTypes;

namespace StackAgent.Infrastructure.Persistence;

/// <summary>Rows as one array a column, for statements that <c>unnest</c> them: the same text, and so one plan, for any number of rows.</summary>
internal static class PostgreSqlColumns
{
    public static NpgsqlParameter<TValue[]> Column<TRow, TValue>(this IReadOnlyList<TRow> rows, NpgsqlDbType type, Func<TRow, TValue> select)
    {
        var values = new TValue[rows.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = select(rows[i]);
        return new NpgsqlParameter<TValue[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }
}
