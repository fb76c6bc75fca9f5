using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>Finds out what distinguishes two revisions of an agent.</summary>
internal sealed class RevisionComparison(ICodeComparison code, ISecretProtector protector)
{
    public async Task<RevisionDifference> CompareAsync(AgentRef agent, AgentRevision from, AgentRevision to, CancellationToken cancellationToken)
    {
        var isCodeChanged = from.CodeDigest != to.CodeDigest;
        return new RevisionDifference(
            isCodeChanged,
            isCodeChanged ? await code.CompareAsync(agent, from.CodeRevision, to.CodeRevision, cancellationToken) : CodeDifference.None,
            ConfigFields.Compare(
                from.EffectiveSettings,
                protector.ReadSecrets(from.ProtectedSecrets),
                to.EffectiveSettings,
                protector.ReadSecrets(to.ProtectedSecrets)));
    }
}
