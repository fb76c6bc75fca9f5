using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>What a pod would start: the settings' command, or whatever the image does with the code.</summary>
internal sealed class KubernetesDeploymentPreview(KubernetesOptions options) : IDeploymentPreview
{
    public DeploymentPreview Preview(string codePath, AgentSettings settings)
    {
        var image = settings.Image ?? options.Image;
        return settings.Command is { Count: > 0 } command
            ? new DeploymentPreview(new EntryPoint([.. command, .. settings.Args ?? []], [], image), [])
            : new DeploymentPreview(
                new EntryPoint(Command: null, settings.Args ?? [], image),
                [new Finding(FindingLevel.Info, $"What runs is up to the image {image}, which finds the code in /app/graphs.")]);
    }
}
