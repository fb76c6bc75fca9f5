namespace StackAgent.Testing;

/// <summary>The checkout that the tests run in.</summary>
public static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "StackAgent.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests have to run inside the repository.");
        return folder.FullName;
    }
}
