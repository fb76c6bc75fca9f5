using Npgsql;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>
/// Writes batches on a connection of its own. As long as nobody else changes what the writer knows, a batch is one trip to the database: the
/// first of its statements takes the agents and fails it when one of them isn't as expected. Then, and whenever an agent or session isn't
/// known, it is two: the first locks and reads, the second writes and commits.
/// </summary>
internal sealed class PostgreSqlReportStore(DatabaseOptions options, StatusLogOptions bounds, ReportClock clock) : IReportStore
{
    /// <summary>So many batches read first after one that failed for not having done so: where two servers write to the same agents, reading is cheaper.</summary>
    private const int CautiousBatches = 64;

    // Every statement looks up rows by their keys. A planner that takes the tables for small, as it does until it has counted them, reads all.
    private const string PlannerSettings =
        "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; SET plan_cache_mode = force_generic_plan";

    private readonly StatusBook _book = new();
    private readonly PostgreSqlReader _reader = new();
    private PostgreSqlStatements _statements = new();
    private NpgsqlConnection? _connection;
    private int _cautious;

    public async Task CommitAsync(ReportBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            if (_cautious == 0 && batch.Attempted is null && _book.Covers(batch.Entries))
            {
                if (await TryWriteAsync(await ConnectAsync(cancellationToken), batch, cancellationToken))
                    return;
                _cautious = CautiousBatches;
                await ForgetAsync();
            }

            await ReadAndWriteAsync(await ConnectAsync(cancellationToken), batch, cancellationToken);
            _cautious = Math.Max(0, _cautious - 1);
        }
        catch
        {
            await ForgetAsync();
            throw;
        }
        finally
        {
            _book.Trim();
        }
    }

    public ValueTask DisposeAsync() => ForgetAsync();

    /// <summary>
    /// After a failure: what the writer knows has moved on without the database. A new connection is in no transaction, and the statements
    /// remember how they were prepared on the old one.
    /// </summary>
    private async ValueTask ForgetAsync()
    {
        _book.Clear();
        var connection = _connection;
        _connection = null;
        _statements = new PostgreSqlStatements();
        if (connection is not null)
            await connection.DisposeAsync();
    }

    private async ValueTask<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_connection is not null)
            return _connection;

        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            Pooling = false,
            MaxAutoPrepare = 40,
            AutoPrepareMinUsages = 2,
            ApplicationName = "stackagent-reports",
        }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var settings = new NpgsqlCommand(PlannerSettings, connection);
            await settings.ExecuteNonQueryAsync(cancellationToken);
            return _connection = connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>False when somebody else has changed one of the agents, or a report's name is that of an earlier one. Nothing is written then.</summary>
    private async Task<bool> TryWriteAsync(NpgsqlConnection connection, ReportBatch batch, CancellationToken cancellationToken)
    {
        batch.Record(_book, clock);
        try
        {
            // Statements sent together are one transaction.
            await using var write = new NpgsqlBatch(connection);
            AddStatements(write, batch);
            if (write.BatchCommands.Count > 0)
                await write.ExecuteNonQueryAsync(cancellationToken);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState is UpdateActivity.ChangedState or PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }
    }

    private async Task ReadAndWriteAsync(NpgsqlConnection connection, ReportBatch batch, CancellationToken cancellationToken)
    {
        var isStored = await _reader.ReadAsync(connection, batch, _book, cancellationToken);
        await using var write = new NpgsqlBatch(connection);
        if (!isStored)
        {
            if (bounds.MaxReportedAgents is { } most && batch.OwnersOfNewAgents(_book) is { Count: > 0 } owners)
                await PostgreSqlReader.CountAgentsAsync(connection, batch, owners, most, cancellationToken);
            batch.Record(_book, clock);
            AddStatements(write, batch);
        }
        else
        {
            _book.Clear();
        }

        write.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await write.ExecuteNonQueryAsync(cancellationToken);
    }

    private void AddStatements(NpgsqlBatch write, ReportBatch batch)
    {
        _statements.Fill(batch);
        _statements.UpdateActivity.AddTo(write);
        _statements.InsertAgents.AddTo(write);
        _statements.InsertActivity.AddTo(write);
        _statements.RenameAgents.AddTo(write);
        _statements.InsertSessions.AddTo(write);
        _statements.UpdateSessions.AddTo(write);
        _statements.InsertReports.AddTo(write);
        PostgreSqlEventLog.AddTo(write, batch.Events);
    }
}
