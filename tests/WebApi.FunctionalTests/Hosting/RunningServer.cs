using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common;
using StackAgent.Testing.Contract;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.FunctionalTests.Hosting;

/// <summary>The real server on a free port, with nothing kept; ends and cleans up when disposed.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly StorageSettings _storage;

    private RunningServer(WebApplication app, StorageSettings storage)
    {
        _app = app;
        _storage = storage;
        Address = new Uri(app.Services.GetRequiredService<IPublicAddress>().BaseUrl);
        Client = new HttpClient(new DocumentedAnswers(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }))
        {
            BaseAddress = Address,
        };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<RunningServer> StartAsync(
        Action<IServiceCollection>? configure = null, params (string Name, string Value)[] environment)
    {
        var variables = new Dictionary<string, string?> { ["STORAGE"] = "memory", ["PORT"] = "0", ["AGENT_RUNTIME"] = "local" };
        foreach (var (name, value) in environment)
            variables[name] = value;
        var settings = SettingsParser.Parse(variables, Path.GetTempPath(), new Machine());
        var app = StackAgentServer.Build(settings, configure);
        await app.StartAsync();
        return new RunningServer(app, settings.Storage);
    }

    public Task StopAsync(CancellationToken cancellationToken = default) => _app.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        ProcessEnvironment.Clear(_storage);
    }
}
