using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>
/// Brings single objects to what they should be, and sees whether somebody else has had a hand in them. What was applied is marked with its
/// digest, so that an object which is as it should be costs no request, not even after a restart.
/// </summary>
internal sealed class ObjectWriter(KubernetesClient client)
{
    /// <summary>On every object; the digest of what was applied.</summary>
    public const string AppliedAnnotation = "stackagent.io/applied";

    /// <summary>
    /// Whether the object is being removed or somebody else has had a hand in it. Kubernetes before 1.22 doesn't note who scales a Deployment,
    /// so that one's number is compared with what was asked for.
    /// </summary>
    public static bool IsDisturbed<T>(T found)
        where T : class, IKubernetesResource<T> =>
        found.Metadata.DeletionTimestamp is not null
        || HasForeignHand(found.Metadata)
        || (found is Deployment deployment && deployment.Spec.Replicas != WantedReplicas(deployment));

    private static int? WantedReplicas(Deployment deployment) =>
        int.TryParse(deployment.Metadata.Annotations?.GetValueOrDefault(AgentObjects.ReplicasAnnotation), CultureInfo.InvariantCulture, out var wanted) ? wanted : null;

    /// <summary>Whether somebody else owns a part of what is ours: anything of the specification, or one of our labels.</summary>
    private static bool HasForeignHand(ObjectMeta meta) =>
        meta.ManagedFields?.Any(field => field.Manager != KubernetesClient.FieldManager && (OwnsSpec(field) || OwnsOurLabel(field))) == true;

    /// <summary>Makes the object so, unless <paramref name="present"/>, the object as it was last seen, shows that it already is. True when it was written.</summary>
    public async Task<bool> EnsureAsync<T>(T desired, T? present, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        var digest = Digest(desired);
        if (present is not null && present.Metadata.Annotations?.GetValueOrDefault(AppliedAnnotation) == digest && !IsDisturbed(present))
            return false;

        var marked = desired.With(desired.Metadata with
        {
            Annotations = new Dictionary<string, string>(desired.Metadata.Annotations ?? new Dictionary<string, string>(StringComparer.Ordinal), StringComparer.Ordinal)
            {
                [AppliedAnnotation] = digest,
            },
        });
        var written = await ApplyAsync(marked, present, cancellationToken);
        if (written.Metadata.DeletionTimestamp is not null)
            throw Faults.BeingRemoved(T.Kind);

        // Applying takes back what is ours, but leaves what somebody added beside it: another port, another container.
        if (OwnsSpecBesideUs(written.Metadata))
            await client.ReplaceSpecAsync(marked.Keeping(written), cancellationToken);
        return true;
    }

    /// <summary>What an object bears that was applied so.</summary>
    public static string Digest<T>(T desired)
        where T : class, IKubernetesResource<T> => Convert.ToHexStringLower(SHA256.HashData(KubernetesJson.Body(desired)));

    private static bool OwnsSpecBesideUs(ObjectMeta meta) =>
        meta.ManagedFields?.Any(field => field.Manager != KubernetesClient.FieldManager && OwnsSpec(field)) == true;

    private static bool OwnsSpec(ManagedField field) =>
        field.Subresource is not "status" && field.FieldsV1 is { ValueKind: JsonValueKind.Object } fields && fields.TryGetProperty("f:spec", out _);

    private static bool OwnsOurLabel(ManagedField field) =>
        field.FieldsV1 is { ValueKind: JsonValueKind.Object } fields
        && fields.TryGetProperty("f:metadata", out var metadata)
        && metadata.TryGetProperty("f:labels", out var owned)
        && ObjectLabels.OwnKeys.Any(key => owned.TryGetProperty($"f:{key}", out _));

    private async Task<T> ApplyAsync<T>(T desired, T? present, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        try
        {
            return (await client.ApplyAsync(desired, cancellationToken)).Object;
        }
        catch (KubernetesApiException fault) when (fault.Status == HttpStatusCode.UnprocessableEntity && present is not null)
        {
            // What somebody added, or the server filled in, can contradict what is to be put in its place (two ports of one name, two kinds of probe).
            // What is wrong in itself is refused again, with the same sentence.
            await client.ReplaceSpecAsync(desired.Keeping(present), cancellationToken);
            return (await client.ApplyAsync(desired, cancellationToken)).Object;
        }
    }
}
