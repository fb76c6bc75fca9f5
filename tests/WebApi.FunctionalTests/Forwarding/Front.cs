using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using StackAgent.Application.Common.Runtimes;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Forwarding;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.FunctionalTests.Forwarding;

/// <summary>An agent and the forwarder before it, each on a real server of its own.</summary>
internal sealed class Front : IAsyncDisposable
{
    private readonly WebApplication _front;
    private readonly WebApplication _agent;

    private Front(WebApplication front, WebApplication agent)
    {
        _front = front;
        _agent = agent;
        Address = new Uri(front.Urls.Single());
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { BaseAddress = Address };
    }

    public static AgentRef Agent { get; } = new(Guid.Parse("0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e10"), Guid.Parse("0198c5a2-03b4-7f11-8a6e-5d0c4b7e21f3"));

    public static string Prefix { get; } = $"/stacks/{Agent.StackId}/agents/{Agent.AgentId}";

    public Uri Address { get; }

    public HttpClient Client { get; }

    public static Task<Front> StartAsync(RequestDelegate agentBehaviour, AgentEndpoint? endpoint = null) =>
        StartAsync(agentBehaviour, address => endpoint ?? new AgentEndpoint.Found(address), TimeSpan.FromMilliseconds(300));

    /// <summary>Starts both.</summary>
    /// <param name="agentBehaviour">What the agent answers.</param>
    /// <param name="find">What is known of the agent, given where it really is; asked for each try of a request.</param>
    /// <param name="patience">How long a request waits for a connection.</param>
    public static async Task<Front> StartAsync(RequestDelegate agentBehaviour, Func<Uri, AgentEndpoint> find, TimeSpan patience)
    {
        var agent = await StartAsync(builder => builder.WebHost.ConfigureKestrel(Unlimited), app =>
        {
            app.UseWebSockets();
            app.Run(agentBehaviour);
        });
        var endpoints = Substitute.For<IAgentEndpoints>();
        endpoints.FindAsync(default, default).ReturnsForAnyArgs(new AgentEndpoint.Unknown());
        endpoints.FindAsync(Agent, default).ReturnsForAnyArgs(call =>
            call.Arg<AgentRef>() == Agent ? find(new Uri(agent.Urls.Single())) : new AgentEndpoint.Unknown());
        var settings = new ServerSettings("127.0.0.1", 0, null);

        var front = await StartAsync(
            builder =>
            {
                builder.WebHost.ConfigureKestrel(kestrel =>
                {
                    kestrel.AddServerHeader = false;
                    kestrel.Limits.MaxRequestBodySize = KestrelSetup.DefaultMaxBodyBytes;
                });
                builder.Services.AddErrorHandling();
                builder.Services.AddSingleton(settings);
                builder.Services.AddSingleton(endpoints);
                builder.Services.AddSingleton(TimeProvider.System);
                builder.Services.AddForwarding(new ForwardingOptions { ConnectPatience = patience, ConnectTimeout = TimeSpan.FromMilliseconds(500) });
            },
            app =>
            {
                app.UseErrorHandling();
                app.UseSecurityHeaders();
                app.UseRouting();
                app.MapForwarding();
            });
        return new Front(front, agent);
    }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(
            method, new Uri(Address.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Content = content;
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public Task StopAgentAsync() => _agent.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _front.DisposeAsync();
        await _agent.DisposeAsync();
    }

    private static void Unlimited(KestrelServerOptions kestrel)
    {
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.AddServerHeader = false;
    }

    private static async Task<WebApplication> StartAsync(Action<WebApplicationBuilder> configure, Action<WebApplication> use)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        configure(builder);
        var app = builder.Build();
        use(app);
        await app.StartAsync();
        return app;
    }
}
