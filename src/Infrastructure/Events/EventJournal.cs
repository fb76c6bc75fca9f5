using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using StackAgent.Application.Common;
using StackAgent.Application.Events;

namespace StackAgent.Infrastructure.Events;

/// <summary>How the database context writes events, whichever database it is.</summary>
public sealed class EventJournal(IEventSignal signal, TimeProvider time)
{
    public DateTimeOffset Now() => time.Now();

    /// <summary>Appends as the last thing before the commit of <paramref name="transaction"/>.</summary>
    public static async Task AppendAsync(DbTransaction transaction, IReadOnlyList<EventRecord> events, CancellationToken cancellationToken)
    {
        switch (transaction)
        {
            case NpgsqlTransaction postgres:
                await using (var batch = new NpgsqlBatch(postgres.Connection, postgres))
                {
                    PostgreSqlEventLog.AddTo(batch, events);
                    await batch.ExecuteNonQueryAsync(cancellationToken);
                }

                break;
            case SqliteTransaction { Connection: { } connection } sqlite:
                SqliteEventLog.Append(connection, sqlite, events);
                break;
            default:
                throw new NotSupportedException($"Events can't be written through a {transaction.GetType().Name}.");
        }
    }

    /// <summary>After the commit: the streams of this process may read.</summary>
    public void Announce() => signal.Set();
}
