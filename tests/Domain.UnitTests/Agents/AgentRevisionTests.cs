using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Stacks;

namespace StackAgent.Domain.UnitTests.Agents;

public sealed class AgentRevisionTests
{
    private static readonly Guid Owner = Guid.CreateVersion7();
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private Agent _agent;
    private AgentRevision _first;

    [SetUp]
    public void Make()
    {
        _agent = Stack.Create(Owner, "stack", description: null, Start).AddAgent(Guid.CreateVersion7(), "echo", null, Owner, Start);
        _first = AgentRevision.OfCode(
            _agent,
            RevisionCause.Created,
            new RevisionCode(1, new string('a', AgentRevision.DigestLength), Size: 10, UnpackedSize: 20, new AgentSettings { Port = 80, Image = "code" }),
            new RevisionConfiguration(new AgentSettings { Port = 81 }, "protected"),
            "first",
            Owner,
            Start);
    }

    [Test]
    public void EffectiveSettings_WhenBothSaySomething_TakesWhatTheApiSaid() =>
        Assert.That((_first.EffectiveSettings.Port, _first.EffectiveSettings.Image), Is.EqualTo(((int?)81, "code")));

    [Test]
    public void Reconfigured_WhenMade_KeepsTheCodeAndTakesTheNextNumber()
    {
        _agent.BeginRevision(AgentSettings.None, Owner, Start);

        var second = _first.Reconfigured(_agent, new RevisionConfiguration(AgentSettings.None, ProtectedSecrets: null), "second", Owner, Start);

        Assert.Multiple(() =>
        {
            Assert.That((second.Number, second.Cause, second.RollbackOf, second.Note), Is.EqualTo((2, RevisionCause.Config, (int?)null, "second")));
            Assert.That((second.CodeRevision, second.CodeDigest, second.CodeSize), Is.EqualTo((1, _first.CodeDigest, 10L)));
            Assert.That((second.EffectiveSettings.Port, second.ProtectedSecrets), Is.EqualTo(((int?)80, (string?)null)));
        });
    }

    [Test]
    public void Repeated_WhenMade_IsTheSameUnderANewNumber()
    {
        _agent.BeginRevision(AgentSettings.None, Owner, Start);
        _agent.BeginRevision(AgentSettings.None, Owner, Start);

        var third = _first.Repeated(_agent, note: null, Owner, Start);

        Assert.Multiple(() =>
        {
            Assert.That((third.Number, third.Cause, third.RollbackOf), Is.EqualTo((3, RevisionCause.Rollback, (int?)1)));
            Assert.That((third.CodeRevision, third.Settings, third.ProtectedSecrets), Is.EqualTo((1, _first.Settings, "protected")));
        });
    }

    [Test]
    public void StateIn_WhenRevisionsTakeOver_HasOneActiveAtMost()
    {
        Assert.That(_first.StateIn(_agent), Is.EqualTo(RevisionState.Deploying));

        _agent.Observe(AgentObservation.Running, Start);
        Assert.That(_first.StateIn(_agent), Is.EqualTo(RevisionState.Active));

        _agent.BeginRevision(AgentSettings.None, Owner, Start);
        var second = _first.Repeated(_agent, note: null, Owner, Start);
        Assert.That((_first.StateIn(_agent), second.StateIn(_agent)), Is.EqualTo((RevisionState.Active, RevisionState.Deploying)));

        _agent.Observe(AgentObservation.Running, Start);
        Assert.That((_first.StateIn(_agent), second.StateIn(_agent)), Is.EqualTo((RevisionState.Superseded, RevisionState.Active)));

        _agent.BeginRevision(AgentSettings.None, Owner, Start);
        var third = _first.Repeated(_agent, note: null, Owner, Start);
        third.Fail("CrashLoopBackOff", "It exited with code 3.", Start);
        Assert.That((second.StateIn(_agent), third.StateIn(_agent)), Is.EqualTo((RevisionState.Active, RevisionState.Failed)));
    }

    [Test]
    public void Activate_WhenItHadFailed_ForgetsThatAndKeepsWhenItFirstRan()
    {
        _first.Activate(Start);
        _first.Fail("CrashLoopBackOff", new string('x', 2 * Agent.MessageMaxLength), Start.AddSeconds(1));
        Assert.That((_first.FailedAt, _first.FailureReason), Is.EqualTo(((DateTimeOffset?)Start.AddSeconds(1), "CrashLoopBackOff")));
        Assert.That(Text.Length(_first.FailureMessage!), Is.EqualTo(Agent.MessageMaxLength));

        _first.Activate(Start.AddSeconds(2));

        Assert.That(
            (_first.ActivatedAt, _first.FailedAt, _first.FailureReason, _first.FailureMessage),
            Is.EqualTo(((DateTimeOffset?)Start, (DateTimeOffset?)null, (string?)null, (string?)null)));
    }
}
