namespace StackAgent.Bench;

/// <summary>Where a server keeps its rows.</summary>
internal enum Store
{
    /// <summary>With its defaults, by which a commit waits for the disk.</summary>
    Postgres,

    Sqlite,

    /// <summary><c>STORAGE=memory</c>.</summary>
    Memory,
}

internal static class Stores
{
    public static readonly Store[] All = [Store.Postgres, Store.Sqlite, Store.Memory];

    public static string Name(this Store store) => store switch
    {
        Store.Postgres => "PostgreSQL",
        Store.Sqlite => "SQLite",
        _ => "memory",
    };

    /// <summary>Null when the comma-separated list holds anything but <c>postgres</c>, <c>sqlite</c> and <c>memory</c>.</summary>
    public static Store[]? Parse(string list)
    {
        var words = list.Split(',');
        return Array.TrueForAll(words, word => All.Any(store => IsWordFor(word, store)))
            ? [.. All.Where(store => Array.Exists(words, word => IsWordFor(word, store)))]
            : null;
    }

    private static bool IsWordFor(string word, Store store) => string.Equals(word, store.ToString(), StringComparison.OrdinalIgnoreCase);
}
