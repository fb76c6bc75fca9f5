using StackAgent.Application.Common.Runtimes;
using StackAgent.Domain.Agents;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>What the local runtime would start, by the very rules it starts agents by.</summary>
internal sealed class LocalDeploymentPreview(LocalRuntimeOptions options) : IDeploymentPreview
{
    public DeploymentPreview Preview(string codePath, AgentSettings settings)
    {
        var findings = new List<Finding>();
        Explain("image", settings.Image, "This server runs agents as processes, without images.");
        Explain("port", settings.Port, "This server runs agents as processes and tells each a free port by PORT.");
        Explain("replicas", settings.Replicas, "This server runs each agent as one process.");
        Explain("resources", settings.Resources, "This server runs agents as processes, without limits of their own.");
        try
        {
            return new DeploymentPreview(new EntryPoint(CommandOf(codePath, settings), [], Image: null), findings);
        }
        catch (RuntimeRefusedException exception)
        {
            findings.Add(new Finding(FindingLevel.Error, exception.Message));
            return new DeploymentPreview(EntryPoint: null, findings);
        }

        void Explain(string path, object? setting, string sentence)
        {
            if (setting is not null)
                findings.Add(new Finding(FindingLevel.Info, $"{sentence} This setting has no effect here.", path));
        }
    }

    private IReadOnlyList<string> CommandOf(string codePath, AgentSettings settings)
    {
        var plan = LaunchPlan.For(codePath, settings, options.GraphCommand);
        return [plan.Program, .. plan.Arguments];
    }
}
