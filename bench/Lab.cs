using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Bench;

/// <summary>Publishes the server as its users get it, and starts it with folders and databases of its own.</summary>
internal sealed class Lab : IDisposable
{
    public const string ServerAssembly = "StackAgent.WebApi.dll";

    private readonly TemporaryFolder _folder = new();
    private readonly DatabaseProvider _provider;

    private Lab(BenchOptions options)
    {
        Options = options;
        _provider = options.Postgres is null ? DatabaseProvider.Sqlite : DatabaseProvider.PostgreSql;
        if (options.Postgres is not (null or "auto"))
            Environment.SetEnvironmentVariable("TEST_POSTGRES", options.Postgres);
    }

    public BenchOptions Options { get; }

    /// <summary>The folder of the present build.</summary>
    public string Build => _folder["server"];

    public static async Task<Lab> PublishAsync(BenchOptions options)
    {
        var lab = new Lab(options);
        try
        {
            await Command.RunAsync("dotnet", "publish", "src/WebApi", "-c", "Release", "-o", lab.Build, "-nologo", "-v", "quiet");
            return lab;
        }
        catch
        {
            lab.Dispose();
            throw;
        }
    }

    /// <summary>A server that has never run: its folder and its database are empty.</summary>
    /// <param name="build">Folder of a published build.</param>
    /// <param name="environment">Added to what every server here gets; null: nothing.</param>
    public async Task<BenchServer> NewServerAsync(string build, IReadOnlyDictionary<string, string>? environment = null) =>
        new(Path.Combine(build, ServerAssembly), await TestDatabase.CreateAsync(_provider), environment);

    public void Dispose() => _folder.Dispose();
}
