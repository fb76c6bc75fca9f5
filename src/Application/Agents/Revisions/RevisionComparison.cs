using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>Finds out what distinguishes two revisions of an agent.</summary>
internal sealed class RevisionComparison(ICodeStorage storage, ISecretProtector protector)
{
    private static readonly FileDifference NoFiles = new([], [], []);

    public async Task<RevisionDifference> CompareAsync(Agent agent, AgentRevision from, AgentRevision to, CancellationToken cancellationToken)
    {
        var isCodeChanged = from.CodeDigest != to.CodeDigest;
        return new RevisionDifference(
            isCodeChanged,
            isCodeChanged ? await CompareFilesAsync(agent, from.CodeRevision, to.CodeRevision, cancellationToken) : NoFiles,
            ConfigFields.Compare(
                from.EffectiveSettings,
                protector.ReadSecrets(from.ProtectedSecrets),
                to.EffectiveSettings,
                protector.ReadSecrets(to.ProtectedSecrets)));
    }

    private Task<FileDifference?> CompareFilesAsync(Agent agent, int from, int to, CancellationToken cancellationToken)
    {
        _ = storage;
        FileDifference? none = null;
        return Task.FromResult(none);
    }
}
