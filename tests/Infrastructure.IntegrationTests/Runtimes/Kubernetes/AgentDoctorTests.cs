using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>States that a healthy cluster doesn't show on demand; <see cref="FailureCauseTests"/> has those that it does.</summary>
internal sealed class AgentDoctorTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Examine_WhenTheControllerHasNotSeenTheLatestSpecification_IsStarting() =>
        Assert.That(Examine(Deployment(observed: 1, available: 1)).State, Is.EqualTo(ObservedState.Starting));

    [Test]
    public void Examine_WhenOnlyThePodOfTheOldSpecificationIsAvailable_IsStarting()
    {
        var deployment = Deployment(available: 1) with { Status = new DeploymentStatus { ObservedGeneration = 2, Replicas = 2, UpdatedReplicas = 1, AvailableReplicas = 1 } };

        Assert.That(Examine(deployment, Ready(Pod("old")), Pod()).State, Is.EqualTo(ObservedState.Starting));
    }

    [Test]
    public void Examine_WhenTheNewPodCrashesBesideTheOldOne_SaysSo()
    {
        var deployment = Deployment(available: 1) with { Status = new DeploymentStatus { ObservedGeneration = 2, Replicas = 2, UpdatedReplicas = 1, AvailableReplicas = 1 } };

        var observation = Examine(deployment, Ready(Pod("old")), Crashing());

        Assert.That((observation.State, observation.Reason), Is.EqualTo((ObservedState.Failed, "CrashLoopBackOff")));
    }

    [Test]
    public void Examine_WhateverItSees_SaysWhichRolloutItIsAbout()
    {
        var deployment = Deployment(available: 1);
        var marked = deployment with { Metadata = deployment.Metadata with { Annotations = new Dictionary<string, string> { [AgentObjects.RolloutAnnotation] = "7" } } };

        Assert.That(Examine(marked).Rollout, Is.EqualTo(7));
        Assert.That(Examine(marked with { Status = null }).Rollout, Is.EqualTo(7));
        Assert.That(Examine(deployment).Rollout, Is.Zero, "made by an earlier version, so not about anything that was asked for since");
    }

    [TestCase("Error", 1, ExpectedResult = false)]
    [TestCase("Error", 2, ExpectedResult = true)]
    [TestCase("OOMKilled", 0, ExpectedResult = false)]
    [TestCase("OOMKilled", 1, ExpectedResult = true)]
    public bool Examine_WhenAnAgentKeepsEnding_KnowsWhenThatLasts(string reason, int restarts)
    {
        var ended = new ContainerState { Terminated = new ContainerTerminated { ExitCode = 1, Reason = reason, FinishedAt = Now } };
        var observation = Examine(Deployment(), With(Pod(), restarts, ended, last: null));

        Assert.That(observation.State, Is.EqualTo(ObservedState.Failed));
        return observation.IsLasting;
    }

    [Test]
    public void Examine_WhenTheDeadlineHasPassed_LastsWhateverItIs()
    {
        var pulling = With(Pod(), restarts: 0, new ContainerState { Waiting = new ContainerWaiting { Reason = "ErrImagePull", Message = "no such host" } }, last: null);

        Assert.That(Examine(Deployment(), pulling), Has.Property("IsLasting").False.And.Property("Reason").EqualTo("ErrImagePull"));
        Assert.That(Examine(Overdue(Deployment()), pulling).IsLasting);
    }

    [Test]
    public void Examine_WhenTheSettingIsTheAgentsOwn_NamesIt()
    {
        var settings = new AgentSettings { Image = "mine:2", Health = new HealthSettings { Path = "/up", StartupSeconds = 40 } };
        var spec = new AgentSpec(new AgentRef(Guid.NewGuid(), Guid.NewGuid()), 1, "/code", new Dictionary<string, string>()) { Settings = settings };
        var made = new AgentObjects(new ObjectLabels(Guid.NewGuid()), new KubernetesOptions("image:1", TimeSpan.FromSeconds(300))).Deployment(spec, hasEarlierSecrets: false);
        var deployment = Overdue(made with { Status = Deployment().Status });
        var annotations = made.Spec.Template!.Metadata!.Annotations;
        var pod = Pod() with { Metadata = Pod().Metadata with { Annotations = annotations } };
        var pulling = With(pod, restarts: 0, new ContainerState { Waiting = new ContainerWaiting { Reason = "ErrImagePull" } }, last: null);
        var silent = With(pod, restarts: 0, new ContainerState { Running = new ContainerRunning { StartedAt = Now } }, last: null);

        Assert.That(Examine(deployment, pulling).Message, Does.Contain("mine:2").And.Contain("image in the agent's configuration").And.Not.Contain("AGENT_IMAGE,"));
        Assert.That(Examine(deployment, silent).Message, Does.Contain("40 s (health.startup_seconds").And.Contain("GET /up"));
    }

    [Test]
    public void Examine_WhenAPodWasEvictedAndAnotherIsComing_SpeaksOfTheOther()
    {
        var evicted = Pod(phase: "Failed") with { Status = new PodStatus { Phase = "Failed", Reason = "Evicted", Message = "The node was low on memory" } };

        Assert.That(Examine(Deployment(), evicted, Pod()).State, Is.EqualTo(ObservedState.Starting));
    }

    [Test]
    public void Examine_WhenThereIsOnlyAnEvictedPod_SaysWhy()
    {
        var evicted = Pod(phase: "Failed") with { Status = new PodStatus { Phase = "Failed", Reason = "Evicted", Message = "The node was low on memory" } };

        var observation = Examine(Deployment(), evicted);

        Assert.That(observation.Reason, Is.EqualTo("Evicted"));
        Assert.That(observation.Message, Does.Contain("The node was low on memory."));
    }

    [Test]
    public void Examine_WhenAnAgentCrashedOnce_IsStartingAndSaysSo()
    {
        var pod = With(Pod(), restarts: 1, new ContainerState { Running = new ContainerRunning { StartedAt = Now } }, Ended(exitCode: 7));

        var observation = Examine(Deployment(), pod);

        Assert.That(observation.State, Is.EqualTo(ObservedState.Starting));
        Assert.That(observation.Message, Does.Contain("exit code 7"));
    }

    [Test]
    public void Examine_WhenACrashingAgentIsTriedAgain_IsStillFailed()
    {
        var pod = With(Pod(), restarts: 4, new ContainerState { Running = new ContainerRunning { StartedAt = Now } }, Ended(exitCode: 7));

        Assert.That(Examine(Deployment(), pod).Reason, Is.EqualTo("CrashLoopBackOff"));
    }

    [Test]
    public void Examine_WhenTheLastCrashIsLongAgo_IsStarting()
    {
        var pod = With(Pod(), restarts: 4, new ContainerState { Running = new ContainerRunning { StartedAt = Now } }, Ended(exitCode: 7, Now.AddHours(-1)));

        Assert.That(Examine(Deployment(), pod).State, Is.EqualTo(ObservedState.Starting));
    }

    [Test]
    public void Examine_WhenNoSchedulerWorks_SaysSoAfterTheDeadline()
    {
        var overdue = Overdue(Deployment());

        Assert.That(Examine(Deployment(), Pod()).State, Is.EqualTo(ObservedState.Starting));
        Assert.That(Examine(overdue, Pod()).Message, Does.Contain("scheduler"));
        Assert.That(Examine(overdue).Message, Does.Contain("no pod"));
    }

    [Test]
    public void Examine_WhenAContainerTakesLong_LooksForItsEvents()
    {
        var young = Scheduled(Pod(), Now.AddSeconds(-1));
        var old = Scheduled(Pod(), Now.AddMinutes(-2));

        Assert.That(new AgentDoctor(Deployment()).Examine([young], Now), Has.Property("Clue").Null.And.Property("LookAgainIn").GreaterThan(TimeSpan.Zero));
        var diagnosis = new AgentDoctor(Deployment()).Examine([old], Now);
        Assert.That(diagnosis.Clue, Is.TypeOf<EventClue>());
        Assert.That(diagnosis.LookAgainIn, Is.EqualTo(TimeSpan.FromMinutes(1)), "an event that doesn't come is asked for less and less often");
    }

    [Test]
    public void WithEvents_WhenThereAreSeveral_TakesTheLastWarning()
    {
        var doctor = new AgentDoctor(Deployment());
        var observation = doctor.WithEvents(AgentObservation.Starting, EventQuestion.NotCreated, [
            Event("FailedMount", "first", Now.AddMinutes(-2)),
            Event("FailedCreatePodSandBox", "second", Now.AddMinutes(-1)),
            Event("Scheduled", "third", Now, type: "Normal"),
        ]);

        Assert.That((observation!.State, observation.Reason), Is.EqualTo((ObservedState.Failed, "FailedCreatePodSandBox")));
        Assert.That(doctor.WithEvents(AgentObservation.Starting, EventQuestion.NotCreated, []), Is.Null);
    }

    private static Deployment Deployment(long observed = 2, int? available = null) => new()
    {
        Metadata = new ObjectMeta { Name = "agent", Generation = 2 },
        Spec = new DeploymentSpec { Replicas = 1, Template = new PodTemplate { Metadata = new PodTemplateMeta { Annotations = SpecOf("new") } } },
        Status = new DeploymentStatus { ObservedGeneration = observed, Replicas = 1, UpdatedReplicas = 1, AvailableReplicas = available },
    };

    private static Deployment Overdue(Deployment deployment) => deployment with
    {
        Status = deployment.Status! with { Conditions = [new Condition { Type = "Progressing", Status = "False", Reason = "ProgressDeadlineExceeded" }] },
    };

    private static Pod Pod(string spec = "new", string phase = "Pending") => new()
    {
        Metadata = new ObjectMeta { Name = $"agent-{spec}", Namespace = "stack", Uid = spec, Annotations = SpecOf(spec), CreationTimestamp = Now },
        Status = new PodStatus { Phase = phase },
    };

    private static Pod Scheduled(Pod pod, DateTimeOffset since) => pod with
    {
        Metadata = pod.Metadata with { CreationTimestamp = since },
        Status = new PodStatus { Phase = "Pending", StartTime = since, Conditions = [new Condition { Type = "PodScheduled", Status = "True" }] },
    };

    private static Pod Ready(Pod pod) =>
        With(pod, restarts: 0, new ContainerState { Running = new ContainerRunning { StartedAt = Now } }, last: null, ready: true);

    private static Pod Crashing() =>
        With(Pod(), restarts: 3, new ContainerState { Waiting = new ContainerWaiting { Reason = "CrashLoopBackOff" } }, Ended(exitCode: 1));

    private static Pod With(Pod pod, int restarts, ContainerState state, ContainerState? last, bool ready = false) => pod with
    {
        Status = new PodStatus
        {
            Phase = "Running",
            ContainerStatuses = [new ContainerStatus { Name = AgentPod.ContainerName, Ready = ready, RestartCount = restarts, State = state, LastState = last }],
        },
    };

    private static ContainerState Ended(int exitCode, DateTimeOffset? at = null) =>
        new() { Terminated = new ContainerTerminated { ExitCode = exitCode, Reason = "Error", FinishedAt = at ?? Now.AddSeconds(-5) } };

    private static Dictionary<string, string> SpecOf(string spec) => new() { [AgentObjects.SpecAnnotation] = spec };

    private static KubernetesEvent Event(string reason, string message, DateTimeOffset at, string type = "Warning") =>
        new() { Reason = reason, Message = message, Type = type, LastTimestamp = at };

    private AgentObservation Examine(Deployment deployment, params Pod[] pods) => new AgentDoctor(deployment).Examine(pods, Now).Observation;
}
