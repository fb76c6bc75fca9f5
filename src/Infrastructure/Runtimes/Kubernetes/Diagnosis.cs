using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>What can be said of an agent from its Deployment and pods, and what else is worth asking the cluster for.</summary>
/// <param name="Observation">How the agent stands; complete when there is no clue to follow.</param>
/// <param name="Clue">What would explain it better; null: nothing.</param>
/// <param name="LookAgainIn">When to look at the same objects again as long as the clue leads nowhere, or without one; null: never.</param>
internal sealed record Diagnosis(AgentObservation Observation, Clue? Clue = null, TimeSpan? LookAgainIn = null)
{
    public static Diagnosis Starting { get; } = new(AgentObservation.Starting);

    public static Diagnosis Running { get; } = new(AgentObservation.Running);
}

/// <summary>Something that takes a request to find out. Equal clues have equal answers, but for <see cref="EventClue"/>.</summary>
internal abstract record Clue(Pod Pod);

/// <summary>The last lines of a container that ended, to be put after the sentence.</summary>
/// <param name="Pod">Whose container.</param>
/// <param name="IsPrevious">It is the container before the present one.</param>
/// <param name="ContainerId">Tells the pod's dead containers apart.</param>
internal sealed record LogClue(Pod Pod, bool IsPrevious, string? ContainerId) : Clue(Pod);

/// <summary>What the cluster has noted about the pod.</summary>
/// <param name="Pod">Which one.</param>
/// <param name="Question">What to look for.</param>
internal sealed record EventClue(Pod Pod, EventQuestion Question) : Clue(Pod);

internal enum EventQuestion
{
    /// <summary>Why the container isn't made.</summary>
    NotCreated,

    /// <summary>Why the image can't be had.</summary>
    ImageNotPulled,

    /// <summary>Why the image that fetches the code can't be had.</summary>
    FetchImageNotPulled,

    /// <summary>What the readiness probe got.</summary>
    NotReady,
}
