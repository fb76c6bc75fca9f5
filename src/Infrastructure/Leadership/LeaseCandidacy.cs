using System.Globalization;
using System.Net;
using StackAgent.Application.Common;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Leadership;

/// <summary>
/// The leader writes its name and a new time into a Lease every few seconds. Machines' clocks needn't agree: a standby counts from when it saw the Lease change,
/// by its own clock, and every write names the version that it replaces, so that of several that take over at once one succeeds.
/// </summary>
internal sealed class LeaseCandidacy(
    KubernetesClient client, string ns, IInstallation installation, string identity, LeadershipPace pace, TimeProvider time) : ICandidacy
{
    private string? _name;
    private string? _seenVersion;
    private Moment _seenAt;

    public string Description => $"the Lease {_name ?? "stackagent"} in the namespace {ns}";

    public async Task<Attempt> TryAsync(CancellationToken cancellationToken)
    {
        var id = await installation.GetIdAsync(cancellationToken);
        var name = _name ??= $"stackagent-{id}";
        if (await client.GetAsync<Lease>(ns, name, cancellationToken) is not { } found)
            return await WriteAsync(client.CreateAsync, First(name, id), cancellationToken);

        if (found.Metadata.ResourceVersion != _seenVersion)
        {
            _seenVersion = found.Metadata.ResourceVersion;
            _seenAt = Moment.Now(time);
        }

        var holder = found.Spec.HolderIdentity;
        var isTaken = holder is { Length: > 0 } && holder != identity && _seenAt.Elapsed(time) < DurationOf(found);
        return isTaken ? new Attempt(Tenure: null, holder) : await WriteAsync(client.ReplaceAsync, Claim(found), cancellationToken);
    }

    /// <summary>Whoever holds it decides how long; a time that makes no sense is our own.</summary>
    private TimeSpan DurationOf(Lease lease) => lease.Spec.LeaseDurationSeconds is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : pace.Duration;

    private async Task<Attempt> WriteAsync(Func<Lease, CancellationToken, Task<Lease>> write, Lease lease, CancellationToken cancellationToken)
    {
        try
        {
            return new Attempt(new Tenure(client, this, identity, await write(lease, cancellationToken)), Holder: null);
        }
        catch (KubernetesApiException exception) when (exception.Status == HttpStatusCode.Conflict)
        {
            // Another one was faster.
            return new Attempt(Tenure: null, Holder: null);
        }
    }

    private Lease First(string name, Guid id) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = ns,
            Labels = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["app.kubernetes.io/managed-by"] = "stackagent",
                ["app.kubernetes.io/instance"] = $"{id}",
            },
        },
        Spec = Held(acquired: Now(), transitions: 0),
    };

    private Lease Claim(Lease found) => found with
    {
        Metadata = found.Metadata with { ManagedFields = null },
        Spec = found.Spec.HolderIdentity == identity
            ? Held(found.Spec.AcquireTime ?? Now(), found.Spec.LeaseTransitions ?? 0)
            : Held(Now(), (found.Spec.LeaseTransitions ?? 0) + 1),
    };

    private LeaseSpec Held(string acquired, int transitions) => new()
    {
        HolderIdentity = identity,
        LeaseDurationSeconds = Math.Max(1, (int)Math.Ceiling(pace.Duration.TotalSeconds)),
        AcquireTime = acquired,
        RenewTime = Now(),
        LeaseTransitions = transitions,
    };

    /// <summary>Kubernetes wants exactly six digits of the second. Only for people: nobody compares it with another machine's.</summary>
    private string Now() => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private sealed class Tenure(KubernetesClient client, LeaseCandidacy candidacy, string identity, Lease lease) : ITenure
    {
        private Lease _lease = lease;

        public async Task<bool> RenewAsync(CancellationToken cancellationToken)
        {
            try
            {
                _lease = await client.ReplaceAsync(candidacy.Claim(_lease), cancellationToken);
                return true;
            }
            catch (KubernetesApiException exception) when (exception.Status == HttpStatusCode.NotFound)
            {
                return false;
            }
            catch (KubernetesApiException exception) when (exception.Status == HttpStatusCode.Conflict)
            {
                // Perhaps only by a write of our own whose answer was lost.
                if (await FindOwnAsync(cancellationToken) is not { } own)
                    return false;

                _lease = await client.ReplaceAsync(candidacy.Claim(own), cancellationToken);
                return true;
            }
        }

        /// <summary>A Lease without a holder is anybody's at once.</summary>
        public async Task ReleaseAsync(CancellationToken cancellationToken)
        {
            if (await FindOwnAsync(cancellationToken) is { } own)
                await client.ReplaceAsync(own with { Spec = own.Spec with { HolderIdentity = "", RenewTime = candidacy.Now() } }, cancellationToken);
        }

        private async Task<Lease?> FindOwnAsync(CancellationToken cancellationToken) =>
            await client.GetAsync<Lease>(_lease.Metadata.Namespace, _lease.Metadata.Name, cancellationToken) is { } found && found.Spec.HolderIdentity == identity
                ? found with { Metadata = found.Metadata with { ManagedFields = null } }
                : null;
    }
}
