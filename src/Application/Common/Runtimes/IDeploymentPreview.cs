using StackAgent.Domain.Agents;

namespace StackAgent.Application.Common.Runtimes;

/// <summary>Says what the runtime would make of code that isn't deployed, without doing anything.</summary>
public interface IDeploymentPreview
{
    /// <summary>What it would start, and what is to be said about that.</summary>
    /// <param name="codePath">Absolute folder of the unpacked code.</param>
    /// <param name="settings">What holds for the agent.</param>
    DeploymentPreview Preview(string codePath, AgentSettings settings);
}

/// <summary>What the runtime would do.</summary>
/// <param name="EntryPoint">What it would start; null when there is nothing to start, which is among the findings then.</param>
/// <param name="Findings">What is worth knowing about it.</param>
public sealed record DeploymentPreview(EntryPoint? EntryPoint, IReadOnlyList<Finding> Findings);

/// <summary>What is started.</summary>
/// <param name="Command">Program and arguments; null: the image's own.</param>
/// <param name="Args">What follows the image's own command; empty when there is a command.</param>
/// <param name="Image">The container image; null: a process on the server's machine.</param>
public sealed record EntryPoint(IReadOnlyList<string>? Command, IReadOnlyList<string> Args, string? Image);

/// <summary>Something worth knowing about an upload.</summary>
/// <param name="Level">How bad it is.</param>
/// <param name="Message">A sentence for a person.</param>
/// <param name="Path">The file or setting that it is about; null: all of it.</param>
public sealed record Finding(FindingLevel Level, string Message, string? Path = null);

public enum FindingLevel
{
    Info,

    /// <summary>It would be deployed, but perhaps not as it is meant.</summary>
    Warning,

    /// <summary>It would be deployed, and fail.</summary>
    Error,
}
