using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.CodeStorage.Fetching;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>
/// Tells from an agent's Deployment and pods how it stands, and from a second look (a log, events) why. The reason is Kubernetes' own word. While
/// another specification is being rolled out it is the new pods that are spoken of, whatever the old ones do.
/// </summary>
internal sealed class AgentDoctor
{
    public const string CodeNotFetched = "CodeNotFetched";
    public const string CrashLoopBackOff = "CrashLoopBackOff";
    public const string CreateContainerConfigError = "CreateContainerConfigError";
    public const string DeadlineExceeded = "ProgressDeadlineExceeded";
    public const string ErrImagePull = "ErrImagePull";
    public const string FailedMount = "FailedMount";
    public const string ImagePullBackOff = "ImagePullBackOff";
    public const string InvalidImageName = "InvalidImageName";
    public const string OomKilled = "OOMKilled";
    public const string Unhealthy = "Unhealthy";

    private const string Warning = "Warning";
    private const string ContainerCreating = "ContainerCreating";
    private const string PodInitializing = "PodInitializing";

    /// <summary>A container that ended so often won't run next time: that takes a quarter of a minute where it ends at once.</summary>
    private const int LastingCrashes = 3;

    /// <summary>Who needs more memory than there is needs it the next time too.</summary>
    private const int LastingOomKills = 2;

    /// <summary>Making a container takes less where nothing is wrong.</summary>
    private static readonly TimeSpan CreationPatience = TimeSpan.FromSeconds(3);

    /// <summary>Between two looks for an event that isn't there yet; they grow with the age of the pod.</summary>
    private static readonly TimeSpan FirstEventInterval = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LastEventInterval = TimeSpan.FromMinutes(5);

    /// <summary>Kubernetes itself forgets crashes after a container has run for so long.</summary>
    private static readonly TimeSpan CrashesForgottenAfter = TimeSpan.FromMinutes(10);

    private readonly Deployment _deployment;
    private readonly AgentFacts _facts;
    private readonly FailureSentences _say;
    private readonly bool _isOverdue;

    public AgentDoctor(Deployment deployment)
    {
        _deployment = deployment;
        _facts = new AgentFacts(deployment);
        _say = new FailureSentences(_facts);
        _isOverdue = deployment.Status?.Conditions?.Any(condition => condition is { Type: "Progressing", Status: "False", Reason: DeadlineExceeded }) == true;
    }

    /// <summary>Whether as many pods as are wanted have the newest specification and are available, and no others are left.</summary>
    public static bool IsComplete(Deployment deployment)
    {
        var wanted = deployment.Spec.Replicas ?? 1;
        return IsSeen(deployment)
            && deployment.Status is { } status
            && (status.UpdatedReplicas ?? 0) >= wanted
            && (status.AvailableReplicas ?? 0) >= wanted
            && (status.Replicas ?? 0) == (status.UpdatedReplicas ?? 0);
    }

    /// <summary>Whether the cluster's controller has seen the newest change, so that the status speaks of it.</summary>
    public static bool IsSeen(Deployment deployment) => deployment.Status?.ObservedGeneration >= (deployment.Metadata.Generation ?? 0);

    /// <summary>A first look, without asking the cluster for anything.</summary>
    public Diagnosis Examine(IReadOnlyCollection<Pod> pods, DateTimeOffset now)
    {
        var diagnosis = Look(pods, now);
        var observation = diagnosis.Observation;
        return diagnosis with
        {
            Observation = observation with
            {
                Rollout = _facts.Rollout,
                // Whatever it is, it had its time.
                IsLasting = observation.State == ObservedState.Failed && (observation.IsLasting || _isOverdue),
            },
        };
    }

    /// <summary>What the log adds to a diagnosis that asked for it.</summary>
    public static AgentObservation WithLog(AgentObservation observation, IReadOnlyList<string> lines) =>
        observation with { Message = observation.Message + LogQuote.Of(lines) };

    /// <summary>What the events add to a diagnosis that asked for them; null when none of them answers the question.</summary>
    public AgentObservation? WithEvents(AgentObservation observation, EventQuestion question, IReadOnlyList<KubernetesEvent> events)
    {
        var warning = events
            .Where(found => found.Type == Warning && IsAbout(found, question))
            .MaxBy(found => found.LastTimestamp ?? found.EventTime ?? DateTimeOffset.MinValue);
        if (warning is null)
            return null;

        return question switch
        {
            EventQuestion.ImageNotPulled => observation with { Message = _say.CantPull(warning.Message) },
            EventQuestion.FetchImageNotPulled => observation with { Message = _say.CantPullFetchImage(warning.Message) },
            EventQuestion.NotReady => observation with { Message = $"{observation.Message} The last check said: {FailureSentences.Sentence(warning.Message)}" },
            _ => observation with
            {
                State = ObservedState.Failed,
                Reason = warning.Reason ?? ContainerCreating,
                Message = FailureSentences.NotCreated(warning.Reason, warning.Message),
            },
        };
    }

