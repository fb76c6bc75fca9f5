using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace StackAgent.Infrastructure.Persistence;

/// <summary>A write that a unique index refused, and the sentence that says so to the user.</summary>
internal sealed record UniqueViolation(string Sentence)
{
    private const int SqliteConstraintPrimaryKey = 1555;
    private const int SqliteConstraintUnique = 2067;

    private static readonly (string Table, string Column, string Sentence)[] Sentences =
    [
        ("agents", "name", "An agent with this name already exists in this stack."),
        ("agents", "key", "An agent with this id already exists."),
        ("users", "normalized_email", "An account with this e-mail address already exists."),
        ("users", "normalized_user_name", "An account with this e-mail address already exists."),
    ];

    /// <summary>Null when something other than a unique index refused.</summary>
    public static UniqueViolation? Find(DbUpdateException exception)
    {
        // SQLite names the columns (agents.stack_id, agents.name), PostgreSQL the index (ix_agents_stack_id_name).
        var where = exception.InnerException switch
        {
            SqliteException { SqliteExtendedErrorCode: SqliteConstraintUnique or SqliteConstraintPrimaryKey } sqlite => sqlite.Message,
            PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } postgres => postgres.ConstraintName ?? "",
            _ => null,
        };
        if (where is null)
            return null;

        var (_, _, sentence) = Array.Find(Sentences, known =>
            where.Contains(known.Table, StringComparison.Ordinal) && where.Contains(known.Column, StringComparison.Ordinal));
        return new UniqueViolation(sentence ?? "This already exists.");
    }
}
