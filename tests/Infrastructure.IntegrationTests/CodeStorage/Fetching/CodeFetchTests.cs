using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using StackAgent.Infrastructure.CodeStorage.Fetching;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.CodeStorage.Fetching;

/// <summary>What an agent's pod runs before the agent, against a server that answers as told.</summary>
internal sealed class CodeFetchTests
{
    private static readonly byte[] Code = Zip.Of(("app/main.py", "print('hello')"), ("app/data/notes.txt", "notes"));

    private TemporaryFolder _folder;
    private StringWriter _log;
    private List<string?> _tokens;

    private string Target => _folder["code"];

    [SetUp]
    public void MakeFolder()
    {
        _folder = new TemporaryFolder();
        _log = new StringWriter();
        _tokens = [];
        Directory.CreateDirectory(Target);
        File.WriteAllText(_folder["token"], "first.token\n");
    }

    [TearDown]
    public void RemoveFolder()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    [Test]
    public async Task Run_WhenTheServerGivesTheCode_UnpacksItAsAnUploadIs()
    {
        await File.WriteAllTextAsync(Path.Combine(Target, "left over"), "from a try that crashed");
        Directory.CreateDirectory(Path.Combine(Target, ".fetch-1", "extracted"));

        var exitCode = await RunAsync(_ => Ok(Code));

        Assert.That(exitCode, Is.Zero, _log.ToString());
        Assert.That(Files(), Is.EqualTo(new[] { "data/notes.txt", "main.py" }), "without the single folder at the top, and with nothing else");
        Assert.That(await File.ReadAllTextAsync(Path.Combine(Target, "main.py")), Is.EqualTo("print('hello')"));
        Assert.That(_tokens, Is.EqualTo(new[] { "Bearer first.token" }));
    }

    [Test]
    public async Task Run_WhenItFailsAtFirst_TriesAgainWithTheTokenThatIsThereThen()
    {
        var answers = new Queue<Func<HttpResponseMessage>>([
            () => throw new HttpRequestException("Connection refused"),
            () => Problem(HttpStatusCode.ServiceUnavailable, "The server doesn't know the pod."),
            () =>
            {
                File.WriteAllText(_folder["token"], "second.token");
                return Problem(HttpStatusCode.Unauthorized, "The token has expired.");
            },
            () => Ok(Code),
        ]);

        var exitCode = await RunAsync(_ => answers.Dequeue()());

        Assert.That(exitCode, Is.Zero, _log.ToString());
        Assert.That(_tokens, Is.EqualTo(new[] { "Bearer first.token", "Bearer first.token", "Bearer first.token", "Bearer second.token" }));
    }

    [Test]
    public async Task Run_WhenTheConnectionBreaksHalfWay_BeginsAnew()
    {
        var tries = 0;

        var exitCode = await RunAsync(_ => tries++ == 0 ? Ok(new BrokenStream(Code[..20])) : Ok(Code));

        Assert.That((exitCode, tries), Is.EqualTo((0, 2)), _log.ToString());
        Assert.That(Files(), Is.EqualTo(new[] { "data/notes.txt", "main.py" }));
    }

    [Test]
    public async Task Run_WhenTheServerStaysAway_GivesUpAndSaysWhy()
    {
        var exitCode = await RunAsync(_ => throw new HttpRequestException("Connection refused"), patience: 1);

        Assert.That(exitCode, Is.EqualTo(CodeFetchException.Unavailable));
        Assert.That(LastLine(), Is.EqualTo("StackAgent can't be reached at http://server.example:8000: Connection refused."));
        Assert.That(_tokens, Has.Count.GreaterThan(1));
        Assert.That(_log.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(2), "the same trouble is told once, and at the end");
    }

    [Test]
    public async Task Run_WhenTheServerRefuses_QuotesIt()
    {
        var exitCode = await RunAsync(_ => Problem(HttpStatusCode.NotFound, "The code of this revision isn't there.\nUpload it again."));

        Assert.That(exitCode, Is.EqualTo(CodeFetchException.Refused));
        Assert.That(LastLine(), Does.EndWith("(404): The code of this revision isn't there. Upload it again."), "one line");
    }

