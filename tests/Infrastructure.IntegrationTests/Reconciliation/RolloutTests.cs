using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NSubstitute;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Reconciliation;

/// <summary>What becomes of revisions, step by step, with a runtime that does what the test says.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class RolloutTests(DatabaseProvider provider)
{
    private static readonly AgentObservation Crash =
        AgentObservation.Failed("CrashLoopBackOff", "It exited with code 3.") with { IsLasting = true };

    private ManualTime _time;
    private ReconcilerTestBed _bed;
    private AgentRef _agent;

    [SetUp]
    public async Task RunFirstRevisionAsync()
    {
        _time = new ManualTime(ReconcilerTestBed.Now);
        _bed = await ReconcilerTestBed.CreateAsync(provider, _time);
        var (stack, agent) = await _bed.AddAsync();
        _agent = new AgentRef(stack, agent);
        await _bed.SendAsync(new ReconcileStack(stack));
        await ReconcileAsync();
        await ObserveAsync(AgentObservation.Running with { Rollout = 1 });
    }

    [TearDown]
    public async Task TearDownAsync() => await _bed.DisposeAsync();

    [Test]
    public async Task Revision_WhenItRuns_IsActivatedInItsRowAndOnDisk()
    {
        Assert.That((await RevisionAsync(1)).ActivatedAt, Is.EqualTo(ReconcilerTestBed.Now));
        await _bed.AddRevisionAsync(_agent.AgentId, hasCode: true);
        await ReconcileAsync();
        await _bed.Storage.Received(1).PointAtAsync(_agent.StackId, _agent.AgentId, 1, Arg.Any<CancellationToken>());

        await ObserveAsync(AgentObservation.Running with { Rollout = 2 });
        await ReconcileAsync();

        await _bed.Storage.Received(1).PointAtAsync(_agent.StackId, _agent.AgentId, 2, Arg.Any<CancellationToken>());
        Assert.That((await AgentAsync()).ActiveRevision, Is.EqualTo(2));
        Assert.That((await RevisionAsync(2)).ActivatedAt, Is.Not.Null);
    }

    [Test]
    public async Task Revision_WhenItKeepsCrashing_GoesBackToTheOneBeforeAsItWas()
    {
        await _bed.AddRevisionAsync(_agent.AgentId, new AgentSettings { Health = new HealthSettings { StartupSeconds = 5 } });
        await ReconcileAsync();
        await ObserveAsync(Crash with { Rollout = 2 });

        var failed = await RevisionAsync(2);
        Assert.That((failed.FailedAt, failed.FailureReason, failed.FailureMessage), Is.EqualTo(((DateTimeOffset?)_time.GetUtcNow(), "CrashLoopBackOff", "It exited with code 3.")));
        Assert.That((await AgentAsync()).StartupSeconds, Is.Null, "the deadline is that of the revision that is wanted again");

        await ReconcileAsync();
        Assert.That((_bed.Runtime.Specs[_agent].Revision, _bed.Runtime.Specs[_agent].Rollout), Is.EqualTo((1, 3)));
        await ObserveAsync(AgentObservation.Running with { Rollout = 3 });
        var agent = await AgentAsync();
        Assert.That((agent.Status, agent.StatusReason, agent.Revision, agent.ActiveRevision), Is.EqualTo((AgentStatus.Running, Agent.RolledBack, 1, (int?)1)));
    }

    [Test]
    public async Task Observation_WhenItIsAboutAnEarlierRollout_ChangesNothing()
    {
        await _bed.AddRevisionAsync(_agent.AgentId);
        await ReconcileAsync();

        await ObserveAsync(AgentObservation.Running with { Rollout = 1 });
        await ObserveAsync(Crash with { Rollout = 1 });

        var agent = await AgentAsync();
        Assert.That((agent.Status, agent.Revision, agent.ActiveRevision), Is.EqualTo((AgentStatus.Deploying, 2, (int?)1)));
        Assert.That((await RevisionAsync(2)).FailedAt, Is.Null);
    }

    [Test]
    public async Task Deadline_WhenTheRevisionHasOneOfItsOwn_EndsItThen()
    {
        await _bed.AddRevisionAsync(_agent.AgentId, new AgentSettings { Health = new HealthSettings { StartupSeconds = 5 } });
        await ReconcileAsync();

        // It flaps, and gets no more time for that.
        _time.Advance(TimeSpan.FromSeconds(3));
        await ObserveAsync(AgentObservation.Failed("ImagePullBackOff", "There is no such image.") with { Rollout = 2 });
        await ObserveAsync(AgentObservation.Starting with { Rollout = 2 });
        _time.Advance(TimeSpan.FromSeconds(2) + ReconcilerTestBed.Grace - TimeSpan.FromMilliseconds(1));
        Assert.That(await _bed.SendAsync(new FailOverdueDeployments()), Is.Zero);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(await _bed.SendAsync(new FailOverdueDeployments()), Is.EqualTo(1));
        Assert.That((await AgentAsync()).Revision, Is.EqualTo(1));
        var failed = await RevisionAsync(2);
        Assert.That((failed.FailureReason, failed.FailureMessage), Is.EqualTo((Agent.DeployDeadlineExceeded, failed.FailureMessage)));
        Assert.That(failed.FailureMessage, Does.Contain("within 5 s"));
    }

    [Test]
    public async Task Deadline_WhenTheRevisionHasFailedAndMightMend_EndsThat()
    {
        await _bed.AddRevisionAsync(_agent.AgentId);
        await ReconcileAsync();
        await ObserveAsync(AgentObservation.Failed("ImagePullBackOff", "There is no such image.") with { Rollout = 2 });
        _time.Advance(ReconcilerTestBed.DeployTimeout + ReconcilerTestBed.Grace);

        Assert.That(await _bed.SendAsync(new FailOverdueDeployments()), Is.EqualTo(1));
        Assert.That(((await AgentAsync()).Revision, (await RevisionAsync(2)).FailureReason), Is.EqualTo((1, "ImagePullBackOff")));
        Assert.That(await _bed.SendAsync(new FailOverdueDeployments()), Is.Zero);
    }

    [Test]
    public async Task Probation_WhenTheNewRevisionSoonBeginsToCrash_GoesBack()
    {
        await _bed.AddRevisionAsync(_agent.AgentId);
        await ReconcileAsync();
        await ObserveAsync(AgentObservation.Running with { Rollout = 2 });
        _time.Advance(Agent.Probation - TimeSpan.FromSeconds(1));
        await ObserveAsync(Crash with { Rollout = 2 });

        var agent = await AgentAsync();
        var failed = await RevisionAsync(2);
        Assert.That((agent.Revision, agent.ActiveRevision, failed.StateIn(agent)), Is.EqualTo((1, (int?)1, RevisionState.Failed)));
    }

    [Test]
    public async Task Refusal_WhenTheRuntimeWantsNoSuchRevision_GoesBackToTheOneBefore()
    {
        await _bed.AddRevisionAsync(_agent.AgentId);
        _bed.Runtime.BeforeApplyAgent = _ => throw new RuntimeRefusedException("Invalid", "There is no such thing.");
        Assert.That(ReconcileAsync, Throws.TypeOf<RuntimeRefusedException>());
        Assert.That(((await AgentAsync()).Revision, (await RevisionAsync(2)).FailureReason), Is.EqualTo((1, "Invalid")));

        _bed.Runtime.FailNothing();
        await ReconcileAsync();
        Assert.That(_bed.Runtime.Specs[_agent].Revision, Is.EqualTo(1));
    }

    [Test]
    public async Task Stop_WhenTheRuntimeKnows_IsSettledUntilSomethingIsWantedAgain()
    {
        await _bed.ChangeAsync(_agent.AgentId, (agent, _) => { agent.Stop(_bed.Owner, ReconcilerTestBed.Now); return 0; });
        Assert.That(await _bed.SendAsync(new FindUnsettled()), Does.Contain(ReconcileKey.Agent(_agent.AgentId)), "for a server that wasn't asked");

        await ReconcileAsync();
        Assert.That(_bed.Runtime.Specs[_agent].IsStopped);
        Assert.That(await _bed.SendAsync(new FindUnsettled()), Is.Empty);

        await ObserveAsync(AgentObservation.Running with { Rollout = 2 });
        Assert.That((await AgentAsync()).Status, Is.EqualTo(AgentStatus.Stopped));

        await _bed.ChangeAsync(_agent.AgentId, (agent, _) => { agent.Start(_bed.Owner, ReconcilerTestBed.Now); return 0; });
        await ReconcileAsync();
        Assert.That(_bed.Runtime.Specs[_agent].IsStopped, Is.False);
    }

    [Test]
    public async Task Stop_WhenItsCodeAndSecretsAreGone_IsAppliedAllTheSame()
    {
        await _bed.AddRevisionAsync(_agent.AgentId, secrets: "from another server");
        _bed.Storage.Exists(default, default, default).ReturnsForAnyArgs(false);
        await _bed.ChangeAsync(_agent.AgentId, (agent, _) => { agent.Stop(_bed.Owner, ReconcilerTestBed.Now); return 0; });

        await ReconcileAsync();

        Assert.That(_bed.Runtime.Specs[_agent].IsStopped);
    }

    [Test]
    public async Task Environment_WhenApplied_HoldsVariablesSecretsAndWhatIsTheServers()
    {
        var settings = new AgentSettings
        {
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["A"] = "1", ["B"] = "variable", ["STACKAGENT_API_KEY"] = "mine" },
            Args = ["--fast"],
        };
        await _bed.AddRevisionAsync(_agent.AgentId, settings, "protected:" + JsonSerializer.Serialize(new { B = "secret" }), hasCode: true);
        await ReconcileAsync();

        var spec = _bed.Runtime.Specs[_agent];
        Assert.Multiple(() =>
        {
            Assert.That((spec.Revision, spec.Rollout, spec.Restarts, spec.Settings.Args), Is.EqualTo((2, 2, 0, spec.Settings.Args)));
            Assert.That(spec.Settings.Args, Is.EqualTo(new[] { "--fast" }));
            Assert.That(spec.Environment, Is.EquivalentTo(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["A"] = "1",
                ["B"] = "secret",
                ["STACKAGENT_URL"] = "http://localhost",
                ["STACKAGENT_STACK_ID"] = _agent.StackId.ToString(),
                ["STACKAGENT_AGENT_ID"] = _agent.AgentId.ToString(),
                ["STACKAGENT_API_KEY"] = "sak_key",
                ["STACKAGENT_ROOT_PATH"] = $"/stacks/{_agent.StackId}/agents/{_agent.AgentId}",
                ["STACKAGENT_REVISION"] = "2",
            }));
        });
    }

    [Test]
    public async Task Secrets_WhenTheyCanNotBeRead_FailTheRevisionWithWhatToDo()
    {
        await _bed.AddRevisionAsync(_agent.AgentId, secrets: "from another server");

        Assert.That((await ReconcileAsync()).RetryAfter, Is.Null);

        var failed = await RevisionAsync(2);
        Assert.That((failed.FailureReason, (await AgentAsync()).Revision), Is.EqualTo(("SecretsUnreadable", 1)));
        Assert.That(failed.FailureMessage, Does.Contain("SECRET_KEY"));
    }

    [Test]
    public async Task Code_WhenItIsMissingTooLong_GoesBackToTheOneBefore()
    {
        await _bed.AddRevisionAsync(_agent.AgentId, hasCode: true);
        _bed.Storage.Exists(_agent.StackId, _agent.AgentId, 2).Returns(false);
        Assert.That((await ReconcileAsync()).RetryAfter, Is.Not.Null);
        Assert.That((await AgentAsync()).StatusReason, Is.EqualTo("CodeMissing"));

        _time.Advance(ReconcilerTestBed.DeployTimeout + ReconcilerTestBed.Grace);
        await _bed.SendAsync(new FailOverdueDeployments());
        Assert.That(((await AgentAsync()).Revision, (await RevisionAsync(2)).FailureReason), Is.EqualTo((1, "CodeMissing")));
    }

    [Test]
    public async Task Revisions_WhenThereAreMoreThanAreKept_GoOldestFirstButForThoseThatMayHaveToRun()
    {
        // The first one runs, the sixth one is wanted.
        foreach (var hasCode in new[] { true, true, false, true, true })
            await _bed.AddRevisionAsync(_agent.AgentId, hasCode: hasCode);
        _bed.Storage.StoredRevisions(_agent.StackId, _agent.AgentId).Returns([1, 2, 3, 5, 6]);
        await ReconcileAsync();

        Assert.That(await NumbersAsync(), Is.EqualTo(new[] { 6, 5, 4, 1 }));
        await _bed.Storage.Received(1).DeleteRevisionsAsync(
            _agent.StackId, _agent.AgentId, Arg.Is<IReadOnlySet<int>>(keep => keep.SetEquals(new[] { 1, 5, 6 })), 6, Arg.Any<CancellationToken>());
    }

    [Test]
    public async Task Revisions_WhenTheOneThatServesMayHaveToGiveWay_KeepTheOneBeforeIt()
    {
        // The second one has just taken over from the first.
        await _bed.AddRevisionAsync(_agent.AgentId, hasCode: true);
        await ReconcileAsync();
        await ObserveAsync(AgentObservation.Running with { Rollout = 2 });
        for (var revision = 3; revision <= 7; revision++)
            await _bed.AddRevisionAsync(_agent.AgentId, hasCode: false);
        await ReconcileAsync();

        var agent = await AgentAsync();
        Assert.That((agent.Revision, agent.ActiveRevision, agent.FallbackRevision), Is.EqualTo((7, (int?)2, (int?)1)));
        Assert.That(await NumbersAsync(), Is.EqualTo(new[] { 7, 6, 5, 2, 1 }));
    }

    [Test]
    public async Task Revisions_WhenACrashLeftCodeOfNone_AreAllThatStays()
    {
        await _bed.AddRevisionAsync(_agent.AgentId, hasCode: true);
        _bed.Storage.StoredRevisions(_agent.StackId, _agent.AgentId).Returns([1, 2, 3]);
        await ReconcileAsync();

        await _bed.Storage.Received(1).DeleteRevisionsAsync(
            _agent.StackId, _agent.AgentId, Arg.Is<IReadOnlySet<int>>(keep => keep.SetEquals(new[] { 1, 2 })), 3, Arg.Any<CancellationToken>());
    }

    private Task<ReconcileResult> ReconcileAsync() => _bed.SendAsync(new ReconcileAgent(_agent.AgentId));

    private Task ObserveAsync(AgentObservation observation) => _bed.SendAsync(new ObserveAgent(new ObservedAgent(_agent, observation)));

    private Task<Agent> AgentAsync() => _bed.WithDatabaseAsync(db => db.Agents.AsNoTracking().SingleAsync(agent => agent.Id == _agent.AgentId));

    private Task<AgentRevision> RevisionAsync(int number) => _bed.WithDatabaseAsync(db => db.AgentRevisions.AsNoTracking().SingleAsync(
        revision => revision.AgentId == _agent.AgentId && revision.Number == number));

    private Task<List<int>> NumbersAsync() => _bed.WithDatabaseAsync(db => db.AgentRevisions
        .Where(revision => revision.AgentId == _agent.AgentId)
        .OrderByDescending(revision => revision.Number)
        .Select(revision => revision.Number)
        .ToListAsync());
}
