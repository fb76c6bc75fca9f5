using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace StackAgent.Bench.Status;

/// <summary>
/// The floor of every report that becomes durable in PostgreSQL: one connection that inserts rows like those of reports, 500 in a
/// transaction of a single prepared statement, with nothing else going on.
/// </summary>
internal static class InsertFloor
{
    public const int Rows = 500;

    private const string Insert =
        """
        INSERT INTO floor (id, agent_id, session_id, sequence, status, received_at, message, content)
        SELECT * FROM unnest(@ids, @agents, @sessions, @sequences, @statuses, @times, @messages, @contents)
        """;

    /// <summary>Into a table with the columns and the indexes of <c>status_reports</c>, whatever these are.</summary>
    public static Task<Floor> WithIndexesAsync(StatusRig rig, TimeSpan duration) =>
        MeasureAsync(rig, "CREATE TABLE floor (LIKE status_reports INCLUDING ALL)", duration);

    /// <summary>Into one with a primary key of session and sequence and no other index.</summary>
    public static Task<Floor> WithKeyOnlyAsync(StatusRig rig, TimeSpan duration) =>
        MeasureAsync(rig, "CREATE TABLE floor (LIKE status_reports, PRIMARY KEY (session_id, sequence))", duration);

    private static async Task<Floor> MeasureAsync(StatusRig rig, string create, TimeSpan duration)
    {
        await using var connection = new NpgsqlConnection(rig.Server.Database.ConnectionString);
        await connection.OpenAsync();
        await ExecuteAsync(connection, create);
        await using var insert = new NpgsqlCommand(Insert, connection);
        var batch = new Batch(insert);
        await insert.PrepareAsync();

        var before = rig.ProcessorTime.Postgres;
        var started = Stopwatch.GetTimestamp();
        var rows = 0L;
        while (Stopwatch.GetElapsedTime(started) < duration)
        {
            batch.Advance();
            rows += await insert.ExecuteNonQueryAsync();
        }

        var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var used = (rig.ProcessorTime.Postgres - before) / rows;
        await ExecuteAsync(connection, "DROP TABLE floor");
        return new Floor(rows / elapsed, used);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The statement's arrays: each row is the next report of one of a thousand sessions.</summary>
    private sealed class Batch
    {
        private const int AllSessions = Reporters.Agents * Reporters.Sessions;

        private readonly Guid[] _agentIds = [.. Enumerable.Range(0, Reporters.Agents).Select(_ => Guid.CreateVersion7())];
        private readonly Guid[] _sessionIds = [.. Enumerable.Range(0, AllSessions).Select(_ => Guid.CreateVersion7())];
        private readonly Guid[] _ids = new Guid[Rows];
        private readonly Guid[] _agents = new Guid[Rows];
        private readonly Guid[] _sessions = new Guid[Rows];
        private readonly long[] _sequences = new long[Rows];
        private readonly DateTime[] _times = new DateTime[Rows];
        private long _count;

        public Batch(NpgsqlCommand insert)
        {
            var content = new string('x', 300);
            Add("ids", NpgsqlDbType.Uuid, _ids);
            Add("agents", NpgsqlDbType.Uuid, _agents);
            Add("sessions", NpgsqlDbType.Uuid, _sessions);
            Add("sequences", NpgsqlDbType.Bigint, _sequences);
            Add("statuses", NpgsqlDbType.Text, Enumerable.Repeat("running", Rows).ToArray());
            Add("times", NpgsqlDbType.TimestampTz, _times);
            Add("messages", NpgsqlDbType.Text, Enumerable.Repeat("Reading page 17 of 40 of the invoices of March.", Rows).ToArray());
            Add("contents", NpgsqlDbType.Text, Enumerable.Repeat(content, Rows).ToArray());

            void Add(string name, NpgsqlDbType type, object values) =>
                insert.Parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Array | type) { Value = values });
        }

        public void Advance()
        {
            var now = DateTime.UtcNow;
            for (var i = 0; i < Rows; i++)
            {
                var session = (int)(_count % AllSessions);
                _ids[i] = Guid.CreateVersion7();
                _agents[i] = _agentIds[session % Reporters.Agents];
                _sessions[i] = _sessionIds[session];
                _sequences[i] = _count / AllSessions + 1;
                _times[i] = now;
                _count++;
            }
        }
    }
}

/// <summary>What PostgreSQL does by itself.</summary>
/// <param name="Rate">Rows a second.</param>
/// <param name="Processor">Microseconds of PostgreSQL's processor time a row; null: unknown.</param>
internal sealed record Floor(double Rate, double? Processor);
