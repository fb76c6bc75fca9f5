using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>Finds out what distinguishes two revisions of an agent.</summary>
internal sealed class RevisionComparison(ICodeComparison code, ISecretProtector protector)
{
    public async Task<RevisionDifference> CompareAsync(Agent agent, AgentRevision from, AgentRevision to, CancellationToken cancellationToken)
    {
        var isCodeChanged = from.CodeDigest != to.CodeDigest;
        return new RevisionDifference(
            isCodeChanged,
            isCodeChanged ? await code.CompareAsync(ReferenceTo(agent), from.CodeRevision, to.CodeRevision, cancellationToken) : CodeDifference.None,
            CompareFields(from, to.EffectiveSettings, to.ProtectedSecrets));
    }

    /// <summary>What would distinguish a revision that isn't made.</summary>
    /// <param name="agent">Whose.</param>
    /// <param name="from">The present one.</param>
    /// <param name="staged">The code of the other.</param>
    /// <param name="effective">What would hold for the agent.</param>
    /// <param name="secrets">As they would be stored.</param>
    /// <param name="cancellationToken">Ends the comparison.</param>
    public async Task<RevisionDifference> CompareAsync(
        Agent agent, AgentRevision from, IStagedCode staged, AgentSettings effective, string? secrets, CancellationToken cancellationToken)
    {
        var isCodeChanged = from.CodeDigest != staged.Facts.Digest;
        return new RevisionDifference(
            isCodeChanged,
            isCodeChanged ? await code.CompareAsync(ReferenceTo(agent), from.CodeRevision, staged, cancellationToken) : CodeDifference.None,
            CompareFields(from, effective, secrets));
    }

    private IReadOnlyList<FieldDifference> CompareFields(AgentRevision from, AgentSettings effective, string? secrets) => ConfigFields.Compare(
        from.EffectiveSettings, protector.ReadSecrets(from.ProtectedSecrets), effective, protector.ReadSecrets(secrets));

    private static AgentRef ReferenceTo(Agent agent) => new(agent.StackId!.Value, agent.Id);
}
