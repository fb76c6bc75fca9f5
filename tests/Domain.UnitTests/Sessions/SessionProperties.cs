using FsCheck;
using FsCheck.Fluent;
using StackAgent.Domain.Common;
using StackAgent.Domain.Sessions;

namespace StackAgent.Domain.UnitTests.Sessions;

public sealed class SessionProperties
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void Session_WhateverTheReportsTheLooksAndTheClock_AgreesWithTheModel() => ForAllSteps((first, steps) =>
    {
        var model = new SessionModel(Start);
        var session = Session.Open(Guid.NewGuid(), "topic", Start);
        foreach (var step in steps.Prepend(first))
        {
            model.Apply(step);
            session.ClearDomainEvents();
            Apply(session, step, model.Clock);

            Assert.Multiple(() =>
            {
                Assert.That(session.CurrentStatus, Is.EqualTo(model.CurrentStatus));
                Assert.That(session.ReportCount, Is.EqualTo(model.Times.Count));
                Assert.That(session.LastUpdated, Is.EqualTo(model.LastUpdated));
                Assert.That(session.TtlMinutes, Is.EqualTo(model.TtlMinutes));
                Assert.That(session.ExpiresAt, Is.EqualTo(model.ExpiresAt));
                Assert.That(session.ExpiredAt, Is.EqualTo(model.ExpiredAt));
                Assert.That(session.StartedAt, Is.EqualTo(model.StartedAt));
                Assert.That(session.Duration, Is.EqualTo(model.Duration));
                Assert.That(session.DomainEvents.Select(InWords), Is.EqualTo(model.Told));
                Assert.That(session.IsExpired(model.ExpiresAt.AddMicroseconds(-1)), Is.EqualTo(model.ExpiredAt is not null));
                Assert.That(session.IsExpired(model.ExpiresAt), Is.True);
                Assert.That(session.ExpiryCheckAt, Is.LessThanOrEqualTo(session.ExpiresAt), "nobody would look in time");
            });
        }
    });

    [Test]
    public void Session_WhateverTheReportsTheLooksAndTheClock_ExpiriesAndRecoveriesAlternate() => ForAllSteps((first, steps) =>
    {
        var clock = Start;
        var session = Session.Open(Guid.NewGuid(), "topic", Start);
        foreach (var step in steps.Prepend(first))
        {
            clock = clock.AddSeconds(step.ClockSeconds);
            Apply(session, step, clock);
        }

        var told = session.DomainEvents.Where(happened => happened is SessionExpired or SessionRecovered).Select(InWords).ToList();
        Assert.That(told, Is.EqualTo(Enumerable.Range(0, told.Count).Select(number => number % 2 == 0 ? "expired" : "recovered")));
        Assert.That(told.LastOrDefault() == "expired", Is.EqualTo(session.ExpiredAt is not null), "and the row says the same as the last of them");
    });

    [Test]
    public void Record_WhateverTheReportsAndTheClock_TheHistoryIsNumberedAndItsTimesGrow() => ForAllSteps((first, steps) =>
    {
        var clock = Start;
        var session = Session.Open(Guid.NewGuid(), "topic", Start);
        var history = new List<StatusReport>();
        foreach (var step in steps.Prepend(first))
        {
            clock = clock.AddSeconds(step.ClockSeconds);
            if (Apply(session, step, clock) is { } report)
                history.Add(report);
        }

        Assert.That(history.Select(report => report.Sequence), Is.EqualTo(Enumerable.Range(1, history.Count).Select(number => (long)number)));
        Assert.That(history.Select(report => report.ReceivedAt), Is.Ordered.And.Unique);
    });

    [Test]
    public void Record_WhateverTheReports_AnEventTellsEachChangeAndOnlyChanges() => ForAllSteps((first, steps) =>
    {
        var session = Session.Open(Guid.NewGuid(), "topic", Start);
        foreach (var step in steps.Prepend(first))
            Apply(session, step, Start);

        var said = steps.Prepend(first).Select(step => step.Status).OfType<SessionStatus>().ToList();
        var told = session.DomainEvents.OfType<SessionStatusChanged>().Select(change => (change.Previous, change.Current)).ToList();
        var changes = said
            .Select((status, index) => (Previous: index == 0 ? (SessionStatus?)null : said[index - 1], Current: status))
            .Where(change => change.Previous != change.Current);
        Assert.That(told, Is.EqualTo(changes));
    });

    private static StatusReport? Apply(Session session, Step step, DateTimeOffset clock)
    {
        if (step.Status is { } status)
            return session.Record(new ReportContent(status, TtlMinutes: step.TtlMinutes), clock);

        session.Expire(clock);
        return null;
    }

    private static string InWords(IDomainEvent happened) => happened switch
    {
        SessionExpired => "expired",
        SessionRecovered => "recovered",
        SessionStatusChanged change => $"{change.Current}",
        _ => happened.GetType().Name,
    };

    /// <summary>A report, with which a session begins, and then anything.</summary>
    private static void ForAllSteps(Action<Step, Step[]> property)
    {
        var status = Gen.Elements(Enum.GetValues<SessionStatus>());
        var ttl = Gen.OneOf(Gen.Constant(0), Gen.Choose(Session.MinTtlMinutes, 5), Gen.Choose(Session.MinTtlMinutes, Session.MaxTtlMinutes));
        var clock = Gen.OneOf(Gen.Choose(0, 60), Gen.Choose(-120, 0), Gen.Choose(0, 3 * 60 * 60), Gen.Choose(-3 * 60 * 60, 0), Gen.Constant(30 * 60));
        var report = from s in status from t in ttl from c in clock select new Step(s, t, c);
        var look = from c in clock select new Step(Status: null, TtlMinutes: 0, c);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(500),
            Prop.ForAll(report.ToArbitrary(), Gen.OneOf(report, look).ArrayOf().ToArbitrary(), property));
    }
}
