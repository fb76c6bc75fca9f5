using StackAgent.Application.Common;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;

namespace StackAgent.Application.Agents;

/// <summary>A word that may be a deployment status, the status of a newest report, or both (<c>running</c>).</summary>
public sealed record AgentStatusFilter(AgentStatus? Deployment, SessionState? Latest)
{
    private static readonly Dictionary<string, AgentStatus> DeploymentWords =
        Enum.GetValues<AgentStatus>().ToDictionary(status => ValidatorExtensions.WireName(status.ToString()), StringComparer.Ordinal);

    private static readonly Dictionary<string, SessionState> LatestWords =
        Enum.GetValues<SessionState>().ToDictionary(status => ValidatorExtensions.WireName(status.ToString()), StringComparer.Ordinal);

    /// <summary>Every word that <see cref="Parse"/> knows.</summary>
    public static IEnumerable<string> Words => DeploymentWords.Keys.Union(LatestWords.Keys, StringComparer.Ordinal);

    /// <summary>Null for a word that is neither.</summary>
    public static AgentStatusFilter? Parse(string word)
    {
        AgentStatus? deployment = DeploymentWords.TryGetValue(word, out var known) ? known : null;
        SessionState? latest = LatestWords.TryGetValue(word, out var reported) ? reported : null;
        return deployment is null && latest is null ? null : new AgentStatusFilter(deployment, latest);
    }
}
