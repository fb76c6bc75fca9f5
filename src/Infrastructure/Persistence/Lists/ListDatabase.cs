using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using StackAgent.Application.Common.Paging;

namespace StackAgent.Infrastructure.Persistence.Lists;

/// <summary>Runs hand-written SELECTs on the connections of the pool that EF Core uses too.</summary>
internal sealed class ListDatabase(DatabaseOptions options)
{
    private readonly SqliteConnectionInterceptor _sqlite = new(options.Durable);

    public DatabaseProvider Provider => options.Provider;

    /// <summary>One page: the rows of <paramref name="page"/>, whose last column is the total, or that of <paramref name="total"/> where a page past the end has no row to carry it.</summary>
    public async Task<Page<T>> ReadPageAsync<T>(
        ListStatement page, Func<ListRow, T> map, Func<ListStatement> total, PageRequest request, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        var items = new List<T>();
        var count = 0;
        await using (var command = Command(connection, page))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            var row = new ListRow(reader, options.Provider);
            while (await row.NextAsync(cancellationToken))
            {
                items.Add(map(row));
                count = row.Count();
            }
        }

        if (items.Count == 0 && request.Number > 1)
        {
            await using var command = Command(connection, total());
            count = Convert.ToInt32(await command.ExecuteScalarAsync(cancellationToken), provider: null);
        }

        return new Page<T>(items, count, request);
    }

    private static DbCommand Command(DbConnection connection, ListStatement statement)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement.Sql;
        for (var i = 0; i < statement.Values.Count; i++)
        {
            // Npgsql takes parameters without names as they stand in the SQL, and so has nothing to rewrite.
            command.Parameters.Add(connection is NpgsqlConnection
                ? new NpgsqlParameter { Value = statement.Values[i] }
                : new SqliteParameter($"${i + 1}", statement.Values[i]));
        }

        return command;
    }

    private async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (options.Provider == DatabaseProvider.PostgreSql)
        {
            var connection = new NpgsqlConnection(options.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            return connection;
        }

        var file = new SqliteConnection(options.ConnectionString);
        await file.OpenAsync(cancellationToken);
        _sqlite.Prepare(file);
        return file;
    }
}
