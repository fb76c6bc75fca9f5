using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>
/// Tells from an agent's Deployment and pods how it stands, and from a second look (a log, events) why. The reason is Kubernetes' own word;
/// sentences hold no path of a machine and nothing that changes by itself, because each new wording is stored and sent out.
/// </summary>
internal sealed class AgentDoctor(KubernetesOptions options)
{
    public const string CrashLoopBackOff = "CrashLoopBackOff";
    public const string CreateContainerConfigError = "CreateContainerConfigError";
    public const string DeadlineExceeded = "ProgressDeadlineExceeded";
    public const string ErrImagePull = "ErrImagePull";
    public const string FailedMount = "FailedMount";
    public const string ImagePullBackOff = "ImagePullBackOff";
    public const string OomKilled = "OOMKilled";
    public const string Unhealthy = "Unhealthy";

    private const string Warning = "Warning";
    private const string ContainerCreating = "ContainerCreating";

    /// <summary>Making a container takes less where nothing is wrong.</summary>
    private static readonly TimeSpan CreationPatience = TimeSpan.FromSeconds(3);

    /// <summary>Between two looks for an event that isn't there yet; they grow with the age of the pod.</summary>
    private static readonly TimeSpan FirstEventInterval = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LastEventInterval = TimeSpan.FromMinutes(5);

    /// <summary>Kubernetes itself forgets crashes after a container has run for so long.</summary>
    private static readonly TimeSpan CrashesForgottenAfter = TimeSpan.FromMinutes(10);

    private static readonly string HowToListen = $"An agent has to accept connections on port {AgentObjects.Port}, which the environment variable PORT names.";

