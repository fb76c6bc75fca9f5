using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Configuration;

/// <summary>A request as the server saw it.</summary>
internal sealed record SeenRequest(
    string Path, string Protocol, string Authorization, string Host, string? ServerName, string? ClientCertificate, string Body, string ImpersonatedUser, string ImpersonatedGroup);

/// <summary>An HTTPS server with a certificate of the test's own, which stands for the API server in all that is before its API.</summary>
internal sealed class ClusterServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ClusterServer(WebApplication app) => _app = app;

    /// <summary>What it answers; by default 200.</summary>
    public Func<HttpContext, SeenRequest, Task> Answer { get; set; } = (context, _) => context.Response.WriteAsync("ok");

    public ConcurrentQueue<SeenRequest> Requests { get; } = new();

    public SeenRequest Last => Requests.Last();

    public Uri Address => new(_app.Urls.Single().Replace("http://", "https://", StringComparison.Ordinal) + "/");

    /// <summary>Starts it on a free port of 127.0.0.1.</summary>
    /// <param name="certificate">What it shows.</param>
    /// <param name="between">Sent along with it.</param>
    public static async Task<ClusterServer> StartAsync(TestCertificate certificate, params TestCertificate[] between)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var https = new HttpsConnectionAdapterOptions
        {
            ServerCertificate = certificate.Certificate,
            ServerCertificateChain = [.. between.Select(other => other.Certificate)],
            ClientCertificateMode = ClientCertificateMode.AllowCertificate,
            ClientCertificateValidation = (_, _, _) => true,
        };
        // Only with a selector does the server read which name it is asked for; only without one does it send a chain.
        if (between.Length == 0)
            https.ServerCertificateSelector = (_, _) => certificate.Certificate;
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https)));
        var server = new ClusterServer(builder.Build());
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>A connection to it that trusts the authority and shows nothing.</summary>
    public ClusterConnection Connection(TestCertificate authority) => new()
    {
        Server = Address,
        Context = "test",
        Files = ["/k"],
        CertificateAuthority = authority.Pem,
    };

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var headers = context.Request.Headers;
        var seen = new SeenRequest(
            context.Request.Path,
            context.Request.Protocol,
            headers.Authorization.ToString(),
            context.Request.Host.Value ?? "",
            context.Features.Get<ITlsHandshakeFeature>()?.HostName,
            context.Connection.ClientCertificate?.GetNameInfo(X509NameType.SimpleName, forIssuer: false),
            await reader.ReadToEndAsync(),
            headers["Impersonate-User"].ToString(),
            headers["Impersonate-Group"].ToString());
        Requests.Enqueue(seen);
        await Answer(context, seen);
    }
}
