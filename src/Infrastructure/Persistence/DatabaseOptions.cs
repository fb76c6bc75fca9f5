namespace StackAgent.Infrastructure.Persistence;

/// <summary>Which database holds the product's rows.</summary>
/// <param name="Provider">The kind of database.</param>
/// <param name="ConnectionString">Npgsql's or Microsoft.Data.Sqlite's form. May hold a password: never log it.</param>
/// <param name="Durable">False for <c>STORAGE=memory</c>: nothing has to survive, so nothing waits for the disk.</param>
public sealed record DatabaseOptions(DatabaseProvider Provider, string ConnectionString, bool Durable = true)
{
    /// <summary>How long a server that starts waits for a PostgreSQL that isn't there yet, or recovers.</summary>
    public TimeSpan StartPatience { get; init; } = TimeSpan.FromSeconds(60);
}

public enum DatabaseProvider
{
    Sqlite,
    PostgreSql,
}
