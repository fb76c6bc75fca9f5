using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using StackAgent.Application.Common;
using StackAgent.Application.Sessions;
using StackAgent.Domain.Sessions;
using StackAgent.Infrastructure.Events;
using StackAgent.Infrastructure.Reconciliation;
using StackAgent.Infrastructure.StatusLog;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Readiness;

/// <summary>What readiness says of workers that get nowhere; the time is the test's.</summary>
[TestFixture]
internal sealed class StuckWorkTests
{
    private readonly ManualTimeProvider _time = new();

    [Test]
    public async Task Reports_WhenTheirCommitHangs_AreNotReadyUntilItIsOver()
    {
        var commit = new TaskCompletionSource();
        await using var store = new HangingStore(commit.Task);
        using var log = new GroupCommitStatusLog(
            new StatusLogOptions(), store, Substitute.For<IEventSignal>(), _time, NullLogger<GroupCommitStatusLog>.Instance);
        var check = new StatusLogReadiness(log);
        await log.StartAsync(CancellationToken.None);
        Assert.That(await AskAsync(check), Is.Null);

        var report = new StatusReportEntry(
            Guid.NewGuid(), BoundAgentId: null, "agent", AgentName: null, AgentSource: null, "topic", new ReportContent(SessionStatus.Running, null, null, 0, null, null));
        var appending = log.AppendAsync([report], CancellationToken.None);
        await Eventually.TrueAsync(() => log.Committing is not null, "the commit to begin");
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.That(await AskAsync(check), Is.Null);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await AskAsync(check), Is.EqualTo("Status reports have been waiting for the database for more than 15 seconds."));
        Assert.That(log.Waiting, Is.EqualTo(1));

        commit.SetResult();
        await appending;
        await Eventually.TrueAsync(() => log.Committing is null, "the commit to end");
        Assert.That(await AskAsync(check), Is.Null);

        await log.StopAsync(CancellationToken.None);
        Assert.That(await AskAsync(check), Does.StartWith("Status reports aren't written any more"));
    }

    [Test]
    public async Task Reconciler_WhenNoPassEnds_IsNotReadyWhereItActs()
    {
        var progress = new ReconcileProgress(_time);
        var check = new ReconcilerReadiness(progress, ReconcilerOptions.Default);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.That(await AskAsync(check), Is.Null, "another server acts");

        using (progress.Act(() => 7))
        {
            _time.Advance(TimeSpan.FromMinutes(11));
            Assert.That(await AskAsync(check), Is.Null);
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.That(await AskAsync(check), Does.StartWith("The reconciler hasn't finished a full pass for more than 11 minutes"));
            Assert.That(progress.Waiting, Is.EqualTo(7));

            using (progress.BeginPass())
                Assert.That(await AskAsync(check), Is.Not.Null, "a pass that fails is none");
            Assert.That(await AskAsync(check), Is.Not.Null);
            using (var pass = progress.BeginPass())
                pass.Done();
            Assert.That(await AskAsync(check), Is.Null);
            Assert.That(progress.IsActing, Is.True);
        }

        _time.Advance(TimeSpan.FromDays(1));
        Assert.That(await AskAsync(check), Is.Null);
        Assert.That(progress.IsActing, Is.False);
        Assert.That(progress.Waiting, Is.Zero);
    }

    [Test]
    public void Pass_WhenItsTermIsOver_LeavesTheServerInactive()
    {
        var progress = new ReconcileProgress(_time);
        var term = progress.Act(() => 0);
        using var pass = progress.BeginPass();
        term.Dispose();
        pass.Done();

        Assert.That(progress.IsActing, Is.False);
    }

    private sealed class HangingStore(Task commit) : IReportStore
    {
        public Task CommitAsync(ReportBatch batch, CancellationToken cancellationToken) => commit;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private static Task<string?> AskAsync(IReadinessCheck check) => check.CheckAsync(CancellationToken.None);
}
