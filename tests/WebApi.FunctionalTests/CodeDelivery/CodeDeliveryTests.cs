using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NSubstitute;
using StackAgent.Application;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Common;
using StackAgent.Testing;
using StackAgent.WebApi.CodeDelivery;
using StackAgent.WebApi.Errors;

namespace StackAgent.WebApi.FunctionalTests.CodeDelivery;

/// <summary>What is given to pods, over real HTTP; whose token is whose is told by a port.</summary>
[TestFixture]
internal sealed class CodeDeliveryTests
{
    private static readonly CodeRecipient Recipient = new(new AgentRef(Guid.CreateVersion7(), Guid.CreateVersion7()), 4);
    private static readonly byte[] Code = Zip.Of(("main.py", new string('x', 1_000)));

    private ICodeRecipients _recipients;
    private ICodeStorage _storage;
    private WebApplication _app;
    private HttpClient _http;

    [SetUp]
    public async Task StartAsync()
    {
        _recipients = Substitute.For<ICodeRecipients>();
        _storage = Substitute.For<ICodeStorage>();
        _recipients.IdentifyAsync("good", Arg.Any<CancellationToken>()).Returns(Recipient);
        _storage.OpenZipAsync(Recipient.Agent.StackId, Recipient.Agent.AgentId, 4, Arg.Any<CancellationToken>()).Returns(_ => new MemoryStream(Code));

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(CodeDeliveryEndpoint).Assembly.GetName().Name });
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.None))
            .AddRouting()
            .AddErrorHandling()
            .AddApplication()
            .AddSingleton(_recipients)
            .AddSingleton(_storage)
            .AddCodeDelivery(new CodeDeliveryLimits { AtOnce = 2 });
        _app = builder.Build();
        _app.UseErrorHandling();
        _app.UseRouting();
        _app.MapCodeDelivery();
        await _app.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()) };
    }

    [TearDown]
    public async Task StopAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Test]
    public async Task Get_WhenTheTokenIsAPods_StreamsTheCodeOfItsRevision()
    {
        using var answer = await GetAsync("good");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.EqualTo(Code));
        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/zip"));
        Assert.That(answer.Content.Headers.ContentLength, Is.EqualTo(Code.Length));
        Assert.That(answer.Headers.CacheControl!.NoStore);
    }

    [TestCase(null)]
    [TestCase("nobody's")]
    public async Task Get_WhenTheTokenIsNobodys_RefusesIt(string? token)
    {
        using var answer = await GetAsync(token);

        Assert.That((answer.StatusCode, answer.Headers.WwwAuthenticate.Count), Is.EqualTo((HttpStatusCode.Unauthorized, 1)));
        Assert.That(await DetailAsync(answer), Does.Contain("token").And.Not.Contain("nobody's"));
        await _storage.DidNotReceiveWithAnyArgs().OpenZipAsync(default, default, default, default);
    }

    [Test]
    public async Task Get_WhenTheCodeIsNotThere_SaysWhatToDo()
    {
        _storage.OpenZipAsync(default, default, default, default).ReturnsForAnyArgs((Stream?)null);

        using var answer = await GetAsync("good");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await DetailAsync(answer), Does.Contain("AGENT_PLATFORM_BASE_PATH").And.Contain("upload the code again"));
    }

    [Test]
    public async Task Get_WhenItCannotBeToldWhoAsks_SaysWhyAndWhenToComeAgain()
    {
        _recipients.IdentifyAsync("good", Arg.Any<CancellationToken>()).Returns<CodeRecipient?>(_ => throw new UnavailableException("The cluster is away."));

        using var answer = await GetAsync("good");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(answer.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(1)));
        Assert.That(await DetailAsync(answer), Is.EqualTo("The cluster is away."));
    }

    [Test]
    public async Task Get_WhenTooManyAskAtOnce_TellsTheRestToComeAgain()
    {
        var goOn = new TaskCompletionSource<CodeRecipient?>();
        var waiting = 0;
        _recipients.IdentifyAsync("good", Arg.Any<CancellationToken>()).Returns(_ =>
        {
            Interlocked.Increment(ref waiting);
            return goOn.Task;
        });
        var first = new[] { GetAsync("good"), GetAsync("good") };
        await Eventually.TrueAsync(() => Volatile.Read(ref waiting) == 2, "both to be looked at");

        using (var late = await GetAsync("good"))
        {
            Assert.That(late.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(late.Headers.RetryAfter, Is.Not.Null);
        }

        goOn.SetResult(Recipient);
        foreach (var answer in await Task.WhenAll(first))
        {
            Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.EqualTo(Code));
            answer.Dispose();
        }

        using var next = await GetAsync("good");
        Assert.That(next.StatusCode, Is.EqualTo(HttpStatusCode.OK), "the turns are free again");
    }

    private Task<HttpResponseMessage> GetAsync(string? token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/internal/code");
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return _http.SendAsync(request);
    }

    private static async Task<string?> DetailAsync(HttpResponseMessage answer)
    {
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return problem.RootElement.GetProperty("detail").GetString();
    }
}
