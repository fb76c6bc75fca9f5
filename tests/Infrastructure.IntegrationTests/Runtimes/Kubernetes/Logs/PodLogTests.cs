using System.Net;
using System.Text;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Logs;

/// <summary>Connections that break where a real cluster's seldom do: no line is there twice, and none is missing without a word.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PodLogTests : IDisposable
{
    private const string Cut = "[… lines cut …]";

    private readonly ScriptedServer _server = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly HttpClient _http;
    private readonly PodLog _log;

    public PodLogTests()
    {
        _http = new HttpClient(_server) { BaseAddress = new Uri("http://cluster.example/") };
        _log = LogBy(TimeProvider.System);
    }

    public void Dispose()
    {
        _http.Dispose();
        _server.Dispose();
    }

    [Test]
    public async Task Read_WhenTheConnectionBreaksWithinASecond_GoesOnAtTheNextLine()
    {
        _server.Breaks("10.1 one", "11.2 two", "11.3 three", "11.4 torn in the mid");
        _server.Ends("11.2 two", "11.3 three", "11.4 torn in the middle", "12.0 five");

        Assert.That(await ReadAsync(follow: true), Is.EqualTo(new[] { "one", "two", "three", "torn in the middle", "five" }));
        Assert.That(_server.Requests[1], Does.Contain("sinceTime=2026-01-01T00%3A00%3A11Z").Or.Contain("sinceTime=2026-01-01T00:00:11Z"));
    }

    [Test]
    public async Task Read_WhenLinesOfOneMomentAreTorn_CountsThem()
    {
        _server.Breaks("10.5 same", "10.5 same");
        _server.Ends("10.5 same", "10.5 same", "10.5 same");

        Assert.That(await ReadAsync(follow: true), Has.Count.EqualTo(3));
    }

    [Test]
    public async Task Read_WhenTheLogWasTurnedMeanwhile_SaysThatLinesMayBeMissing()
    {
        _server.Breaks("10.1 one");
        _server.Ends("30.0 much later");

        Assert.That(await ReadAsync(follow: true), Is.EqualTo(new[] { "one", Cut, "much later" }));
    }

    [Test]
    public async Task Read_WhenTheNodeBeganAnotherFile_GoesOnThere()
    {
        _server.FallsSilentAfter("10.1 one", "10.2 two");
        _server.Ends("14.0 four");
        _server.Ends("13.0 three", "14.0 four");

        Assert.That(await FollowInNoTimeAsync(), Is.EqualTo(new[] { "one", "two", "three", "four" }));
        Assert.That(_server.Requests[1], Does.Contain("tailLines=1").And.Not.Contain("follow"));
        Assert.That(_server.Requests[2], Does.Contain("follow=true").And.Contain("00:00:10Z"));
    }

    [Test]
    public async Task Read_WhenTheNodeSaysThatItCannotGoOn_ReadsOnWithoutItsSentence()
    {
        _server.EndsWithRemark("failed to open log file \"/var/log/pods/ns_pod/agent/0.log\": no such file or directory", "10.1 one");
        _server.Ends("12.0 two");

        Assert.That(await ReadAsync(follow: true), Is.EqualTo(new[] { "one", "two" }));
    }

    [Test]
    public async Task Read_WhenSeveralFilesMayHaveBeenBegun_SaysThatLinesMayBeMissing()
    {
        _server.FallsSilentAfter("10.1 one");
        _server.Ends("21.0 three");
        _server.Ends("20.5 two", "21.0 three");

        Assert.That(await FollowInNoTimeAsync(), Is.EqualTo(new[] { "one", Cut, "two", "three" }));
    }

    [Test]
    public async Task Read_WhenAnotherFileIsBegunAfterASilence_KnowsThatNothingIsMissing()
    {
        _server.FallsSilentAfter("10.1 one");
        _server.Ends("10.1 one");
        _server.Ends("29.0 much later");
        _server.Ends("29.0 much later");

        Assert.That(await FollowInNoTimeAsync(), Is.EqualTo(new[] { "one", "much later" }));
    }

    [Test]
    public async Task Read_WhenTheLogIsSilent_StaysWithItsConnection()
    {
        var silence = _server.FallsSilentAfter("10.1 one");
        _server.Ends("10.1 one");
        _server.Refuses(HttpStatusCode.ServiceUnavailable);
        _server.Ends("10.1 one");
        _server.WhenAllIsAnswered = () => silence.End("59.0 much later");

        Assert.That(await FollowInNoTimeAsync(), Is.EqualTo(new[] { "one", "much later" }));
        Assert.That(_server.Requests.Count(request => request.Contains("follow", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public async Task Read_WhenOnlyTheEndWasRead_LeavesOutWhatCameBefore()
    {
        _server.Ends("10.2 two");
        Assert.That(await ReadAsync(follow: false, tail: 1), Is.EqualTo(new[] { "two" }));
        _server.Ends("10.1 one", "10.2 two", "10.3 three");

        Assert.That(await ReadAsync(follow: true), Is.EqualTo(new[] { "three" }));
        Assert.That(_server.Requests.Select(request => request.Contains("tailLines=1", StringComparison.Ordinal)), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public async Task Read_WhenAnotherContainerFollows_HasItFromItsBeginning()
    {
        _server.Ends("10.1 one", "10.2 two");
        await ReadAsync(follow: true);
        _server.Ends("10.4 three");

        Assert.That(await ReadAsync(follow: true), Is.EqualTo(new[] { "three" }));
    }

    [Test]
    public async Task Read_WhenTheConnectionKeepsBreaking_EndsAndSaysSo()
    {
        for (var i = 0; i < 5; i++)
            _server.Breaks();

        Assert.That(await ReadAsync(follow: false), Is.EqualTo(new[] { Cut }));
    }

    [Test]
    public async Task Read_WhenALineIsLongerThanAnyOughtToBe_CutsItWithAMarker()
    {
        _server.Ends($"10.1 {new string('x', 100_000)}", "10.2 next");

        var lines = await ReadAsync(follow: false);

        Assert.That(lines[0], Has.Length.LessThan(9_000).And.EndsWith(" KB cut …]"));
        Assert.That(lines[1], Is.EqualTo("next"));
    }

    [Test]
    public async Task Read_WhenThereIsNone_IsEmpty()
    {
        _server.Refuses(HttpStatusCode.BadRequest);

        Assert.That(await ReadAsync(follow: false), Is.Empty);
    }

    private PodLog LogBy(TimeProvider time) =>
        new(new KubernetesClient(_http, TimeProvider.System), new ObjectMeta { Namespace = "ns", Name = "pod" }, time);

    private Task<IReadOnlyList<string>> ReadAsync(bool follow, int? tail = null) => ReadAsync(_log, follow, tail);

    /// <summary>Follows the log to its end with a clock that goes on as soon as anything waits for it.</summary>
    private async Task<IReadOnlyList<string>> FollowInNoTimeAsync()
    {
        var reading = ReadAsync(LogBy(_clock), follow: true, tail: null);
        await Eventually.TrueAsync(
            () =>
            {
                _clock.AdvanceToNextTimer();
                return reading.IsCompleted;
            },
            "the log's end");
        return await reading;
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(PodLog log, bool follow, int? tail)
    {
        List<string> lines = [];
        await foreach (var line in log.ReadAsync(follow, previous: false, since: null, tail, CancellationToken.None))
        {
            Assert.That(line.Source, Is.EqualTo(line.Text == Cut ? LogSource.Server : LogSource.Stdout));
            lines.Add(line.Text);
        }

        return lines;
    }

    /// <summary>Answers one request after the other as it was told.</summary>
    private sealed class ScriptedServer : HttpMessageHandler
    {
        private readonly Queue<HttpResponseMessage> _answers = [];

        public List<string> Requests { get; } = [];

        public Action? WhenAllIsAnswered { get; set; }

        public void Ends(params string[] lines) => Answer(new MemoryStream(Bytes(lines, last: "\n")));

        /// <summary>After the last line, which has no end then.</summary>
        public void Breaks(params string[] lines) => Answer(new BreakingStream(Bytes(lines, last: lines is [.., var torn] && torn.Contains("torn", StringComparison.Ordinal) ? "" : "\n")));

        /// <summary>A sentence of the node's after the lines.</summary>
        public void EndsWithRemark(string remark, params string[] lines) => Answer(new MemoryStream([.. Bytes(lines, last: "\n"), .. Encoding.UTF8.GetBytes(remark)]));

        /// <summary>Stays open and brings nothing more, until that ends.</summary>
        public SilentStream FallsSilentAfter(params string[] lines)
        {
            var stream = new SilentStream(Bytes(lines, last: "\n"));
            Answer(stream);
            return stream;
        }

        public void Refuses(HttpStatusCode code) => _answers.Enqueue(new HttpResponseMessage(code) { Content = new StringContent("{}") });

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add(request.RequestUri!.Query);
            var answer = _answers.Dequeue();
            if (_answers.Count == 0)
                WhenAllIsAnswered?.Invoke();
            return Task.FromResult(answer);
        }

        /// <summary>Each line begins with its second.</summary>
        public static byte[] Bytes(IReadOnlyList<string> lines, string last) =>
            Encoding.UTF8.GetBytes(lines.Count == 0 ? "" : string.Join('\n', lines.Select(Stamped)) + last);

        private static string Stamped(string line) => line.Split(' ', 2) is [var second, var text] ? $"2026-01-01T00:00:{second}Z {text}" : line;

        private void Answer(Stream body) => _answers.Enqueue(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(body) });
    }

    /// <summary>Fails where it would end.</summary>
    private sealed class BreakingStream(byte[] content) : MemoryStream(content)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var count ? count : throw new IOException("The connection broke.");
    }

    /// <summary>Says nothing more where it would end, and keeps the reader waiting.</summary>
    private sealed class SilentStream(byte[] content) : Stream
    {
        private readonly MemoryStream _before = new(content);
        private readonly TaskCompletionSource<byte[]> _after = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _isOver;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void End(string line) => _after.TrySetResult(ScriptedServer.Bytes([line], last: "\n"));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (await _before.ReadAsync(buffer, cancellationToken) is > 0 and var count)
                return count;
            if (_isOver)
                return 0;

            var last = await _after.Task.WaitAsync(cancellationToken);
            _isOver = true;
            last.CopyTo(buffer);
            return last.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _before.Dispose();
            base.Dispose(disposing);
        }
    }
}
