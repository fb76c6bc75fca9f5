using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using StackAgent.Application.Common;

namespace StackAgent.WebApi.FunctionalTests.Hosting;

[TestFixture]
internal sealed class ServerTests
{
    [Test]
    public async Task Health_WhenAsked_IsHealthyAndSaysWhen()
    {
        await using var server = await RunningServer.StartAsync();
        var health = await server.Client.GetFromJsonAsync<JsonElement>("/health");
        var live = await server.Client.GetFromJsonAsync<JsonElement>("/health/live");

        Assert.That(health.GetProperty("status").GetString(), Is.EqualTo("healthy"));
        Assert.That(health.GetProperty("timestamp").GetString(), Does.EndWith("Z"));
        Assert.That(live.GetProperty("status").GetString(), Is.EqualTo("alive"));
    }

    [Test]
    public async Task Agents_WhenTheyReachTheServerElsewhere_AreToldWhereAndPeopleAreNot()
    {
        await using var server = await RunningServer.StartAsync(
            configure: null, ("PUBLIC_URL", "https://people.example.com"), ("AGENT_SERVER_URL", "http://stackagent.svc/"));
        var urls = server.Services.GetRequiredService<AgentUrls>();

        Assert.That(urls.ServerForAgents, Is.EqualTo("http://stackagent.svc"));
        Assert.That(urls.ApiUrl(Guid.Empty, Guid.Empty), Does.StartWith("https://people.example.com/"));
    }

    [Test]
    public async Task Ready_WhenAPartFails_Is503AndNamesIt()
    {
        var works = Substitute.For<IReadinessCheck>();
        works.Name.Returns("database");
        works.CheckAsync(default).ReturnsForAnyArgs((string?)null);
        var fails = Substitute.For<IReadinessCheck>();
        fails.Name.Returns("runtime");
        fails.CheckAsync(default).ReturnsForAnyArgs("It is away.");
        var throws = Substitute.For<IReadinessCheck>();
        throws.Name.Returns("disk");
        throws.CheckAsync(default).ReturnsForAnyArgs<Task<string?>>(_ => throw new InvalidOperationException("secret"));
        await using var server = await RunningServer.StartAsync(services => services
            .AddSingleton(works).AddSingleton(fails).AddSingleton(throws));

        using var response = await server.Client.GetAsync("/health/ready");
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(problem.GetProperty("error").GetString(), Is.EqualTo("unavailable"));
            Assert.That(problem.GetProperty("errors").GetProperty("runtime")[0].GetString(), Is.EqualTo("It is away."));
            Assert.That(problem.GetProperty("errors").TryGetProperty("database", out _), Is.False);
            Assert.That(problem.GetProperty("detail").GetString(), Does.Contain("runtime: It is away."));
            Assert.That(problem.GetRawText(), Does.Not.Contain("secret"));
        });
    }

    [Test]
    public async Task Ready_WhenAskedOften_AsksThePartsOnce()
    {
        var check = Substitute.For<IReadinessCheck>();
        check.Name.Returns("database");
        check.CheckAsync(default).ReturnsForAnyArgs((string?)null);
        var time = Substitute.ForPartsOf<TimeProvider>();
        time.GetTimestamp().Returns(1_000);
        await using var server = await RunningServer.StartAsync(services => services.AddSingleton(check).AddSingleton(time));

        for (var i = 0; i < 20; i++)
            await server.Client.GetFromJsonAsync<JsonElement>("/health/ready");

        await check.ReceivedWithAnyArgs(1).CheckAsync(default);
    }

    [Test]
    public async Task Answers_Always_CarrySecurityHeadersAndNoServerName()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var path in new[] { "/", "/health", "/nothing" })
        {
            using var response = await server.Client.GetAsync(path);

            Assert.Multiple(() =>
            {
                Assert.That(response.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo(new[] { "nosniff" }), path);
                Assert.That(response.Headers.GetValues("X-Frame-Options"), Is.EqualTo(new[] { "DENY" }), path);
                Assert.That(response.Headers.GetValues("Referrer-Policy"), Is.EqualTo(new[] { "no-referrer" }), path);
                Assert.That(response.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("frame-ancestors 'none'"), path);
                Assert.That(response.Headers.Contains("Server"), Is.False, path);
            });
        }
    }

    [TestCase("https://named.example", "https://named.example", true)]
    [TestCase("https://other.example", "*", false)]
    public async Task Cors_WhenNamedAndAnyOriginsAreConfigured_AllowsCredentialsToNamedOnes(string origin, string allowed, bool credentials)
    {
        await using var server = await RunningServer.StartAsync(environment: ("CORS_ORIGINS", "https://named.example,*"));
        using var request = new HttpRequestMessage(HttpMethod.Options, "/health");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "GET");
        request.Headers.Add("Access-Control-Request-Headers", "authorization");
        using var response = await server.Client.SendAsync(request);

        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
            Assert.That(response.Headers.GetValues("Access-Control-Allow-Origin"), Is.EqualTo(new[] { allowed }));
            Assert.That(response.Headers.Contains("Access-Control-Allow-Credentials"), Is.EqualTo(credentials));
        });
    }

    [Test]
    public async Task Cors_WhenTheOriginIsNotConfigured_AllowsNothing()
    {
        await using var server = await RunningServer.StartAsync(environment: ("CORS_ORIGINS", "https://named.example"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.Add("Origin", "https://other.example");
        using var response = await server.Client.SendAsync(request);

        Assert.That(response.Headers.Contains("Access-Control-Allow-Origin"), Is.False);
    }

    [Test]
    public async Task Stop_WhenARequestNeverEnds_CutsItOffInTime()
    {
        await using var server = await RunningServer.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        await using var stream = socket.GetStream();
        // A body that is promised and never comes.
        await stream.WriteAsync("POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"u8.ToArray());

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(9));
        await server.StopAsync().WaitAsync(deadline.Token);

        Assert.That(deadline.IsCancellationRequested, Is.False);
    }
}
