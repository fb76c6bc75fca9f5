using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Common.Storage;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Deployment;

/// <summary>Makes the specification that a runtime gets of an agent.</summary>
internal sealed class AgentSpecs(
    IApplicationDbContext db, ICodeStorage storage, ICodeFolders folders, IAgentKeys keys, ISecretProtector protector, AgentUrls urls)
{
    /// <summary>The code isn't where it should be. It may come back: the folder may be another machine's.</summary>
    public static readonly AgentObservation CodeMissing = AgentObservation.Failed(
        nameof(CodeMissing), "The agent's code is not on this server's disk. Upload it again.");

    private static readonly AgentObservation SecretsUnreadable = AgentObservation.Failed(
        nameof(SecretsUnreadable),
        "The agent's secrets can't be read: they were stored under another SECRET_KEY. Start this server with that one, or set the secrets anew.")
        with
    {
        IsLasting = true,
    };

    /// <summary>
    /// The specification of the agent's wanted revision, or why there can't be one. Of a stopped agent there always is: nothing of it has to run.
    /// </summary>
    public async Task<(AgentSpec? Spec, AgentObservation? Fault)> BuildAsync(Agent agent, AgentRef reference, CancellationToken cancellationToken)
    {
        var isStopped = agent.Status == AgentStatus.Stopped;
        var revision = await db.AgentRevisions.AsNoTracking()
            .SingleOrDefaultAsync(revision => revision.AgentId == agent.Id && revision.Number == agent.Revision, cancellationToken);
        var codeRevision = revision?.CodeRevision ?? agent.Revision;
        if (!isStopped && (revision is null || !storage.Exists(reference.StackId, reference.AgentId, codeRevision)))
            return (null, CodeMissing with { Rollout = agent.Rollout });

        var secrets = protector.ReadSecrets(revision?.ProtectedSecrets);
        if (!isStopped && secrets is null)
            return (null, SecretsUnreadable with { Rollout = agent.Rollout });

        // The server's own come last: no setting takes their place.
        var settings = revision?.EffectiveSettings ?? AgentSettings.None;
        var environment = new Dictionary<string, string>(settings.Environment ?? AgentSecrets.None, StringComparer.Ordinal);
        foreach (var (name, value) in secrets ?? AgentSecrets.None)
            environment[name] = value;
        environment["STACKAGENT_URL"] = urls.ServerForAgents;
        environment["STACKAGENT_STACK_ID"] = reference.StackId.ToString();
        environment["STACKAGENT_AGENT_ID"] = agent.Id.ToString();
        environment["STACKAGENT_API_KEY"] = await keys.IssueAsync(agent.OwnerId, agent.Id, cancellationToken);
        environment["STACKAGENT_ROOT_PATH"] = AgentUrls.RootPath(reference.StackId, agent.Id);
        environment["STACKAGENT_REVISION"] = agent.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var spec = new AgentSpec(reference, agent.Revision, folders.CodePath(reference.StackId, agent.Id, codeRevision), environment)
        {
            Code = new AgentCode(codeRevision, revision?.CodeDigest ?? ""),
            Rollout = agent.Rollout,
            Restarts = agent.Restarts,
            IsStopped = isStopped,
            Settings = settings,
        };
        return (spec, null);
    }
}
