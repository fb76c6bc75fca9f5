using StackAgent.Domain.Sessions;

namespace StackAgent.Domain.UnitTests.Sessions;

public sealed class SessionTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private Session _session = null!;

    [SetUp]
    public void SetUp() => _session = Session.Open(Guid.NewGuid(), "topic", Start);

    [Test]
    public void Record_WhenNoTtlWasEverGiven_ExpiresAfterThirtyMinutes()
    {
        Report(SessionStatus.Running, minute: 0);

        Assert.That(_session.ExpiresAt, Is.EqualTo(Start.AddMinutes(30)));
    }

    [Test]
    public void Record_WhenTheSessionHadExpired_LivesAgain()
    {
        Report(SessionStatus.Running, minute: 0);
        Report(SessionStatus.Running, minute: 100);

        Assert.That(_session.IsExpired(Start.AddMinutes(100)), Is.False);
        Assert.That(_session.DomainEvents.OfType<SessionRecovered>().Count(), Is.EqualTo(1));
    }

    [Test]
    public void Record_WhenTheStatusChanges_TellsTheReportAndTheRunItEnds()
    {
        Report(SessionStatus.Pending, minute: 0);
        Report(SessionStatus.Running, minute: 1);
        _session.Record(new ReportContent(SessionStatus.Failed, "broke", "at length"), Start.AddMinutes(6));

        var told = _session.DomainEvents.OfType<SessionStatusChanged>().ToList();
        Assert.That(told.Select(change => change.Duration), Is.EqualTo(new TimeSpan?[] { null, TimeSpan.Zero, TimeSpan.FromMinutes(5) }));
        Assert.That((told[2].Message, told[2].Content), Is.EqualTo(("broke", "at length")));
    }

    [Test]
    public void Duration_OfASecondRun_StartsWithItsOwnFirstRunning()
    {
        Report(SessionStatus.Running, minute: 0);
        Report(SessionStatus.Success, minute: 5);
        Report(SessionStatus.Pending, minute: 10);
        Report(SessionStatus.Running, minute: 20);
        Report(SessionStatus.WaitingForInput, minute: 22);
        Report(SessionStatus.Running, minute: 24);
        Report(SessionStatus.Failed, minute: 27);

        Assert.That(_session.StartedAt, Is.EqualTo(Start.AddMinutes(20)));
        Assert.That(_session.Duration, Is.EqualTo(TimeSpan.FromMinutes(7)));
    }

    [Test]
    public void Duration_AfterTheEnd_DoesNotGrowWithLaterReports()
    {
        Report(SessionStatus.Running, minute: 0);
        Report(SessionStatus.Success, minute: 5);
        Report(SessionStatus.Success, minute: 9);
        Report(SessionStatus.Pending, minute: 10);

        Assert.That(_session.Duration, Is.EqualTo(TimeSpan.FromMinutes(5)));
    }

    [Test]
    public void Duration_WhenNothingEverRan_IsNull()
    {
        Report(SessionStatus.Pending, minute: 0);
        Report(SessionStatus.Success, minute: 5);

        Assert.That(_session.Duration, Is.Null);
        Assert.That(_session.StartedAt, Is.Null);
    }

    [Test]
    public void Record_WhenTextsAreEmpty_KeepsNull()
    {
        var report = _session.Record(new ReportContent(SessionStatus.Running, Message: "", Content: "", EventId: ""), Start);

        Assert.That((report.Message, report.Content, report.EventId), Is.EqualTo(((string?)null, (string?)null, (string?)null)));
    }

    private void Report(SessionStatus status, int minute) => _session.Record(new ReportContent(status), Start.AddMinutes(minute));
}