    private static bool IsAbout(KubernetesEvent found, EventQuestion question) => question switch
    {
        EventQuestion.ImageNotPulled or EventQuestion.FetchImageNotPulled => found.Reason == "Failed" && found.Message?.Contains("pull image", StringComparison.Ordinal) == true,
        EventQuestion.NotReady => found.Reason == Unhealthy,
        _ => found.Reason?.StartsWith("Failed", StringComparison.Ordinal) == true && found.Reason != "FailedScheduling",
    };

    private static bool IsAlive(Pod pod) => pod.Status?.Phase is not ("Failed" or "Succeeded");

    private static string? SpecOf(IReadOnlyDictionary<string, string>? annotations) => annotations?.GetValueOrDefault(AgentObjects.SpecAnnotation);

    private static Diagnosis Failed(string reason, string message, Clue? clue = null, TimeSpan? lookAgainIn = null) =>
        new(AgentObservation.Failed(reason, message), clue, lookAgainIn);

    private Diagnosis Look(IReadOnlyCollection<Pod> pods, DateTimeOffset now)
    {
        var status = _deployment.Status;
        if (status is null || !IsSeen(_deployment) || _deployment.Spec.Replicas == 0)
            return Diagnosis.Starting;

        if (IsComplete(_deployment))
            return Diagnosis.Running;

        var spec = SpecOf(_deployment.Spec.Template?.Metadata?.Annotations);
        var newest = pods.Where(pod => pod.Metadata.DeletionTimestamp is null && SpecOf(pod.Metadata.Annotations) == spec).ToList();
        // A pod that was evicted stays as a record of it; another takes its place.
        var candidates = newest.Any(IsAlive) ? newest.Where(IsAlive) : newest;
        var diagnoses = candidates.Select(pod => ExaminePod(pod, now)).ToList();
        if (diagnoses.Count > 0)
            return diagnoses.Find(diagnosis => diagnosis.Observation.State == ObservedState.Failed) ?? diagnoses[0];

        var refusal = status.Conditions?.FirstOrDefault(condition => condition is { Type: "ReplicaFailure", Status: "True" });
        if (refusal is not null)
            return Failed(refusal.Reason ?? "FailedCreate", FailureSentences.Refused(refusal.Message));

        return _isOverdue ? Failed(DeadlineExceeded, _say.NoPodInTime()) : Diagnosis.Starting;
    }

    private Diagnosis ExaminePod(Pod pod, DateTimeOffset now)
    {
        if (!IsAlive(pod))
            return PodEnded(pod);

        var scheduled = pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "PodScheduled");
        if (scheduled is { Status: "False", Reason: { } reason })
            return Failed(reason, _say.NoRoom(scheduled.Message));

        if (CodeFetchPod.StatusOf(pod) is { State: not { Terminated.ExitCode: 0 } } fetching)
            return Fetches(pod, fetching, now);

