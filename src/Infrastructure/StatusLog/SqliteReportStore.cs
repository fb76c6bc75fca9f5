using Microsoft.Data.Sqlite;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Infrastructure.StatusLog;

/// <summary>
/// Writes batches on a connection of its own, as one of the writers of this process that take turns. While it has its turn nobody else can
/// change anything, so it looks first and is never surprised.
/// </summary>
internal sealed class SqliteReportStore(DatabaseOptions options, StatusLogOptions bounds, WriteGate gate, ReportClock clock) : IReportStore
{
    private readonly StatusBook _book = new();
    private SqliteConnection? _connection;
    private SqliteReader? _reader;
    private SqliteWriter? _writer;

    public async Task CommitAsync(ReportBatch batch, CancellationToken cancellationToken)
    {
        using (await gate.EnterAsync(cancellationToken))
        {
            try
            {
                Commit(batch);
            }
            catch
            {
                _book.Clear();
                await CloseAsync();
                throw;
            }
            finally
            {
                _book.Trim();
            }
        }
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private void Commit(ReportBatch batch)
    {
        if (_connection is null)
        {
            _connection = new SqliteConnection(new SqliteConnectionStringBuilder(options.ConnectionString) { Pooling = false }.ConnectionString);
            _connection.Open();
            SqliteSetup.Prepare(_connection, options.Durable);
            _reader = new SqliteReader(_connection);
            _writer = new SqliteWriter(_connection);
        }

        _writer!.Begin();
        if (_reader!.Read(batch, _book))
        {
            _book.Clear();
        }
        else
        {
            if (bounds.MaxReportedAgents is { } most)
                _reader.CountAgents(batch, _book, most);
            batch.Record(_book, clock);
            _writer.Write(batch);
        }

        _writer.Commit();
        _reader.NoteCommit();
    }

    private async ValueTask CloseAsync()
    {
        _reader?.Dispose();
        _writer?.Dispose();
        if (_connection is { } connection)
            await connection.DisposeAsync();
        (_connection, _reader, _writer) = (null, null, null);
    }
}
