using StackAgent.Infrastructure.Runtimes.Local;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

internal sealed class RestartPolicyTests
{
    private RestartPolicy _policy = null!;

    [SetUp]
    public void Begin() => _policy = new RestartPolicy(new LocalRuntimeOptions("/unused"));

    [Test]
    public void Crashed_WhenRepeated_DoublesThePauseUpToItsLimit()
    {
        var pauses = Enumerable.Range(0, 9).Select(_ => _policy.Crashed(TimeSpan.Zero).TotalSeconds).ToList();

        Assert.That(pauses, Is.EqualTo(new[] { 1, 2, 4, 8, 16, 32, 60, 60, 60 }));
    }

    [Test]
    public void IsCrashLoop_WhenCrashesFollowEachOther_IsTrueFromTheFifth()
    {
        var loop = Enumerable.Range(0, 6).Select(_ =>
        {
            _policy.Crashed(TimeSpan.FromSeconds(59));
            return _policy.IsCrashLoop;
        }).ToList();

        Assert.That(loop, Is.EqualTo(new[] { false, false, false, false, true, true }));
    }

    [Test]
    public void Crashed_WhenTheAgentWasReadyForLong_CountsAnew()
    {
        for (var crash = 0; crash < 10; crash++)
            _policy.Crashed(TimeSpan.Zero);

        Assert.That(_policy.Crashed(TimeSpan.FromSeconds(60)), Is.EqualTo(TimeSpan.FromSeconds(1)));
        Assert.That(_policy.IsCrashLoop, Is.False);
    }
}
