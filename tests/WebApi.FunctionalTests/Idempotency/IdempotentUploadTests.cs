using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Idempotency;

/// <summary>Large uploads with a key, to a server in a process of its own: how much memory they take, and what is left when it dies.</summary>
internal sealed class IdempotentUploadTests
{
    private const int Megabytes = 100;

    private TemporaryFolder _folder = null!;
    private ServerProcess _server = null!;
    private string _stack = "";

    [SetUp]
    public async Task StartAsync()
    {
        _folder = new TemporaryFolder();
        _server = new ServerProcess(typeof(Program).Assembly.Location, _folder.Path);
        await _server.StartAsync();
        await _server.SignInAsync();
        using var answer = await _server.Client.PostAsync("api/stacks", new StringContent("""{"name":"stack"}""", new MediaTypeHeaderValue("application/json")));
        _stack = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString()!;
    }

    [TearDown]
    public void End()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Upload_WhenAHundredMegabytesAreRepeated_IsHashedAndNotHeld()
    {
        var zip = MakeZip();
        var (status, first, _) = await UploadAsync(zip);
        Assert.That(status, Is.EqualTo(HttpStatusCode.Created), first);

        var before = PeakMegabytes();
        for (var i = 0; i < 3; i++)
        {
            var (repeatStatus, repeat, isReplayed) = await UploadAsync(zip);
            Assert.That((repeatStatus, repeat, isReplayed), Is.EqualTo((HttpStatusCode.Created, first, true)));
        }

        Assert.That(PeakMegabytes() - before, Is.LessThan(Megabytes / 2), "more of the server's memory");
        Assert.That(await AgentsAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task Upload_WhenTheServerIsKilledInTheMiddle_CanBeRepeatedWhenItsLockHasExpired()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var never = new TaskCompletionSource();

        // More than a client holds back before it sends anything.
        var content = new byte[200_000];
        new Random(1).NextBytes(content);
        var zip = Zip.Of(("notes.txt", Convert.ToHexString(content)));
        var half = UploadAsync(new StreamContent(new HalfStream(zip, arrived, never.Task)));
        await arrived.Task;
        await Eventually.TrueAsync(() => Execute("SELECT count(*) FROM idempotency_records") == 1, "the key to be taken");
        await _server.KillAsync();
        never.SetResult();
        Assert.That(async () => await half, Throws.InstanceOf<HttpRequestException>());
        await _server.StartAsync();

        var (tooEarly, _, _) = await UploadAsync(new ByteArrayContent(zip));
        Execute("UPDATE idempotency_records SET locked_until = 0");
        var (status, body, isReplayed) = await UploadAsync(new ByteArrayContent(zip));

        Assert.That(tooEarly, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((status, isReplayed), Is.EqualTo((HttpStatusCode.Created, false)), body);
        Assert.That(await AgentsAsync(), Is.EqualTo(1));
    }

    private async Task<(HttpStatusCode Status, string Body, bool IsReplayed)> UploadAsync(string zip)
    {
        await using var file = File.OpenRead(zip);
        return await UploadAsync(new StreamContent(file));
    }

    private async Task<(HttpStatusCode Status, string Body, bool IsReplayed)> UploadAsync(HttpContent zip)
    {
        using var form = new MultipartFormDataContent("boundary") { { new StringContent("agent"), "name" }, { zip, "file", "agent.zip" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"api/stacks/{_stack}/agents") { Content = form };
        request.Headers.Add("Idempotency-Key", "the-deployment");
        using var answer = await _server.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.Contains("Idempotency-Replayed"));
    }

    private async Task<int> AgentsAsync()
    {
        using var list = JsonDocument.Parse(await _server.Client.GetStringAsync($"api/stacks/{_stack}/agents"));
        return list.RootElement.GetProperty("total").GetInt32();
    }

    private long Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "data", "stackagent.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>The most that the server's process ever held in memory.</summary>
    private long PeakMegabytes()
    {
        var line = File.ReadLines($"/proc/{_server.ProcessId}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    private string MakeZip()
    {
        var path = _folder["agent.zip"];
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        var random = new Random(1);
        var block = new byte[1024 * 1024];
        using var file = archive.CreateEntry("model.bin", CompressionLevel.NoCompression).Open();
        for (var i = 0; i < Megabytes; i++)
        {
            random.NextBytes(block);
            file.Write(block);
        }

        return path;
    }

    /// <summary>A file whose second half doesn't come.</summary>
    private sealed class HalfStream(byte[] content, TaskCompletionSource halfRead, Task goOn) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_position >= content.Length / 2)
            {
                halfRead.TrySetResult();
                await goOn.WaitAsync(cancellationToken);
            }

            var count = Math.Min(buffer.Length, (content.Length / 2) - _position);
            content.AsMemory(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