        var container = AgentPod.StatusOf(pod);
        return container?.State switch
        {
            { Waiting: { } waiting } when waiting.Reason is not (null or ContainerCreating or PodInitializing) => Waits(pod, container, waiting),
            { Terminated: { } ended } => HasEnded(pod, container, ended, now),
            { Running: { } running } => Runs(pod, container, running, now),
            _ when scheduled?.Status == "True" => IsBeingMade(pod, now),
            _ => _isOverdue ? Failed(DeadlineExceeded, _say.NotScheduledInTime()) : Diagnosis.Starting,
        };
    }

    private static Diagnosis PodEnded(Pod pod)
    {
        var reason = pod.Status?.Reason ?? "PodFailed";
        return Failed(reason, FailureSentences.PodEnded(reason, pod.Status?.Message));
    }

    /// <summary>Until the code is there, the agent's own container waits for nothing else.</summary>
    private Diagnosis Fetches(Pod pod, ContainerStatus container, DateTimeOffset now)
    {
        switch (container.State)
        {
            case { Waiting.Reason: CrashLoopBackOff } when container.LastState?.Terminated is { } last:
                return NotFetched(last, endings: container.RestartCount + 1);
            case { Terminated: { } ended }:
                return NotFetched(ended, endings: container.RestartCount + 1);
            case { Waiting: { Reason: InvalidImageName } waiting }:
                return new Diagnosis(AgentObservation.Failed(InvalidImageName, _say.CantPullFetchImage(waiting.Message)) with { IsLasting = true });
            case { Waiting: { } waiting } when IsPullFailure(waiting.Reason):
                var clue = waiting.Reason == ImagePullBackOff ? new EventClue(pod, EventQuestion.FetchImageNotPulled) : null;
                return Failed(waiting.Reason ?? ErrImagePull, _say.CantPullFetchImage(waiting.Message), clue);
            case { Waiting: { Reason: not (null or ContainerCreating or PodInitializing) } waiting }:
                return Failed(waiting.Reason, FailureSentences.CantFetch(waiting.Message));
            case { Running: not null } when container.LastState?.Terminated is { } earlier:
                return NotFetched(earlier, endings: container.RestartCount);
            case { Running: not null }:
                return _isOverdue ? Failed(DeadlineExceeded, _say.NotFetchedInTime()) : Diagnosis.Starting;
            default:
                return IsBeingMade(pod, now);
        }
    }

    /// <summary>What is damaged stays so; for all else the next try may find it mended.</summary>
    private static Diagnosis NotFetched(ContainerTerminated last, int endings) => new(
        AgentObservation.Failed(CodeNotFetched, FailureSentences.NotFetched(last)) with
        {
            IsLasting = last.ExitCode == CodeFetchException.Damaged && endings >= LastingCrashes,
        });

    private static bool IsPullFailure(string? reason) =>
        reason is ImagePullBackOff or ErrImagePull or "ErrImageNeverPull" or "ErrImageInspect" or "RegistryUnavailable";

    private Diagnosis IsBeingMade(Pod pod, DateTimeOffset now)
    {
        var age = now - (pod.Status?.StartTime ?? pod.Metadata.CreationTimestamp ?? now);
        if (age < CreationPatience && !_isOverdue)
            return Diagnosis.Starting with { LookAgainIn = CreationPatience - age + TimeSpan.FromMilliseconds(200) };

        var observation = _isOverdue ? AgentObservation.Failed(DeadlineExceeded, _say.NotMadeInTime()) : AgentObservation.Starting;
        return new Diagnosis(observation, new EventClue(pod, EventQuestion.NotCreated), EventInterval(pod, now));
    }

    private static TimeSpan EventInterval(Pod pod, DateTimeOffset now)
    {
        var half = (now - (pod.Metadata.CreationTimestamp ?? now)) / 2;
        return half < FirstEventInterval ? FirstEventInterval : half > LastEventInterval ? LastEventInterval : half;
    }

    private Diagnosis Waits(Pod pod, ContainerStatus container, ContainerWaiting waiting)
    {
        var reason = waiting.Reason ?? ContainerCreating;
        switch (reason)
        {
            case CrashLoopBackOff:
                return container.LastState?.Terminated is { } last
                    ? Crashed(pod, last, isPrevious: true, endings: container.RestartCount + 1)
                    : Failed(CrashLoopBackOff, FailureSentences.KeepsCrashing);
            case ImagePullBackOff:
                return Failed(reason, _say.CantPull(waiting.Message), new EventClue(pod, EventQuestion.ImageNotPulled));
            case InvalidImageName:
                return new Diagnosis(AgentObservation.Failed(reason, _say.CantPull(waiting.Message)) with { IsLasting = true });
            case var failure when IsPullFailure(failure):
                return Failed(reason, _say.CantPull(waiting.Message));
            default:
                return Failed(reason, FailureSentences.CantStart(waiting.Message));
        }
    }

    private Diagnosis HasEnded(Pod pod, ContainerStatus container, ContainerTerminated ended, DateTimeOffset now)
    {
        if (ended.Reason == OomKilled || container.RestartCount > 0)
            return Crashed(pod, ended, isPrevious: false, endings: container.RestartCount + 1);

        // Kubernetes itself ends what doesn't become ready.
        if (_isOverdue)
            return NotReadyInTime(pod, now);

        return new Diagnosis(
            AgentObservation.Starting with { Reason = ended.Reason, Message = FailureSentences.EndedOnce(ended, isUp: false) },
            new LogClue(pod, IsPrevious: false, ended.ContainerId));
    }

    private Diagnosis Runs(Pod pod, ContainerStatus container, ContainerRunning running, DateTimeOffset now)
    {
        if (container.Ready)
            return Diagnosis.Starting;

        // Until it is ready, a container that runs after a crash is only the next try.
        if (container.LastState?.Terminated is { } last && now - last.FinishedAt < CrashesForgottenAfter
            && (last.Reason == OomKilled || container.RestartCount > 1))
        {
            return Crashed(pod, last, isPrevious: true, endings: container.RestartCount);
        }

        var readiness = pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready");
        if (readiness?.LastTransitionTime > running.StartedAt + TimeSpan.FromSeconds(1))
            return Failed(Unhealthy, _say.NoLongerReady(), new EventClue(pod, EventQuestion.NotReady), EventInterval(pod, now));

        if (_isOverdue)
            return NotReadyInTime(pod, now);

        return container.LastState?.Terminated is { } earlier
            ? new Diagnosis(AgentObservation.Starting with { Reason = earlier.Reason, Message = FailureSentences.EndedOnce(earlier, isUp: true) })
            : Diagnosis.Starting;
    }

    private Diagnosis NotReadyInTime(Pod pod, DateTimeOffset now) =>
        Failed(Unhealthy, _say.NotReadyInTime(), new EventClue(pod, EventQuestion.NotReady), EventInterval(pod, now));

    private Diagnosis Crashed(Pod pod, ContainerTerminated last, bool isPrevious, int endings)
    {
        var isMemory = last.Reason == OomKilled;
        var observation = isMemory
            ? AgentObservation.Failed(OomKilled, _say.OutOfMemory(last))
            : AgentObservation.Failed(CrashLoopBackOff, _say.Crashed(last));
        return new Diagnosis(
            observation with { IsLasting = endings >= (isMemory ? LastingOomKills : LastingCrashes) },
            new LogClue(pod, isPrevious, last.ContainerId));
    }
}