    /// <summary>A first look, without asking the cluster for anything.</summary>
    public Diagnosis Examine(Deployment deployment, IReadOnlyCollection<Pod> pods, DateTimeOffset now)
    {
        var status = deployment.Status;
        if (status is null || status.ObservedGeneration < deployment.Metadata.Generation)
            return Diagnosis.Starting;

        var wanted = deployment.Spec.Replicas ?? 1;
        if (wanted > 0 && status.UpdatedReplicas >= wanted && status.AvailableReplicas >= wanted && status.Replicas == status.UpdatedReplicas)
            return Diagnosis.Running;

        var isOverdue = status.Conditions?.Any(condition => condition is { Type: "Progressing", Status: "False", Reason: DeadlineExceeded }) == true;
        var spec = SpecOf(deployment.Spec.Template?.Metadata?.Annotations);
        var newest = pods.Where(pod => pod.Metadata.DeletionTimestamp is null && SpecOf(pod.Metadata.Annotations) == spec).ToList();
        // A pod that was evicted stays as a record of it; another takes its place.
        var candidates = newest.Any(IsAlive) ? newest.Where(IsAlive) : newest;
        var diagnoses = candidates.Select(pod => ExaminePod(pod, isOverdue, now)).ToList();
        if (diagnoses.Count > 0)
            return diagnoses.Find(diagnosis => diagnosis.Observation.State == ObservedState.Failed) ?? diagnoses[0];

        var refusal = status.Conditions?.FirstOrDefault(condition => condition is { Type: "ReplicaFailure", Status: "True" });
        if (refusal is not null)
            return new Diagnosis(AgentObservation.Failed(refusal.Reason ?? "FailedCreate", Refused(refusal.Message)));

        return isOverdue
            ? new Diagnosis(AgentObservation.Failed(DeadlineExceeded, $"Kubernetes made no pod for the agent within {Deadline}. The cluster's controller manager may be down."))
            : Diagnosis.Starting;
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
            EventQuestion.ImageNotPulled => observation with { Message = CantPull(warning.Message) },
            EventQuestion.NotReady => observation with { Message = $"{observation.Message} The last check said: {Sentence(warning.Message)}" },
            _ => AgentObservation.Failed(warning.Reason ?? ContainerCreating, NotCreated(warning)),
        };
    }

    private static bool IsAbout(KubernetesEvent found, EventQuestion question) => question switch
    {
        EventQuestion.ImageNotPulled => found.Reason == "Failed" && found.Message?.Contains("pull image", StringComparison.Ordinal) == true,
        EventQuestion.NotReady => found.Reason == Unhealthy,
        _ => found.Reason?.StartsWith("Failed", StringComparison.Ordinal) == true && found.Reason != "FailedScheduling",
    };

    private static bool IsAlive(Pod pod) => pod.Status?.Phase is not ("Failed" or "Succeeded");

    private static string? SpecOf(IReadOnlyDictionary<string, string>? annotations) => annotations?.GetValueOrDefault(AgentObjects.SpecAnnotation);

    private string Deadline => $"{options.DeployTimeout.TotalSeconds:0.##} s";

    private Diagnosis ExaminePod(Pod pod, bool isOverdue, DateTimeOffset now)
    {
        if (!IsAlive(pod))
            return PodEnded(pod);

        var scheduled = pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "PodScheduled");
        if (scheduled is { Status: "False", Reason: { } reason })
        {
            return new Diagnosis(AgentObservation.Failed(
                reason,
                $"No node of the cluster takes the agent's pod: {Sentence(scheduled.Message)} It asks for {options.Resources.CpuRequest} CPU and "
                + $"{options.Resources.MemoryRequest} of memory (AGENT_CPU_REQUEST, AGENT_MEMORY_REQUEST). It starts as soon as a node has room."));
        }

        var container = pod.Status?.ContainerStatuses?.FirstOrDefault(status => status.Name == AgentObjects.ContainerName);
        return container?.State switch
        {
            { Waiting: { } waiting } when waiting.Reason is not (null or ContainerCreating or "PodInitializing") => Waits(pod, container, waiting),
            { Terminated: { } ended } => HasEnded(pod, container, ended),
            { Running: { } running } => Runs(pod, container, running, isOverdue, now),
            _ when scheduled?.Status == "True" => IsBeingMade(pod, isOverdue, now),
            _ => isOverdue ? NeverScheduled() : Diagnosis.Starting,
        };
    }

    private Diagnosis NeverScheduled() => new(AgentObservation.Failed(
        DeadlineExceeded, $"No node was chosen for the agent's pod within {Deadline}. The cluster's scheduler may be down."));

    private static Diagnosis PodEnded(Pod pod)
    {
        var reason = pod.Status?.Reason ?? "PodFailed";
        var message = pod.Status?.Message is { Length: > 0 } text ? $": {Sentence(text)}" : ".";
        return new Diagnosis(AgentObservation.Failed(reason, $"The agent's pod was ended by the cluster ({reason}){message} Another one is on its way."));
    }

    private Diagnosis IsBeingMade(Pod pod, bool isOverdue, DateTimeOffset now)
    {
        var age = now - (pod.Status?.StartTime ?? pod.Metadata.CreationTimestamp ?? now);
        if (age < CreationPatience && !isOverdue)
            return Diagnosis.Starting with { LookAgainIn = CreationPatience - age + TimeSpan.FromMilliseconds(200) };

        var observation = isOverdue
            ? AgentObservation.Failed(DeadlineExceeded, $"The agent's container wasn't made within {Deadline}.")
            : AgentObservation.Starting;
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
                    ? Crashed(pod, container, last, isPrevious: true)
                    : new Diagnosis(AgentObservation.Failed(CrashLoopBackOff, "The agent keeps crashing and is started again at growing intervals."));
            case ImagePullBackOff:
                return new Diagnosis(AgentObservation.Failed(reason, CantPull(waiting.Message)), new EventClue(pod, EventQuestion.ImageNotPulled));
            case ErrImagePull or "InvalidImageName" or "ErrImageNeverPull" or "ErrImageInspect" or "RegistryUnavailable":
                return new Diagnosis(AgentObservation.Failed(reason, CantPull(waiting.Message)));
            default:
                return new Diagnosis(AgentObservation.Failed(reason, $"The agent's container can't be started: {Sentence(waiting.Message)} It is tried again by itself."));
        }
    }

    private Diagnosis HasEnded(Pod pod, ContainerStatus container, ContainerTerminated ended)
    {
        if (ended.Reason == OomKilled || container.RestartCount > 0)
            return Crashed(pod, container, ended, isPrevious: false);

        return new Diagnosis(
            AgentObservation.Starting with { Reason = ended.Reason, Message = $"The agent ended with exit code {ended.ExitCode} and is started again." },
            new LogClue(pod, IsPrevious: false, container.RestartCount));
    }

    private Diagnosis Runs(Pod pod, ContainerStatus container, ContainerRunning running, bool isOverdue, DateTimeOffset now)
    {
        if (container.Ready)
            return Diagnosis.Starting;

        // Until it is ready, a container that runs after a crash is only the next try.
        if (container.LastState?.Terminated is { } last && now - last.FinishedAt < CrashesForgottenAfter
            && (last.Reason == OomKilled || container.RestartCount > 1))
        {
            return Crashed(pod, container, last, isPrevious: true);
        }

        var readiness = pod.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready");
        if (readiness?.LastTransitionTime > running.StartedAt + TimeSpan.FromSeconds(1))
        {
            return new Diagnosis(
                AgentObservation.Failed(Unhealthy, $"The agent was ready, but doesn't accept connections any more. {HowToListen}"),
                new EventClue(pod, EventQuestion.NotReady),
                EventInterval(pod, now));
        }

        if (isOverdue)
        {
            return new Diagnosis(
                AgentObservation.Failed(Unhealthy, $"The agent runs, but wasn't ready within {Deadline}. {HowToListen}"),
                new EventClue(pod, EventQuestion.NotReady),
                EventInterval(pod, now));
        }

        return container.LastState?.Terminated is { } earlier
            ? new Diagnosis(AgentObservation.Starting with { Reason = earlier.Reason, Message = $"The agent ended with exit code {earlier.ExitCode} and was started again." })
            : Diagnosis.Starting;
    }

    private Diagnosis Crashed(Pod pod, ContainerStatus container, ContainerTerminated last, bool isPrevious)
    {
        var log = new LogClue(pod, isPrevious, isPrevious ? container.RestartCount - 1 : container.RestartCount);
        if (last.Reason == OomKilled)
        {
            return new Diagnosis(
                AgentObservation.Failed(
                    OomKilled,
                    $"The agent used more than its {options.Resources.MemoryLimit} of memory and was ended (exit code {last.ExitCode}). Make it use less, or raise "
                    + "AGENT_MEMORY_LIMIT. It is started again at growing intervals."),
                log);
        }

        var hint = last.ExitCode == 0
            ? $" It ended by itself, but an agent is a server and has to go on running. {HowToListen}"
            : "";
        return new Diagnosis(
            AgentObservation.Failed(
                CrashLoopBackOff, $"The agent keeps crashing: the last time it ended with {Ending(last)}. It is started again at growing intervals.{hint}"),
            log);
    }

    private static string Ending(ContainerTerminated last) => last.Signal is { } signal and > 0
        ? $"exit code {last.ExitCode} (signal {signal})"
        : $"exit code {last.ExitCode}";

    private static string NotCreated(KubernetesEvent warning)
    {
        // The message names the folder, which is the server's affair.
        var isCode = warning.Reason == FailedMount && warning.Message?.Contains("hostPath type check failed", StringComparison.Ordinal) == true;
        return isCode
            ? "The agent's code isn't on the node that its pod runs on. The nodes and StackAgent have to share one folder for agents' code "
                + "(AGENT_PLATFORM_BASE_PATH, AGENT_PLATFORM_HOST_PATH); if the folder is shared, delete the agent and upload it again."
            : $"The agent's container can't be made: {Sentence(warning.Message)} It is tried again by itself.";
    }

    private static string Refused(string? message)
    {
        var isQuota = message?.Contains("exceeded quota", StringComparison.Ordinal) == true;
        return isQuota
            ? $"The stack has no room for the agent's pod: {Sentence(message)} Delete agents that aren't needed, or raise STACK_QUOTA."
            : $"The cluster refused the agent's pod: {Sentence(message)}";
    }

    private string CantPull(string? message) =>
        $"The image {options.Image} can't be pulled: {Sentence(message)} Check AGENT_IMAGE, and AGENT_IMAGE_PULL_SECRETS or AGENT_IMAGE_PULL_CONFIG if its registry "
        + "wants a login. It is tried again by itself.";

    private static string Sentence(string? text)
    {
        var trimmed = text?.Trim() ?? "";
        return trimmed.Length == 0 ? "no cause was given." : trimmed[^1] is '.' or '!' or '?' ? trimmed : trimmed + ".";
    }
}
