using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Delivery;

/// <summary>What is said of an agent whose code doesn't come.</summary>
internal sealed class FetchDiagnosisTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Examine_WhileTheCodeIsFetched_IsStarting()
    {
        Assert.That(Examine(Running).State, Is.EqualTo(ObservedState.Starting));
        Assert.That(Examine(Running, overdue: true), Has.Property("Reason").EqualTo("ProgressDeadlineExceeded").And.Property("Message").Contain("wasn't fetched within 300 s"));
    }

    [Test]
    public void Examine_WhenTheCodeIsThere_SpeaksOfTheAgent() =>
        Assert.That(Examine(new ContainerState { Terminated = new ContainerTerminated { ExitCode = 0 } }).State, Is.EqualTo(ObservedState.Starting));

    [Test]
    public void Examine_WhenTheFetchingFailed_QuotesItsLastLine()
    {
        var failed = Ended(69, "StackAgent can't be reached. It is tried again.\nStackAgent can't be reached at http://s: No route to host.\n");

        foreach (var observation in new[] { Examine(failed), Examine(Waiting("CrashLoopBackOff"), failed, restarts: 2), Examine(Running, failed, restarts: 3) })
        {
            Assert.That((observation.State, observation.Reason), Is.EqualTo((ObservedState.Failed, "CodeNotFetched")));
            Assert.That(observation.Message, Does.Contain("couldn't be brought into its pod: StackAgent can't be reached at http://s: No route to host. It is tried"));
            Assert.That(observation.IsLasting, Is.False, "the server may come back");
        }
    }

    [TestCase(65, 1, ExpectedResult = false)]
    [TestCase(65, 2, ExpectedResult = true)]
    [TestCase(74, 5, ExpectedResult = false)]
    public bool Examine_WhenTheFetchingKeepsFailing_KnowsWhatLasts(int exitCode, int restarts) =>
        Examine(Waiting("CrashLoopBackOff"), Ended(exitCode, "Other code."), restarts).IsLasting;

    [Test]
    public void Examine_WhenTheFetchingSaidNothing_TellsHowItEnded()
    {
        var killed = new ContainerState { Terminated = new ContainerTerminated { ExitCode = 137, Reason = "OOMKilled" } };

        Assert.That(Examine(killed).Message, Does.Contain("exit code 137 (OOMKilled)."));
    }

    [Test]
    public void Examine_WhenTheFetchingImageIsMissing_NamesItAndItsSetting()
    {
        foreach (var reason in new[] { "ErrImagePull", "ImagePullBackOff", "InvalidImageName" })
        {
            var observation = Examine(Waiting(reason, "not found"));

            Assert.That(observation.Reason, Is.EqualTo(reason));
            Assert.That(observation.Message, Does.Contain("stackagent:1").And.Contain("CODE_FETCH_IMAGE").And.Contain("not found"));
        }
    }

    [Test]
    public void WithEvents_WhenTheFetchingImageIsMissing_SaysWhy()
    {
        var doctor = new AgentDoctor(Deployment(overdue: false));
        var diagnosis = doctor.Examine([Pod(new ContainerStatus { Name = "fetch-code", State = Waiting("ImagePullBackOff") })], Now);
        var clue = (EventClue)diagnosis.Clue!;

        var explained = doctor.WithEvents(
            diagnosis.Observation, clue.Question, [new KubernetesEvent { Reason = "Failed", Type = "Warning", Message = "Failed to pull image: no such host" }]);

        Assert.That(explained!.Message, Does.Contain("stackagent:1").And.Contain("no such host"));
    }

    private static ContainerState Running => new() { Running = new ContainerRunning { StartedAt = Now } };

    private static ContainerState Waiting(string reason, string? message = null) => new() { Waiting = new ContainerWaiting { Reason = reason, Message = message } };

    private static ContainerState Ended(int exitCode, string message) =>
        new() { Terminated = new ContainerTerminated { ExitCode = exitCode, Reason = "Error", Message = message } };

    private static AgentObservation Examine(ContainerState state, ContainerState? last = null, int restarts = 0, bool overdue = false) =>
        new AgentDoctor(Deployment(overdue))
            .Examine([Pod(new ContainerStatus { Name = CodeFetchPod.ContainerName, State = state, LastState = last, RestartCount = restarts })], Now).Observation;

    private static Pod Pod(ContainerStatus fetch) => new()
    {
        Metadata = new ObjectMeta { Name = "agent", Namespace = "stack", Uid = "1", Annotations = Spec, CreationTimestamp = Now },
        Status = new PodStatus
        {
            Phase = "Pending",
            Conditions = [new Condition { Type = "PodScheduled", Status = "True" }],
            StartTime = Now,
            InitContainerStatuses = [fetch],
            ContainerStatuses = [new ContainerStatus { Name = AgentPod.ContainerName, State = Waiting("PodInitializing") }],
        },
    };

    private static Deployment Deployment(bool overdue) => new()
    {
        Metadata = new ObjectMeta { Name = "agent", Generation = 2 },
        Spec = new DeploymentSpec
        {
            Replicas = 1,
            ProgressDeadlineSeconds = 300,
            Template = new PodTemplate
            {
                Metadata = new PodTemplateMeta { Annotations = Spec },
                Spec = new PodSpec { InitContainers = [new Container { Name = CodeFetchPod.ContainerName, Image = "stackagent:1" }] },
            },
        },
        Status = new DeploymentStatus
        {
            ObservedGeneration = 2,
            Replicas = 1,
            UpdatedReplicas = 1,
            Conditions = overdue ? [new Condition { Type = "Progressing", Status = "False", Reason = "ProgressDeadlineExceeded" }] : [],
        },
    };

    private static Dictionary<string, string> Spec { get; } = new() { [AgentObjects.SpecAnnotation] = "new" };
}
