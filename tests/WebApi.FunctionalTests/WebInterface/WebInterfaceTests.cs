using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Testing;
using StackAgent.WebApi.FunctionalTests.Hosting;
using StackAgent.WebApi.WebInterface;

namespace StackAgent.WebApi.FunctionalTests.WebInterface;

/// <summary>The serving alone, with files of its own: these tests are the same whether the interface was built or not.</summary>
[TestFixture]
internal sealed class WebInterfaceTests
{
    private const string Script = "assets/index-abc123.js";

    private TemporaryFolder _folder = null!;
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _folder = new TemporaryFolder();
        Write("index.html", "<!doctype html><title>page</title>");
        Write("theme.js", "theme()");
        Write(Script, "plain");
        Write($"{Script}.br", "brotli");
        Write($"{Script}.gz", "gzip");
        _server = await StartAsync(_folder.Path);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Root_WhenABrowserAsks_LeadsToTheInterface()
    {
        using var answer = await GetAsync("/", accept: "text/html,application/xhtml+xml,*/*;q=0.8");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Redirect));
        Assert.That(answer.Headers.Location?.OriginalString, Is.EqualTo("/app/"));
        Assert.That(answer.Headers.Vary, Does.Contain("Accept"));
    }

    [TestCase("*/*")]
    [TestCase("application/json")]
    [TestCase(null)]
    public async Task Root_WhenAProgramAsks_SaysWhatThisIs(string? accept)
    {
        using var answer = await GetAsync("/", accept);

        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.That(json.GetProperty("name").GetString(), Is.EqualTo("StackAgent"));
        Assert.That(json.GetProperty("docs").GetString(), Is.EqualTo("/docs"));
    }

    [TestCase("/app")]
    [TestCase("/app/")]
    [TestCase("/app/stacks?search=a")]
    [TestCase("/app/agents/0198/sessions/with%2Fslash")]
    [TestCase("/app/index.html")]
    public async Task Routes_WhenABrowserAsks_AreThePage(string path)
    {
        using var answer = await GetAsync(path, accept: "text/html");
        var body = await answer.Content.ReadAsStringAsync();

        Assert.Multiple(() =>
        {
            Assert.That(body, Is.EqualTo("<!doctype html><title>page</title>"));
            Assert.That(answer.Content.Headers.ContentType?.ToString(), Is.EqualTo("text/html; charset=utf-8"));
            Assert.That(answer.Headers.CacheControl?.ToString(), Is.EqualTo("no-cache"));
        });
    }

    [Test]
    public async Task Page_Always_ComesWithAPolicyThatAllowsNothingInline()
    {
        using var answer = await GetAsync("/app/", accept: "text/html");

        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.That(policy, Does.StartWith("default-src 'none'").And.Contain("script-src 'self';").And.Contain("style-src 'self';")
            .And.Contain("frame-ancestors 'none'").And.Not.Contain("unsafe"));
        Assert.That(answer.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo(new[] { "nosniff" }));
        Assert.That(answer.Headers.GetValues("Referrer-Policy"), Is.EqualTo(new[] { "no-referrer" }));
    }

    [TestCase("gzip, deflate, br, zstd", "br", "brotli")]
    [TestCase("gzip", "gzip", "gzip")]
    [TestCase("br;q=0, gzip;q=0.5", "gzip", "gzip")]
    [TestCase("", null, "plain")]
    public async Task HashedFiles_ByWhatTheCallerUnpacks_ComeInTheSmallestFormAndForGood(string accepted, string? encoding, string content)
    {
        using var answer = await GetAsync($"/app/{Script}", encodings: accepted);
        var body = await answer.Content.ReadAsStringAsync();

        Assert.Multiple(() =>
        {
            Assert.That(body, Is.EqualTo(content));
            Assert.That(answer.Content.Headers.ContentEncoding, Is.EqualTo(encoding is null ? Array.Empty<string>() : [encoding]));
            Assert.That(answer.Content.Headers.ContentType?.ToString(), Is.EqualTo("text/javascript; charset=utf-8"));
            Assert.That(answer.Headers.CacheControl?.ToString(), Is.EqualTo("public, max-age=31536000, immutable"));
            Assert.That(answer.Headers.Vary, Does.Contain("Accept-Encoding"));
        });
    }

    [Test]
    public async Task Files_WhenTheCallerHasThem_AreNotSentAgain()
    {
        using var first = await GetAsync("/app/theme.js");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/app/theme.js");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await _server.Client.SendAsync(request);

        Assert.That(first.Headers.CacheControl?.ToString(), Is.EqualTo("no-cache"));
        Assert.That(second.StatusCode, Is.EqualTo(HttpStatusCode.NotModified));
    }

    [Test]
    public async Task Files_WhenOnlyTheHeadersAreAsked_HaveNoBody()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "/app/theme.js");
        using var answer = await _server.Client.SendAsync(request);

        Assert.That(answer.Content.Headers.ContentLength, Is.EqualTo(7));
        Assert.That(await answer.Content.ReadAsByteArrayAsync(), Is.Empty);
    }

    [TestCase("/app/assets/index-gone.js", "text/html")]
    [TestCase("/app/assets/index-gone.js", "*/*")]
    [TestCase("/app/nothing.png", "image/*")]
    [TestCase("/app/..%2Fsecret", "*/*")]
    [TestCase("/app/assets/index-abc123.js.br", "*/*")]
    [TestCase("/api/nothing", "text/html")]
    [TestCase("/nothing", "text/html")]
    [TestCase("/health/nothing", "text/html")]
    public async Task Addresses_WhenNothingIsThere_AreAProblemAndNoPage(string path, string accept)
    {
        using var answer = await GetAsync(path, accept);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
    }

    [Test]
    public async Task AgentsAddresses_WhenABrowserAsks_StayTheAgents()
    {
        using var answer = await GetAsync($"/stacks/{Guid.NewGuid()}/agents/{Guid.NewGuid()}/", accept: "text/html");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("There is no such agent."));
    }

    [TestCase("/")]
    [TestCase("/app/")]
    [TestCase("/app/stacks")]
    public async Task Interface_WhenItIsNotBuilt_SaysHowToGetIt(string path)
    {
        await using var server = await StartAsync(Path.Combine(_folder.Path, "nothing"));
        using var answer = await GetAsync(path, accept: "text/html", server: server);
        var body = await answer.Content.ReadAsStringAsync();

        Assert.Multiple(() =>
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/html"));
            Assert.That(body, Does.Contain("Node 20").And.Contain("dotnet run --project src/WebApi"));
        });
    }

    private static Task<RunningServer> StartAsync(string folder) =>
        RunningServer.StartAsync(services => services.AddSingleton(InterfaceFiles.Read(folder)));

    private async Task<HttpResponseMessage> GetAsync(string path, string? accept = null, string encodings = "", RunningServer? server = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
            request.Headers.Accept.ParseAdd(accept);
        if (encodings.Length > 0)
            request.Headers.AcceptEncoding.ParseAdd(encodings);
        return await (server ?? _server).Client.SendAsync(request);
    }

    private void Write(string name, string content)
    {
        var file = new FileInfo(Path.Combine(_folder.Path, name));
        file.Directory!.Create();
        File.WriteAllText(file.FullName, content);
    }
}
