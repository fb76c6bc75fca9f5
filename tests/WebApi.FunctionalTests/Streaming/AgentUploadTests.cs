using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using StackAgent.Application.Agents;
using StackAgent.Domain.Common;
using StackAgent.WebApi.Streaming;

namespace StackAgent.WebApi.FunctionalTests.Streaming;

[NonParallelizable]
internal sealed class AgentUploadTests
{
    private const long MaxFileBytes = 1024 * 1024;
    private const string Boundary = "----boundary";

    private readonly List<byte> _received = [];
    private readonly List<AgentForm> _announced = [];

    [SetUp]
    public void Forget()
    {
        _received.Clear();
        _announced.Clear();
    }

    [TestCase("name,description,file")]
    [TestCase("file,description,name")]
    [TestCase("description,file,name")]
    public async Task Receive_WhenFieldsComeInAnyOrder_ReadsThemAll(string order)
    {
        using var form = new MultipartFormDataContent(Boundary);
        foreach (var field in order.Split(','))
        {
            if (field == "file")
                form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes("ZIP\r\n--")), "file", "agent.zip");
            else
                form.Add(new StringContent($"the {field} → ü"), field);
        }

        var read = await ReceiveAsync(await form.ReadAsByteArrayAsync());
        Assert.That(read, Is.EqualTo(new AgentForm("the name → ü", "the description → ü", HasFile: true)));
        Assert.That(Encoding.UTF8.GetString([.. _received]), Is.EqualTo("ZIP\r\n--"));
    }

    [Test]
    public async Task Receive_WhenNameComesFirst_AnnouncesItBeforeTheFile()
    {
        await ReceiveAsync(Form(Field("name", "x"), File("ZIP"), Field("description", "y")));
        Assert.That(_announced, Is.EqualTo(new[] { new AgentForm("x", null, HasFile: true) }));
    }

    [Test]
    public void Receive_WhenTheAnnouncementIsRefused_ReadsNoFile()
    {
        var upload = new AgentUpload(Request(Form(Field("name", ""), File("ZIP"))), MaxFileBytes);
        Assert.That(
            () => upload.ReceiveAsync(TakeAsync, _ => throw new InvalidOperationException("refused"), CancellationToken.None),
            Throws.InvalidOperationException);
        Assert.That(_received, Is.Empty);
    }

    [Test]
    public async Task Receive_WhenThereIsNoFile_SaysSo() =>
        Assert.That(await ReceiveAsync(Form(Field("name", "x"))), Is.EqualTo(new AgentForm("x", null, HasFile: false)));

    [Test]
    public async Task Receive_WhenABrowserSendsAnEmptyFileInput_TakesItForNoFile() =>
        Assert.That(
            await ReceiveAsync(Form(Field("name", "x"), Part("form-data; name=\"file\"; filename=\"\"", ""))),
            Is.EqualTo(new AgentForm("x", null, HasFile: false)));

    [Test]
    public async Task Receive_WhenFieldsAreUnknown_IgnoresThem()
    {
        var read = await ReceiveAsync(Form(Field("colour", new string('x', 100_000)), File("other", "content"), Field("name", "x"), File("ZIP")));
        Assert.That(read, Is.EqualTo(new AgentForm("x", null, HasFile: true)));
        Assert.That(Encoding.UTF8.GetString([.. _received]), Is.EqualTo("ZIP"));
    }

    [Test]
    public async Task Receive_WhenNamesAreUnquotedOrInAnotherOrder_ReadsThem() =>
        Assert.That(
            await ReceiveAsync(Form(Part("Form-Data; name=name", "x"), Part("form-data; filename=a.zip; name=file", "ZIP"))),
            Is.EqualTo(new AgentForm("x", null, HasFile: true)));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("application/zip")]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("multipart/mixed; boundary=x")]
    [TestCase("nonsense")]
    public void Receive_WhenItIsNoForm_Is415(string? contentType) =>
        Assert.That(Failure([], contentType), Is.EqualTo((415, "Send the agent as multipart/form-data with the fields name, description and file.")));

    [TestCase("multipart/form-data")]
    [TestCase("multipart/form-data; boundary=")]
    [TestCase("multipart/form-data; boundary=\"\"")]
    public void Receive_WhenBoundaryIsMissing_Is400(string contentType) =>
        Assert.That(Failure([], contentType), Is.EqualTo((400, "The Content-Type multipart/form-data has no boundary.")));

    [Test]
    public void Receive_WhenBoundaryIsTooLong_Is400() =>
        Assert.That(Failure([], $"multipart/form-data; boundary={new string('x', 71)}").Status, Is.EqualTo(400));

    [TestCase("name", "name")]
    [TestCase("description", "description")]
    [TestCase("file", "file")]
    public void Receive_WhenAFieldIsThereTwice_Is400(string first, string second) =>
        Assert.That(
            Failure(Form(File(first, "x"), File(second, "x"))), Is.EqualTo((400, $"The form has more than one part named \"{first}\".")));

    [Test]
    public void Receive_WhenBodyIsCutAnywhere_Is400()
    {
        var form = Form(Field("name", "x"), File("ZIP"));
        for (var length = 0; length < form.Length - 4; length++)
            Assert.That(Failure(form[..length]).Status, Is.EqualTo(400), $"cut after {length} of {form.Length} bytes");

        Assert.That(Failure(form[..^End().Length]).Sentence, Is.EqualTo("The form ended before its last boundary: the upload was cut off."));
    }

    [Test]
    public void Receive_WhenTextFieldIsTooLong_Is413() =>
        Assert.That(
            Failure(Form(Field("description", new string('x', (64 * 1024) + 1)))), Is.EqualTo((413, "The field \"description\" is longer than 64 KiB.")));

    [Test]
    public async Task Receive_WhenTextFieldIsExactlyAtTheLimit_ReadsIt() =>
        Assert.That((await ReceiveAsync(Form(Field("description", new string('x', 64 * 1024))))).Description, Has.Length.EqualTo(64 * 1024));

    [Test]
    public void Receive_WhenTextIsNotUtf8_Is400()
    {
        byte[] form = [.. Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n"), 0xC3, 0x28, .. End()];
        Assert.That(Failure(form), Is.EqualTo((400, "The field \"name\" isn't valid UTF-8.")));
    }

    [TestCase("attachment; name=\"name\"")]
    [TestCase("form-data")]
    [TestCase("form-data; name=\"\"")]
    public void Receive_WhenAPartHasNoName_Is400(string disposition) =>
        Assert.That(Failure(Form(Part(disposition, "x"))).Sentence, Does.StartWith("A part of the form has no name"));

    [Test]
    public void Receive_WhenPartHeadersAreEndless_Is400()
    {
        var headers = string.Concat(Enumerable.Range(0, 20).Select(i => $"X-{i}: y\r\n"));
        Assert.That(Failure(Form($"{headers}\r\nx")).Status, Is.EqualTo(400));
    }

    [Test]
    public void Receive_WhenThereAreTooManyParts_Is400() =>
        Assert.That(
            Failure(Form([.. Enumerable.Range(0, 21).Select(i => Field($"f{i}", "x"))])), Is.EqualTo((400, "The form has more than 20 parts.")));

    [Test]
    public void Receive_WhenTheRequestSaysItIsTooLarge_Is422BeforeReading()
    {
        var context = Request([], length: MaxFileBytes + AgentUpload.FormAllowance + 1);
        Assert.That(Failure(context), Is.EqualTo((422, "The upload is too large: the file can have at most 1 MB.")));
    }

    [Test]
    public void Receive_WhenTheServerFindsTheBodyTooLarge_SaysHowMuchIsAllowed()
    {
        var context = Request(Form(File("ZIP")));
        context.Request.Body = new Failing(new BadHttpRequestException("Request body too large.", StatusCodes.Status413PayloadTooLarge));
        Assert.That(Failure(context), Is.EqualTo((422, "The upload is too large: the file can have at most 1 MB.")));
    }

    [Test]
    public async Task Receive_WhenTheServerLimitsBodies_SetsTheLimitOfThisRequest()
    {
        var context = Request(Form(File("ZIP")));
        var limit = new BodyLimit();
        context.Features.Set<IHttpMaxRequestBodySizeFeature>(limit);
        await new AgentUpload(context, MaxFileBytes).ReceiveAsync(TakeAsync, beforeFile: null, CancellationToken.None);
        Assert.That(limit.MaxRequestBodySize, Is.EqualTo(MaxFileBytes + AgentUpload.FormAllowance));
    }

    [Test]
    public void Receive_WhenTheReceiverFails_PassesItsFailureOn()
    {
        var upload = new AgentUpload(Request(Form(File("ZIP"))), MaxFileBytes);
        Assert.That(
            () => upload.ReceiveAsync((_, _) => throw new IOException("No space left on device"), beforeFile: null, CancellationToken.None),
            Throws.TypeOf<IOException>());
    }

    [Test]
    public void Receive_WhenCancelled_Ends()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        var upload = new AgentUpload(Request(Form(File("ZIP"))), MaxFileBytes);
        Assert.That(() => upload.ReceiveAsync(TakeAsync, null, cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Receive_WhenTheFileIsLarge_HoldsNoneOfIt()
    {
        const long Size = 200L * 1024 * 1024;
        var context = Request([]);
        context.Request.Body = new LargeForm(Form(File(""))[..^End().Length], Size, End());
        var upload = new AgentUpload(context, Size);
        var count = 0L;
        var buffer = new byte[128 * 1024];
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await upload.ReceiveAsync(
            async (stream, token) =>
            {
                while (await stream.ReadAsync(buffer, token) is var read and > 0)
                    count += read;
            },
            beforeFile: null,
            CancellationToken.None);
        Assert.That(count, Is.EqualTo(Size));
        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(4 * 1024 * 1024));
    }

    private Task<AgentForm> ReceiveAsync(byte[] body) =>
        new AgentUpload(Request(body), MaxFileBytes).ReceiveAsync(TakeAsync, _announced.Add, CancellationToken.None);

    private async Task TakeAsync(Stream file, CancellationToken cancellationToken)
    {
        var copy = new MemoryStream();
        await file.CopyToAsync(copy, cancellationToken);
        _received.AddRange(copy.ToArray());
    }

    private (int Status, string Sentence) Failure(byte[] body, string? contentType = $"multipart/form-data; boundary={Boundary}") =>
        Failure(Request(body, contentType));

    private (int Status, string Sentence) Failure(HttpContext context)
    {
        var failure = Assert.CatchAsync(
            () => new AgentUpload(context, MaxFileBytes).ReceiveAsync(TakeAsync, beforeFile: null, CancellationToken.None));
        return failure is BadHttpRequestException bad
            ? (bad.StatusCode, bad.Message)
            : (StatusCodes.Status422UnprocessableEntity, ((ValidationFailedException)failure!).Message);
    }

    private static DefaultHttpContext Request(byte[] body, string? contentType = $"multipart/form-data; boundary={Boundary}", long? length = null)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = HttpMethods.Post;
        context.Request.ContentType = contentType;
        context.Request.ContentLength = length;
        context.Request.Body = new MemoryStream(body);
        return context;
    }

    private static byte[] Form(params string[] parts) =>
        [.. Encoding.UTF8.GetBytes(string.Join("\r\n", parts.Select(part => $"--{Boundary}\r\n{part}"))), .. End()];

    private static byte[] End() => Encoding.UTF8.GetBytes($"\r\n--{Boundary}--\r\n");

    private static string Field(string name, string value) => Part($"form-data; name=\"{name}\"", value);

    private static string File(string content) => File("file", content);

    private static string File(string name, string content) => Part($"form-data; name=\"{name}\"; filename=\"agent.zip\"", content);

    private static string Part(string disposition, string content) => $"Content-Disposition: {disposition}\r\n\r\n{content}";

    private sealed class BodyLimit : IHttpMaxRequestBodySizeFeature
    {
        public bool IsReadOnly => false;

        public long? MaxRequestBodySize { get; set; } = 30_000_000;
    }

    private sealed class Failing(Exception exception) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw exception;
    }

    /// <summary>A form with a file of zeros that exists nowhere.</summary>
    private sealed class LargeForm(byte[] head, long size, byte[] tail) : MemoryStream
    {
        private long _position;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var start = _position;
            var source = start < head.Length ? head.AsSpan((int)start)
                : start >= head.Length + size ? tail.AsSpan((int)(start - head.Length - size))
                : default;
            var count = (int)Math.Min(buffer.Length, start >= head.Length && start < head.Length + size ? head.Length + size - start : source.Length);
            if (source.IsEmpty)
                buffer.Span[..count].Clear();
            else
                source[..count].CopyTo(buffer.Span);
            _position += count;
            return ValueTask.FromResult(count);
        }
    }
}
