using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Common;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.CodeStorage;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Runtimes.Local;
using StackAgent.Testing;
using StackAgent.Testing.Contract;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.FunctionalTests.Accounts;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.FunctionalTests;

/// <summary>
/// The whole product in this process, on a free port, over a database and a platform folder of its own. Crashes are paid for in milliseconds,
/// passwords are cheap, calls and logins unlimited; everything else is as it is for users.
/// </summary>
internal sealed class ProductServer : IAsyncDisposable
{
    private static readonly Dictionary<DatabaseProvider, Lazy<Task<ProductServer>>> SharedServers = Enum.GetValues<DatabaseProvider>()
        .ToDictionary(provider => provider, provider => new Lazy<Task<ProductServer>>(() => StartAsync(provider)));

    private readonly WebApplication _app;
    private readonly TestDatabase? _database;

    private ProductServer(WebApplication app, TestDatabase? database, Settings settings)
    {
        _app = app;
        _database = database;
        Settings = settings;
        Address = new Uri(app.Services.GetRequiredService<IPublicAddress>().BaseUrl);
    }

    public Settings Settings { get; }

    public Uri Address { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Holds <c>stacks/</c> and <c>.staging/</c>.</summary>
    public string PlatformFolder => Settings.Storage.AgentPlatformPath;

    /// <summary>One server for all tests that only need accounts of their own; it ends with the test run.</summary>
    public static Task<ProductServer> SharedAsync(DatabaseProvider provider) => SharedServers[provider].Value;

    public static async Task DisposeSharedAsync()
    {
        foreach (var server in SharedServers.Values.Where(server => server.IsValueCreated))
            await (await server.Value).DisposeAsync();
    }

    /// <summary>A server of the test's own.</summary>
    /// <param name="provider">Which kind of database.</param>
    /// <param name="configure">Replaces services.</param>
    /// <param name="environment">Added to the settings.</param>
    /// <param name="shared">The caller's database, for several servers; null: one that goes with the server.</param>
    public static async Task<ProductServer> StartAsync(
        DatabaseProvider provider,
        Action<IServiceCollection>? configure = null,
        IReadOnlyDictionary<string, string>? environment = null,
        TestDatabase? shared = null)
    {
        var database = shared ?? await TestDatabase.CreateAsync(provider);
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal) { ["STORAGE"] = "memory", ["PORT"] = "0", ["AGENT_RUNTIME"] = "local" };
        foreach (var name in new[] { "RATE_LIMIT_REQUESTS", "RATE_LIMIT_REPORTS", "RATE_LIMIT_ANONYMOUS" })
            variables[name] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            variables[name] = value;
        var settings = SettingsParser.Parse(variables, Path.GetTempPath(), new Machine()) with { Database = Describe(database.Options) };
        var app = StackAgentServer.Build(settings, services =>
        {
            services.AddSingleton(Modules.Accounts(settings.Tokens) with { Limits = AccountsServer.Unlimited });
            services.AddSingleton<IPasswordHasher<ApplicationUser>>(new CountingHasher());
            services.AddSingleton(new LocalRuntimeOptions(settings.Storage.AgentPlatformPath)
            {
                FirstBackoff = TimeSpan.FromMilliseconds(20),
                MaxBackoff = TimeSpan.FromMilliseconds(200),
                // Longer than any test: an agent that is slow to end is slow for as long as its test wants.
                StopGrace = TimeSpan.FromMinutes(2),
            });
            services.AddLogging(logging => logging.ClearProviders());
            configure?.Invoke(services);
        });
        await app.StartAsync();
        return new ProductServer(app, shared is null ? database : null, settings);
    }

    /// <summary>Somebody new, logged in.</summary>
    public async Task<Caller> NewCallerAsync()
    {
        var caller = Anonymous();
        await caller.SignUpAsync();
        return caller;
    }

    /// <summary>A caller without credentials, or with the API key.</summary>
    public Caller Anonymous(string? apiKey = null)
    {
        var caller = new Caller(new HttpClient(new DocumentedAnswers(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })) { BaseAddress = Address });
        if (apiKey is not null)
            caller.Http.DefaultRequestHeaders.Add("X-API-Key", apiKey);
        return caller;
    }

    /// <summary>Reads or changes rows behind the API's back.</summary>
    public async Task<T> WithDatabaseAsync<T>(Func<ApplicationDbContext, Task<T>> work)
    {
        await using var scope = Services.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<ApplicationDbContext>());
    }

    public string StackFolder(Guid stack) => Path.Combine(PlatformFolder, "stacks", stack.ToString());

    public string AgentFolder(Guid stack, Guid agent) => Path.Combine(StackFolder(stack), "agents", agent.ToString());

    /// <summary>What uploads under way hold, and what refused ones might have left.</summary>
    public IReadOnlyList<string> StagedFiles()
    {
        var staging = new DirectoryInfo(Path.Combine(PlatformFolder, ".staging"));
        return staging.Exists
            ? [.. staging.EnumerateFiles("*", SearchOption.AllDirectories).Select(file => file.Name).Where(name => name is not ("gate" or "lock" or CodeStorageReadiness.ProbeName))]
            : [];
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        ProcessEnvironment.Clear(Settings.Storage);
        if (_database is not null)
            await _database.DisposeAsync();
    }

    private static DatabaseSettings Describe(DatabaseOptions options) => options.Provider == DatabaseProvider.PostgreSql
        ? new PostgreSqlDatabaseSettings(options.ConnectionString, "the tests' PostgreSQL")
        : new SqliteDatabaseSettings(new SqliteConnectionStringBuilder(options.ConnectionString).DataSource);
}

/// <summary>Ends what all tests of this assembly share: the servers, and then the database server under them.</summary>
[SetUpFixture]
internal sealed class SharedServersEnd
{
    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await ProductServer.DisposeSharedAsync();
        await PostgreSqlCluster.StopAsync();
    }
}
