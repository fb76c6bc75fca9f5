using FsCheck;
using FsCheck.Fluent;
using StackAgent.Domain.Sessions;

namespace StackAgent.Domain.UnitTests.Sessions;

public sealed class SessionProperties
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void Record_WhateverTheReportsAndTheClock_AgreesWithTheModel() => ForAllSteps(steps =>
    {
        var model = new SessionModel(Start);
        var session = Session.Open(Guid.NewGuid(), "topic", Start);
        foreach (var step in steps)
        {
            model.Apply(step);
            session.ClearDomainEvents();
            session.Record(new ReportContent(step.Status, TtlMinutes: step.TtlMinutes), model.Clock);

            Assert.Multiple(() =>
            {
                Assert.That(session.CurrentStatus, Is.EqualTo(model.CurrentStatus));
                Assert.That(session.ReportCount, Is.EqualTo(model.Times.Count));
                Assert.That(session.LastUpdated, Is.EqualTo(model.LastUpdated));
                Assert.That(session.TtlMinutes, Is.EqualTo(model.TtlMinutes));
                Assert.That(session.ExpiresAt, Is.EqualTo(model.ExpiresAt));
                Assert.That(session.StartedAt, Is.EqualTo(model.StartedAt));
                Assert.That(session.Duration, Is.EqualTo(model.Duration));
                Assert.That(session.DomainEvents.OfType<SessionRecovered>().Any(), Is.EqualTo(model.WasRevivedByLast));
                Assert.That(session.IsExpired(model.ExpiresAt.AddMicroseconds(-1)), Is.False);
                Assert.That(session.IsExpired(model.ExpiresAt), Is.True);
            });
        }
    });

    [Test]
    public void Record_WhateverTheReportsAndTheClock_TheHistoryIsNumberedAndItsTimesGrow() => ForAllSteps(steps =>
    {
        var clock = Start;
        var session = Session.Open(Guid.NewGuid(), "topic", Start);
        var history = new List<StatusReport>();
        foreach (var step in steps)
        {
            clock = clock.AddSeconds(step.ClockSeconds);
            history.Add(session.Record(new ReportContent(step.Status, TtlMinutes: step.TtlMinutes), clock));
        }

        Assert.That(history.Select(report => report.Sequence), Is.EqualTo(Enumerable.Range(1, steps.Length).Select(number => (long)number)));
        Assert.That(history.Select(report => report.ReceivedAt), Is.Ordered.And.Unique);
    });

    [Test]
    public void Record_WhateverTheReports_AnEventTellsEachChangeAndOnlyChanges() => ForAllSteps(steps =>
    {
        var session = Session.Open(Guid.NewGuid(), "topic", Start);
        foreach (var step in steps)
            session.Record(new ReportContent(step.Status, TtlMinutes: step.TtlMinutes), Start);

        var told = session.DomainEvents.OfType<SessionStatusChanged>().Select(change => (change.Previous, change.Current)).ToList();
        var changes = steps
            .Select((step, index) => (Previous: index == 0 ? (SessionStatus?)null : steps[index - 1].Status, Current: step.Status))
            .Where(change => change.Previous != change.Current);
        Assert.That(told, Is.EqualTo(changes));
    });

    private static void ForAllSteps(Action<Step[]> property)
    {
        var status = Gen.Elements(Enum.GetValues<SessionStatus>());
        var ttl = Gen.OneOf(Gen.Constant(0), Gen.Choose(Session.MinTtlMinutes, 5), Gen.Choose(Session.MinTtlMinutes, Session.MaxTtlMinutes));
        var clock = Gen.OneOf(Gen.Choose(0, 60), Gen.Choose(-120, 0), Gen.Choose(0, 3 * 60 * 60), Gen.Constant(30 * 60));
        var step = from s in status from t in ttl from c in clock select new Step(s, t, c);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(step.ArrayOf().ToArbitrary(), property));
    }
}
