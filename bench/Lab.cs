using Npgsql;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Bench;

/// <summary>Publishes the server as its users get it, and starts it with folders and databases of its own.</summary>
internal sealed class Lab : IAsyncDisposable
{
    public const string ServerAssembly = "StackAgent.WebApi.dll";

    /// <summary>Where the tests' databases are made, when it is set.</summary>
    private const string GivenPostgres = "TEST_POSTGRES";

    private readonly TemporaryFolder _folder = new();
    private ThrowawayPostgreSql? _postgres;

    private Lab(BenchOptions options)
    {
        Options = options;
        if (options.Postgres is not (null or "auto"))
            Environment.SetEnvironmentVariable(GivenPostgres, options.Postgres);
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
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>A server that has never run, on the database that the options name: its folder and its database are empty.</summary>
    /// <param name="build">Folder of a published build.</param>
    /// <param name="environment">Added to what every server here gets; null: nothing.</param>
    public Task<BenchServer> NewServerAsync(string build, IReadOnlyDictionary<string, string>? environment = null) =>
        NewServerAsync(Options.Postgres is null ? Store.Sqlite : Store.Postgres, build, environment);

    /// <inheritdoc cref="NewServerAsync(string, IReadOnlyDictionary{string, string}?)"/>
    public async Task<BenchServer> NewServerAsync(Store store, string build, IReadOnlyDictionary<string, string>? environment = null)
    {
        if (store == Store.Postgres)
            await ProvidePostgresAsync();
        var database = store switch
        {
            Store.Postgres => await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql),
            Store.Sqlite => await TestDatabase.CreateAsync(DatabaseProvider.Sqlite),
            _ => null,
        };
        return new BenchServer(Path.Combine(build, ServerAssembly), database, environment);
    }

    /// <summary>An empty database for several servers.</summary>
    public async Task<TestDatabase> NewPostgresAsync()
    {
        await ProvidePostgresAsync();
        return await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        if (_postgres is null)
            return;
        NpgsqlConnection.ClearAllPools();
        await _postgres.DisposeAsync();
    }

    // The tests' own throwaway cluster waits for no disk, which would flatter everything that writes.
    private async Task ProvidePostgresAsync()
    {
        if (Environment.GetEnvironmentVariable(GivenPostgres) is { Length: > 0 })
            return;
        _postgres = await ThrowawayPostgreSql.StartAsync(durable: true);
        Environment.SetEnvironmentVariable(GivenPostgres, _postgres.ConnectionString);
    }
}
