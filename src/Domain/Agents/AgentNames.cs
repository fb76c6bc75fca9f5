namespace StackAgent.Domain.Agents;

/// <summary>What an agent is called and where it runs, as far as its reports say so.</summary>
/// <param name="Name">Never empty.</param>
/// <param name="Source">Null until a report names one.</param>
public readonly record struct AgentNames(string Name, string? Source)
{
    /// <summary>After a report: a name or source it carries overwrites the old one; a deployed agent keeps the name it was given.</summary>
    public AgentNames After(AgentKind kind, string? reportedName, string? reportedSource) => new(
        string.IsNullOrEmpty(reportedName) || kind == AgentKind.Deployed ? Name : reportedName,
        string.IsNullOrEmpty(reportedSource) ? Source : reportedSource);
}
