using System.Text;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Local.Logs;
using StackAgent.Infrastructure.Runtimes.Logs;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

internal sealed class AgentLogTests
{
    private const int Limit = 4 * 1024;
    private const int OfRun = 512;

    private ManualTimeProvider _clock = null!;
    private TemporaryFolder _temporary = null!;
    private string _folder = null!;
    private AgentLog _log = null!;
    private RunLog _run = null!;

    [SetUp]
    public void Begin()
    {
        _clock = new ManualTimeProvider();
        _temporary = new TemporaryFolder();
        _folder = _temporary["run"];
        Directory.CreateDirectory(_folder);
        _log = new AgentLog(_folder, new LogLimits(Limit, OfRun), _clock);
        _run = _log.BeginRun(revision: 3);
        _run.Remark("starting");
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
            "2026-01-01T00:00:00.000000Z r3-1 server starting",
            "2026-01-01T00:00:00.000000Z r3-1 stdout one",
            "2026-01-01T00:00:00.000000Z r3-1 stdout two",
            "2026-01-01T00:00:00.000000Z r3-1 stdout unfinished",
        }));
        Assert.That(_run.LastLines, Is.EqualTo(new[] { "one", "two", "unfinished" }));
        Assert.That(await _log.ReadTailAsync(2, CancellationToken.None), Is.EqualTo(new[] { "two", "unfinished" }));
    }

    [Test]
    public async Task Pump_WhenALineHasNoEnd_KeepsItsBeginning()
    {
        await PumpAsync(new string('x', 100_000) + "\nnext\n");

        Assert.That(_run.LastLines, Is.EqualTo(new[] { new string('x', LogMarkers.MaxLineBytes) + " [… 89.7 KB cut …]", "next" }));
    }

    [Test]
    public async Task Pump_WhenBytesAreNoText_StaysStorable()
    {
        using var source = new MemoryStream([0, (byte)'a', 0xff, (byte)'\r', (byte)'b', (byte)'\t', 0x1b, (byte)'\n']);

        await _run.PumpAsync(source, "stderr", CancellationToken.None);

        Assert.That(_run.LastLines, Is.EqualTo(new[] { "\uFFFDa\uFFFD\uFFFDb\t\u001b" }));
    }

    [Test]
    public async Task Pump_WhenTheFileIsFull_KeepsOneOldFileAndSaysWhatIsGone()
    {
        for (var i = 0; i < 1_000; i++)
            await PumpAsync($"line {i}\n");

        Assert.That(new FileInfo(Current).Length, Is.LessThanOrEqualTo(Limit));
        Assert.That(new FileInfo(Path.Combine(_folder, AgentLog.OldFileName)).Length, Is.InRange(Limit, Limit + 100));
        Assert.That(new FileInfo(Path.Combine(_folder, AgentLog.KeptFileName)).Length, Is.LessThan(Limit));
        Assert.That(await _log.ReadTailAsync(100, CancellationToken.None), Is.EqualTo(Enumerable.Range(900, 100).Select(i => $"line {i}")));

        var all = await ReadAsync(new LogQuery());
        Assert.That(all[0].Source, Is.EqualTo(LogSource.Server));
        Assert.That(all[0].Text, Does.Match(@"^\[… \d+(\.\d)? KB cut …\]$"));
        Assert.That(all.Skip(1).Select(line => line.Text), Is.EqualTo(Enumerable.Range(1_000 - all.Count + 1, all.Count - 1).Select(i => $"line {i}")));
    }

    [Test]
    public async Task Pump_WhenAnotherRunWritesMuch_KeepsTheEndOfTheOneBefore()
    {
        for (var i = 0; i < 50; i++)
            await PumpAsync($"before {i}\n");
        await PumpAsync("the cause\n");
        _run.End();
        var next = _log.BeginRun(revision: 3);
        for (var i = 0; i < 1_000; i++)
            await PumpAsync($"after {i}\n", next);

        var previous = await ReadAsync(new LogQuery { Previous = true, Pod = "r3-1" });
        Assert.That(previous[0].Text, Does.EndWith("cut …]"));
        Assert.That(previous[^1].Text, Is.EqualTo("the cause"));
        Assert.That(previous, Has.Count.InRange(5, 15), "as many as there is room for");
        Assert.That((await ReadAsync(new LogQuery { Tail = 1 })).Single().Text, Is.EqualTo("after 999"));

        _clock.Advance(TimeSpan.FromHours(25));
        for (var i = 0; i < 200; i++)
            await PumpAsync($"a day later {i}\n", next);
        Assert.That((await ReadAsync(new LogQuery { Pod = "r3-1" })).Where(line => line.Source != LogSource.Server), Is.Empty);
    }

    [Test]
    public async Task BeginRun_WhenTheServerIsAnother_CountsOn()
    {
        await PumpAsync("one\n");
        _log.Dispose();
        _log = new AgentLog(_folder, new LogLimits(Limit, OfRun), _clock);

        Assert.That(_log.BeginRun(revision: 4).Name, Is.EqualTo("r4-2"));
    }

    [Test]
    public async Task Read_WhenLinesAreOfAnOlderServer_ReadsThem()
    {
        await File.AppendAllLinesAsync(Current, ["2026-01-01T00:00:01.000000Z stderr as it was", "no line of ours", ""]);

        var lines = await ReadAsync(new LogQuery());

        Assert.That(lines[^1], Is.EqualTo(new LogLine(new DateTimeOffset(2026, 1, 1, 0, 0, 1, TimeSpan.Zero), "-", LogSource.Stderr, "as it was")));
    }

    [Test]
    public async Task Read_WhenSearched_CountsWhatIsFound()
    {
        for (var i = 0; i < 300; i++)
            await PumpAsync(i % 10 == 0 ? $"Found {i}\n" : $"other {i}\n");

        var lines = await ReadAsync(new LogQuery { Search = "fOUND", Tail = 3 });

        Assert.That(lines.Select(line => line.Text), Is.EqualTo(new[] { "Found 270", "Found 280", "Found 290" }));
    }

    [Test]
    public async Task Follow_WhenFilesAreSetAside_MissesNothing()
    {
        using var limit = new CancellationTokenSource(Eventually.Deadline);
        await using var lines = _log.ReadAsync(new LogQuery { Follow = true, Tail = 0 }, limit.Token).GetAsyncEnumerator(limit.Token);
        var next = lines.MoveNextAsync();
        for (var i = 0; i < 500; i++)
        {
            await PumpAsync($"line {i}\n");
            Assert.That(await next);
            Assert.That(lines.Current.Text, Is.EqualTo($"line {i}"));
            next = lines.MoveNextAsync();
        }

        _log.Dispose();
        Assert.That(await next, Is.False, "the log is over");
    }

    [Test]
    public async Task Follow_WhenTheReaderIsSlow_SaysHowMuchItMissed()
    {
        await using var lines = _log.ReadAsync(new LogQuery { Follow = true }, CancellationToken.None).GetAsyncEnumerator();
        Assert.That(await lines.MoveNextAsync());
        for (var i = 0; i < 1_000; i++)
            await PumpAsync($"line {i}\n");
        _log.Dispose();

        List<string> seen = [];
        while (await lines.MoveNextAsync())
            seen.Add(lines.Current.Text);

        var cut = seen.FindIndex(text => text.EndsWith("KB cut …]", StringComparison.Ordinal));
        Assert.That(cut, Is.GreaterThan(0), "what was open is read to its end");
        Assert.That(seen.Take(cut), Is.EqualTo(Enumerable.Range(0, cut).Select(i => $"line {i}")));
        var rest = seen.Count - cut - 1;
        Assert.That(seen.Skip(cut + 1), Is.EqualTo(Enumerable.Range(1_000 - rest, rest).Select(i => $"line {i}")));
    }

    [Test]
    public async Task Pump_WhenTheFolderIsGone_GoesOnReading()
    {
        Directory.Delete(_folder, recursive: true);

        await PumpAsync("one\ntwo\n");

        Assert.That(_run.LastLines, Is.EqualTo(new[] { "one", "two" }));
    }

    [Test]
    public async Task ReadTail_WhenThereAreMoreLinesThanOneWindowHolds_ReturnsThemAll()
    {
        using var log = new AgentLog(_folder, new LogLimits(10 * 1024 * 1024, OfRun), _clock);
        var lines = Enumerable.Range(0, 5_000).Select(i => $"line {i} {new string('x', 50)}").ToArray();
        await PumpAsync(string.Join('\n', lines) + '\n', log.BeginRun(1));

        Assert.That(await log.ReadTailAsync(4_000, CancellationToken.None), Is.EqualTo(lines[1_000..]));
    }

    private string Current => Path.Combine(_folder, AgentLog.FileName);

    private async Task<IReadOnlyList<LogLine>> ReadAsync(LogQuery query)
    {
        List<LogLine> lines = [];
        await foreach (var line in _log.ReadAsync(query, CancellationToken.None))
            lines.Add(line);
        return lines;
    }

    private async Task PumpAsync(string text, RunLog? run = null)
    {
        using var source = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await (run ?? _run).PumpAsync(source, StoredLine.Stdout, CancellationToken.None);
    }
}
