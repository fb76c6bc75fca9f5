using Npgsql;
using NpgsqlTypes;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>
/// A statement that takes any number of rows as one array a column (<c>unnest</c>): its text, and so its plan, is the same for all batches.
/// </summary>
internal abstract class PostgreSqlRows(string sql)
{
    private readonly NpgsqlBatchCommand _command = new(sql);
    private readonly List<Action> _clear = [];

    public int Count { get; protected set; }

    /// <summary>Puts the statement into a batch, unless it has no rows.</summary>
    public void AddTo(NpgsqlBatch batch)
    {
        if (Count > 0)
            batch.BatchCommands.Add(_command);
    }

    public void Clear()
    {
        foreach (var clear in _clear)
            clear();
        Count = 0;
    }

    /// <summary>The values of the statement's next parameter.</summary>
    public List<T> Column<T>(NpgsqlDbType type)
    {
        var values = new List<T>();
        _clear.Add(values.Clear);
        _command.Parameters.Add(new NpgsqlParameter<List<T>> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type });
        return values;
    }
}
