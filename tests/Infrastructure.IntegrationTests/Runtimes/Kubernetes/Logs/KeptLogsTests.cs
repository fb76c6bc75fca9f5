using StackAgent.Application.Common.Runtimes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Logs;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Logs;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class KeptLogsTests : IDisposable
{
    private static readonly AgentRef Agent = new(Guid.CreateVersion7(), Guid.CreateVersion7());

    private readonly TemporaryFolder _folder = new();
    private readonly KeptLogs _logs;
    private TimeSpan _later;

    public KeptLogsTests() => _logs = new KeptLogs(_ => _folder.Path, new LaterTime(this));

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task Read_WhenALogIsKept_HasItsLinesAsTheyWere()
    {
        LogLine[] lines = [Line("pod", "one  two "), Line("pod", ""), Line("pod", "ended") with { Source = LogSource.Server }];
        await _logs.WriteAsync(Agent, "pod", "containerd://1", lines, CancellationToken.None);

        var kept = _logs.Find(Agent, new LogQuery()).Single();

        Assert.That(await ReadAsync(kept), Is.EqualTo(lines));
        Assert.That(kept.IsOf("pod", "containerd://1") && !kept.IsOf("pod", "containerd://2"));
        Assert.That(_logs.Find(Agent, new LogQuery { Pod = "other" }), Is.Empty);
        Assert.That(_logs.Find(Agent, new LogQuery { Since = DateTimeOffset.UtcNow.AddHours(1) }), Is.Empty);
    }

    [Test]
    public async Task Write_WhenThereAreTooMany_RemovesTheOldest()
    {
        for (var i = 0; i <= KeptLogs.MaxFiles; i++)
        {
            await _logs.WriteAsync(Agent, "pod", $"{i}", [Line("pod", $"line {i}")], CancellationToken.None);
            foreach (var file in Directory.GetFiles(_folder["logs"]))
                File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file) - TimeSpan.FromMinutes(1));
        }

        Assert.That(_logs.Find(Agent, new LogQuery()), Has.Count.EqualTo(KeptLogs.MaxFiles));
        Assert.That(_logs.Holds(Agent, "pod", "0"), Is.False);
        Assert.That(_logs.Holds(Agent, "pod", "1"));
    }

    [Test]
    public async Task Sweep_WhenALogIsOlderThanADay_RemovesIt()
    {
        await _logs.WriteAsync(Agent, "pod", "1", [Line("pod", "text")], CancellationToken.None);
        _logs.Sweep(Agent);
        Assert.That(_logs.Holds(Agent, "pod", "1"));

        _later = KeptLogs.MaxAge + TimeSpan.FromMinutes(1);
        Assert.That(_logs.Find(Agent, new LogQuery()), Is.Empty);
        _logs.Sweep(Agent);

        Assert.That(Directory.GetFiles(_folder["logs"]), Is.Empty);
    }

    [Test]
    public async Task Write_WhenAnEarlierLogSaysTheSame_ReplacesIt()
    {
        var line = Line("pod", "text");
        await _logs.WriteAsync(Agent, "pod", "mistaken", [line], CancellationToken.None);
        await _logs.WriteAsync(Agent, "other", "3", [line with { Pod = "other" }], CancellationToken.None);

        await _logs.WriteAsync(Agent, "pod", "2", [line], CancellationToken.None);

        Assert.That(_logs.Holds(Agent, "pod", "mistaken"), Is.False);
        Assert.That(_logs.Find(Agent, new LogQuery()), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Write_WhenTheAgentIsGone_LeavesNothing()
    {
        Directory.Delete(_folder.Path, recursive: true);

        await _logs.WriteAsync(Agent, "pod", "1", [Line("pod", "text")], CancellationToken.None);

        Assert.That(Directory.Exists(_folder.Path), Is.False);
        Assert.That(_logs.Find(Agent, new LogQuery()), Is.Empty);
        Directory.CreateDirectory(_folder.Path);
    }

    private static LogLine Line(string pod, string text) => new(DateTimeOffset.UtcNow, pod, LogSource.Stdout, text);

    private static async Task<IReadOnlyList<LogLine>> ReadAsync(KeptLog log)
    {
        List<LogLine> lines = [];
        await foreach (var line in KeptLogs.ReadAsync(log, CancellationToken.None))
            lines.Add(line);
        return lines;
    }

    /// <summary>Files bear the real time, so that is where this one begins.</summary>
    private sealed class LaterTime(KeptLogsTests test) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + test._later;
    }
}
