using System.Text;
using StackAgent.Infrastructure.Runtimes.Local;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

internal sealed class AgentLogTests
{
    private const int Limit = 4 * 1024;

    private readonly ManualTimeProvider _clock = new();
    private TemporaryFolder _temporary = null!;
    private string _folder = null!;
    private AgentLog _log = null!;

    [SetUp]
    public void Begin()
    {
        _temporary = new TemporaryFolder();
        _folder = _temporary["run"];
        Directory.CreateDirectory(_folder);
        _log = new AgentLog(_folder, Limit, _clock);
        _log.BeginRun("starting");
    }

    [TearDown]
    public void End()
    {
        _log.Dispose();
        _temporary.Dispose();
    }

    [Test]
    public async Task Pump_WhenLinesCome_WritesEachWithTimeAndStream()
    {
        await PumpAsync("one\r\ntwo\nunfinished");

        Assert.That(await File.ReadAllLinesAsync(Current), Is.EqualTo(new[]
        {
            "2026-01-01T00:00:00.000000Z server starting",
            "2026-01-01T00:00:00.000000Z stdout one",
            "2026-01-01T00:00:00.000000Z stdout two",
            "2026-01-01T00:00:00.000000Z stdout unfinished",
        }));
        Assert.That(_log.LastLines, Is.EqualTo(new[] { "one", "two", "unfinished" }));
        Assert.That(await ReadAsync(2), Is.EqualTo(new[] { "two", "unfinished" }));
    }

    [Test]
    public async Task Pump_WhenALineHasNoEnd_KeepsItsBeginning()
    {
        await PumpAsync(new string('x', 100_000) + "\nnext\n");

        Assert.That(_log.LastLines, Is.EqualTo(new[] { new string('x', AgentLog.MaxLineBytes) + " …", "next" }));
    }

    [Test]
    public async Task Pump_WhenBytesAreNoText_StaysStorable()
    {
        using var source = new MemoryStream([0, (byte)'a', 0xff, (byte)'\r', (byte)'b', (byte)'\t', 0x1b, (byte)'\n']);

        await _log.PumpAsync(source, "stderr", CancellationToken.None);

        Assert.That(_log.LastLines, Is.EqualTo(new[] { "\uFFFDa\uFFFD\uFFFDb\t\u001b" }));
    }

    [Test]
    public async Task Pump_WhenTheFileIsFull_KeepsOneOldFileAndNoMore()
    {
        for (var i = 0; i < 1_000; i++)
            await PumpAsync($"line {i}\n");

        Assert.That(Directory.GetFiles(_folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { AgentLog.FileName, AgentLog.OldFileName }));
        Assert.That(new FileInfo(Current).Length, Is.LessThanOrEqualTo(Limit));
        Assert.That(new FileInfo(Path.Combine(_folder, AgentLog.OldFileName)).Length, Is.InRange(Limit, Limit + 100));
        Assert.That(await ReadAsync(100), Is.EqualTo(Enumerable.Range(900, 100).Select(i => $"line {i}")));
    }

    [Test]
    public async Task Pump_WhenTheFolderIsGone_GoesOnReading()
    {
        Directory.Delete(_folder, recursive: true);

        await PumpAsync("one\ntwo\n");

        Assert.That(_log.LastLines, Is.EqualTo(new[] { "one", "two" }));
    }

    [Test]
    public async Task ReadTail_WhenThereAreMoreLinesThanOneWindowHolds_ReturnsThemAll()
    {
        using var log = new AgentLog(_folder, 10 * 1024 * 1024, _clock);
        var lines = Enumerable.Range(0, 5_000).Select(i => $"line {i} {new string('x', 50)}").ToArray();
        using var source = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines) + '\n'));
        await log.PumpAsync(source, "stdout", CancellationToken.None);

        var tail = await AgentLogReader.ReadTailAsync(_folder, 4_000, 10 * 1024 * 1024, CancellationToken.None);

        Assert.That(tail, Is.EqualTo(lines[1_000..]));
    }

    private string Current => Path.Combine(_folder, AgentLog.FileName);

    private Task<IReadOnlyList<string>> ReadAsync(int lines) => AgentLogReader.ReadTailAsync(_folder, lines, Limit, CancellationToken.None);

    private async Task PumpAsync(string text)
    {
        using var source = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await _log.PumpAsync(source, "stdout", CancellationToken.None);
    }
}
