namespace StackAgent.Application.Common.Storage;

/// <summary>
/// Agents' files as folders, for what works with paths: processes on this machine, pods that mount their node's folder, logs beside the code, people.
/// What came with revision <c>n</c> is <c>stacks/{stack}/agents/{agent}/revisions/{n}/agent.zip</c> and <c>…/extracted/</c>, always a complete pair;
/// <c>agent.zip</c> and <c>extracted</c> beside them are links into one of these folders. An upload is written and checked beside its place and renamed
/// into it.
/// </summary>
public interface ICodeFolders
{
    /// <summary>Absolute folder of the unpacked code that came with a revision, whether or not it exists. Never changes its content.</summary>
    string CodePath(Guid stackId, Guid agentId, int codeRevision);

    /// <summary>Absolute link to the unpacked code that the agent was last pointed at.</summary>
    string CurrentCodePath(Guid stackId, Guid agentId);

    /// <summary>Absolute folder that holds all of an agent's files, whether or not it exists.</summary>
    string AgentPath(Guid stackId, Guid agentId);
}
