using StackAgent.Application.Common;

namespace StackAgent.Application.UnitTests;

internal sealed class TimeIdsTests
{
    private static readonly DateTimeOffset Moment = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    [Test]
    public void Create_WhenMomentsAreMicrosecondsApart_GivesIdsInTheirOrder()
    {
        var ids = Enumerable.Range(0, 2_000).Select(i => TimeIds.Create(Moment.AddMicroseconds(i))).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(ids, Is.Ordered);
            Assert.That(ids.Select(id => id.Version), Is.All.EqualTo(7));
            Assert.That(ids.Select(id => id.Variant), Is.All.InRange(8, 11));
        });
    }

    [Test]
    public void FirstAt_OfAMillisecond_IsNotAboveItsIdsAndAboveThoseBefore()
    {
        var first = TimeIds.FirstAt(Moment);
        Assert.That(TimeIds.Create(Moment), Is.GreaterThanOrEqualTo(first));
        Assert.That(TimeIds.Create(Moment.AddMicroseconds(-1)), Is.LessThan(first));
    }
}
