using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NSubstitute;
using StackAgent.Application;
using StackAgent.Application.Accounts;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Accounts;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Sessions;
using StackAgent.Infrastructure.Sessions.Retention;
using StackAgent.Infrastructure.StatusLog;
using StackAgent.Testing;
using StackAgent.WebApi.Authentication;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Controllers;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Hosting;
using StackAgent.WebApi.Streaming;

namespace StackAgent.WebApi.FunctionalTests.StatusReports;

/// <summary>
/// What answers for accounts, status reports and reported agents, on a real Kestrel: its raw request target is what paths with any character depend on.
/// </summary>
internal sealed class ReportsServer : IAsyncDisposable
{
    public const string Password = "Passw0rd-for-tests";

    private readonly TestDatabase _database;
    private readonly WebApplication _app;

    private ReportsServer(TestDatabase database, WebApplication app, Uri address)
    {
        _database = database;
        _app = app;
        Address = address;
    }

    public Uri Address { get; }

    public ManualTimeProvider? Clock { get; private init; }

    public static async Task<ReportsServer> StartAsync(
        DatabaseProvider provider, string? anonymousOwner = null, StatusLogOptions? log = null, ManualTimeProvider? clock = null)
    {
        var database = await TestDatabase.CreateAsync(provider);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(StatusReportsController).Assembly.GetName().Name });
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.None))
            .AddSingleton<TimeProvider>(clock ?? TimeProvider.System)
            .AddApplication()
            .AddPersistence(database.Options)
            .AddAccounts(new AccountOptions(new string('s', 32)))
            .AddStatusLog(log ?? new StatusLogOptions())
            .AddSessionUpkeep(RetentionOptions.Default)
            .AddSingleton(new AgentUrls(Substitute.For<IPublicAddress>(), agentsUrl: null, chatUiBaseUrl: null))
            .AddSingleton(Substitute.For<ICodeStorage>())
            .AddSingleton(Substitute.For<ICodeFolders>())
            .AddSingleton(new UploadSettings(1, 1, 1, 1))
            .AddStreams()
            .AddStackAgentAuthentication(secureCookies: false)
            .AddAnonymousReports(anonymousOwner)
            .AddErrorHandling()
            .AddApiControllers()
            .ConfigureApplicationPartManager(parts =>
            {
                parts.ApplicationParts.Clear();
                parts.ApplicationParts.Add(new AssemblyPart(typeof(StatusReportsController).Assembly));
            });

        var app = builder.Build();
        app.UseErrorHandling();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapControllers();
        using (var scope = app.Services.CreateScope())
            await scope.ServiceProvider.GetRequiredService<DatabaseMigrator>().MigrateAsync(CancellationToken.None);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new ReportsServer(database, app, new Uri(address)) { Clock = clock };
    }

    /// <summary>A client without credentials.</summary>
    public HttpClient Client() => new() { BaseAddress = Address };

    public HttpClient Client(string credential)
    {
        var client = Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        return client;
    }

    /// <summary>Registers somebody new and logs in.</summary>
    public async Task<(Guid Id, HttpClient Client)> LogInAsync(string? email = null)
    {
        email ??= $"{Guid.NewGuid():N}@example.com";
        using var client = Client();
        using var registered = await client.PostAsJsonAsync("/api/auth/register", new { email, password = Password, full_name = "Somebody" });
        var id = (await ReadAsync(registered)).GetProperty("id").GetGuid();
        using var loggedIn = await client.PostAsJsonAsync("/api/auth/login", new { email, password = Password });
        return (id, Client((await ReadAsync(loggedIn)).GetProperty("access_token").GetString()!));
    }

    /// <summary>A deployed agent and the key that it reports with.</summary>
    public async Task<(Guid Id, string Key)> DeployAsync(Guid ownerId)
    {
        await using var scope = _app.Services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();
        var stack = Stack.Create(ownerId, "stack", description: null, DateTimeOffset.UtcNow);
        var agent = stack.AddAgent(Guid.CreateVersion7(), "deployed", description: null, ownerId, DateTimeOffset.UtcNow);
        database.Add(stack);
        database.Add(agent);
        await database.SaveChangesAsync();
        return (agent.Id, await scope.ServiceProvider.GetRequiredService<IAgentKeys>().IssueAsync(ownerId, agent.Id, CancellationToken.None));
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }
}