    [TestCase(HttpStatusCode.OK)]
    [TestCase(HttpStatusCode.MovedPermanently)]
    [TestCase(HttpStatusCode.BadGateway)]
    public async Task Run_WhenSomebodyElseAnswers_PointsAtTheAddress(HttpStatusCode status)
    {
        var exitCode = await RunAsync(_ => new HttpResponseMessage(status) { Content = new StringContent("<html>Welcome</html>") }, patience: 1);

        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(LastLine(), Does.Contain(status == HttpStatusCode.OK ? "other code" : "CODE_DELIVERY_URL"));
        Assert.That(Files().Where(file => !file.StartsWith(".fetch-", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task Run_WhenTheCodeIsAnother_RefusesItAtOnce()
    {
        var other = Zip.Of(("main.py", "print('goodbye')"));

        var exitCode = await RunAsync(_ => Ok(other));

        Assert.That(exitCode, Is.EqualTo(CodeFetchException.Damaged));
        Assert.That(LastLine(), Does.Contain(DigestOf(other)).And.Contain(DigestOf(Code)).And.EndWith("Upload the code again."));
        Assert.That(Files(), Has.None.EqualTo("main.py"));
        Assert.That(_tokens, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Run_WhenWhatHasTheDigestIsNoZip_SaysThatItCannotBeUnpacked()
    {
        var text = "PK no zip"u8.ToArray();

        var exitCode = await RunAsync(_ => Ok(text), DigestOf(text));

        Assert.That(exitCode, Is.EqualTo(CodeFetchException.Damaged));
        Assert.That(LastLine(), Does.StartWith("The code can't be unpacked: "));
    }

    [Test]
    public async Task Run_WhenTheDiskIsFull_SaysSo()
    {
        var exitCode = await RunAsync(_ => throw new IOException("No space left on device : '/code/agent.zip'", 28));

        Assert.That(exitCode, Is.EqualTo(CodeFetchException.Disk));
        Assert.That(LastLine(), Is.EqualTo("The node's disk is full: there is no room for the code."));
    }

    [TestCase("")]
    [TestCase("two lines\r\nX-Other: header")]
    public async Task Run_WhenTheTokenIsNone_AsksNobody(string token)
    {
        await File.WriteAllTextAsync(_folder["token"], token);

        Assert.That(await RunAsync(_ => Ok(Code)), Is.EqualTo(CodeFetchException.Refused));
        Assert.That(_tokens, Is.Empty);
    }

    [Test]
    public async Task Run_WhenTheServerSaysNothing_TriesAgain()
    {
        var tries = 0;

        var exitCode = await RunAsync(_ => tries++ == 0 ? Ok(new SilentStream()) : Ok(Code), silence: 1);

        Assert.That((exitCode, tries), Is.EqualTo((0, 2)), _log.ToString());
    }

    [Test]
    public void TryParse_WhenItIsTheCommandLineOfAPod_ReadsIt()
    {
        var digest = new string('a', 64);

        Assert.That(
            CodeFetchRequest.TryParse(["--url", "http://s/internal/code", "--sha256", digest, "--token-file", "/t", "--to", "/code"]),
            Is.EqualTo(new CodeFetchRequest(new Uri("http://s/internal/code"), "/t", digest, "/code")));
        Assert.That(CodeFetchRequest.TryParse(["--url", "ftp://s", "--sha256", digest, "--token-file", "/t", "--to", "/code"]), Is.Null);
        Assert.That(CodeFetchRequest.TryParse(["--url", "http://s", "--sha256", "short", "--token-file", "/t", "--to", "/code"]), Is.Null);
        Assert.That(CodeFetchRequest.TryParse(["--url"]), Is.Null);
    }

    /// <summary>Fetches from a server that answers so; the exit code.</summary>
    /// <param name="answer">The server.</param>
    /// <param name="digest">What the code should be; by default that of <see cref="Code"/>.</param>
    /// <param name="patience">Seconds until it gives up, for what only ends by that.</param>
    /// <param name="silence">Seconds without a byte until it asks anew, for what only goes on by that.</param>
    private async Task<int> RunAsync(Func<HttpRequestMessage, HttpResponseMessage> answer, string? digest = null, double patience = 60, double silence = 60)
    {
        using var http = new HttpClient(new Answerer(request =>
        {
            _tokens.Add(request.Headers.Authorization?.ToString());
            return answer(request);
        }));
        var pace = new CodeFetchPace
        {
            Patience = TimeSpan.FromSeconds(patience),
            FirstDelay = TimeSpan.FromMilliseconds(1),
            MaxDelay = TimeSpan.FromMilliseconds(20),
            Silence = TimeSpan.FromSeconds(silence),
        };
        var request = new CodeFetchRequest(new Uri("http://server.example:8000/internal/code"), _folder["token"], digest ?? DigestOf(Code), Target);
        return await new CodeFetch(http, pace, TimeProvider.System, _log).RunAsync(request, CancellationToken.None);
    }

    private static HttpResponseMessage Ok(byte[] zip) => Ok(new MemoryStream(zip));

    private static HttpResponseMessage Ok(Stream zip) => new(HttpStatusCode.OK) { Content = new StreamContent(zip) };

    private static HttpResponseMessage Problem(HttpStatusCode status, string detail)
    {
        var answer = new HttpResponseMessage(status)
        {
            Content = new StringContent(System.Text.Json.JsonSerializer.Serialize(new { detail }), Encoding.UTF8, "application/problem+json"),
        };
        answer.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(1));
        return answer;
    }

    private static string DigestOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private IEnumerable<string> Files() => Directory.EnumerateFiles(Target, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Target, file)).Order(StringComparer.Ordinal);

    private string LastLine() => _log.ToString().TrimEnd().Split('\n')[^1].TrimEnd();

    private sealed class Answerer(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answer(request));
    }

    /// <summary>Breaks after what it has.</summary>
    private sealed class BrokenStream(byte[] begin) : MemoryStream(begin)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is var count and > 0 ? count : throw new IOException("Connection reset by peer");
    }

    /// <summary>Has nothing, and doesn't end.</summary>
    private sealed class SilentStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
