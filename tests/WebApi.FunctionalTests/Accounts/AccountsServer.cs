using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackAgent.Application;
using StackAgent.Application.Accounts;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Controllers.Accounts;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.FunctionalTests.Accounts;

/// <summary>
/// The accounts module behind a real Kestrel and over a real database, on a clock that the test moves. The rest of the product isn't
/// there, so that no background service uses the clock.
/// </summary>
internal sealed class AccountsServer : IAsyncDisposable
{
    public const string SecretKey = "a-secret-of-the-functional-tests-0123456789";

    private readonly WebApplication _app;
    private readonly bool _ownsDatabase;

    private AccountsServer(WebApplication app, TestDatabase database, bool ownsDatabase, ManualTime time, CapturedLogs logs, CountingHasher hasher)
    {
        _app = app;
        _ownsDatabase = ownsDatabase;
        Database = database;
        Time = time;
        Logs = logs;
        Hasher = hasher;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public TestDatabase Database { get; }

    public ManualTime Time { get; }

    public CapturedLogs Logs { get; }

    public CountingHasher Hasher { get; }

    public Uri Address { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Limits out of a test's way; those who test limits bring their own.</summary>
    public static LoginLimits Unlimited { get; } = new()
    {
        AttemptsPerEmail = int.MaxValue,
        AttemptsPerAddress = int.MaxValue,
        RegistrationsPerAddress = int.MaxValue,
    };

    /// <summary>Migrates and answers when this returns.</summary>
    /// <param name="provider">On which database.</param>
    /// <param name="limits"><see cref="Unlimited"/> when null.</param>
    /// <param name="secureCookies">As in production.</param>
    /// <param name="beside">A server whose database and clock this one shares. It has to be disposed after this one.</param>
    public static async Task<AccountsServer> StartAsync(
        DatabaseProvider provider, LoginLimits? limits = null, bool secureCookies = false, AccountsServer? beside = null)
    {
        var database = beside?.Database ?? await TestDatabase.CreateAsync(provider);
        var time = beside?.Time ?? new ManualTime();
        var logs = new CapturedLogs();
        var hasher = new CountingHasher();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production });
        builder.Host.UseDefaultServiceProvider(options => options.ValidateScopes = true);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<IPasswordHasher<ApplicationUser>>(hasher);
        builder.Services.AddApplication();
        builder.Services.AddPersistence(database.Options);
        builder.Services.AddAccounts(new AccountOptions(SecretKey) { Limits = limits ?? Unlimited });
        builder.Services.AddStackAgentAuthentication(secureCookies);
        builder.Services.AddErrorHandling();
        builder.Services.AddApiControllers()
            .AddApplicationPart(typeof(AuthController).Assembly)
            .AddApplicationPart(typeof(ProbeController).Assembly);

        var app = builder.Build();
        app.UseErrorHandling();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapControllers();
        using (var scope = app.Services.CreateScope())
            await scope.ServiceProvider.GetRequiredService<DatabaseMigrator>().MigrateAsync(CancellationToken.None);
        await app.StartAsync();
        return new AccountsServer(app, database, ownsDatabase: beside is null, time, logs, hasher);
    }

    /// <summary>A client without cookies or credentials of its own.</summary>
    public ApiClient Client() => new(Address);

    /// <summary>Changes or reads rows behind the API's back.</summary>
    public async Task<T> WithDatabaseAsync<T>(Func<ApplicationDbContext, Task<T>> work)
    {
        await using var scope = Services.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<ApplicationDbContext>());
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        if (_ownsDatabase)
            await Database.DisposeAsync();
        Logs.Dispose();
    }
}

/// <summary>Identity's own hasher, with few iterations so that tests are quick, that counts what it is asked.</summary>
internal sealed class CountingHasher : IPasswordHasher<ApplicationUser>
{
    private readonly PasswordHasher<ApplicationUser> _hasher =
        new(Microsoft.Extensions.Options.Options.Create(new PasswordHasherOptions { IterationCount = 100 }));

    private int _verified;
    private int _hashed;

    public int Verified => _verified;

    public int Hashed => _hashed;

    public string HashPassword(ApplicationUser user, string password)
    {
        Interlocked.Increment(ref _hashed);
        return _hasher.HashPassword(user, password);
    }

    public PasswordVerificationResult VerifyHashedPassword(ApplicationUser user, string hashedPassword, string providedPassword)
    {
        Interlocked.Increment(ref _verified);
        return _hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
    }
}

/// <summary>Every line that the server logs, at every level.</summary>
internal sealed class CapturedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _lines);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            lines.Enqueue($"{category} scope {state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel} {category} {formatter(state, exception)} {exception}");
    }
}
