using System.Net;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

namespace StackAgent.Infrastructure.Checkups;

/// <summary>The cluster that runs agents, asked only for what anybody or StackAgent's own account may ask.</summary>
internal sealed class ClusterCheckup(ClusterConnection connection, KubernetesOptions options, string? leaseNamespace, TimeProvider time) : ICheckup
{
    private const string What = "cluster";
    private const string Rights = "Have an administrator apply deploy/base/rbac.yaml, and use the account that it makes.";
    private const string DefaultClass = "ingressclass.kubernetes.io/is-default-class";
    private const int OldestMinor = 20;

    public string Area => What;

    public async Task ExamineAsync(Findings findings, CancellationToken cancellationToken)
    {
        using var http = new KubernetesHttp(connection, time);
        var client = new KubernetesClient(http.Client, time);
        try
        {
            await ExamineVersionAsync(findings, client, cancellationToken);
            await ExamineRightsAsync(findings, client, cancellationToken);
            await ExamineLeaseAsync(findings, client, cancellationToken);
            await ExamineIngressClassAsync(findings, client, cancellationToken);
        }
        catch (Exception exception) when (Faults.IsClusterFault(exception))
        {
            findings.Fault(What, $"{connection.Description}: {Faults.Translate(exception, "ask the cluster").Message}", "Correct K8S_CONFIG_PATH, KUBECONFIG or K8S_CONTEXT, or mend the cluster.");
        }

        ExamineImages(findings);
    }

    private async Task ExamineVersionAsync(Findings findings, KubernetesClient client, CancellationToken cancellationToken)
    {
        var version = await client.GetVersionAsync(cancellationToken);
        if (version.IsBefore(1, OldestMinor))
            findings.Fault(What, $"{connection.Description} is Kubernetes {version.GitVersion}", $"Upgrade it to 1.{OldestMinor} or later.");
        else
            findings.Ok(What, $"Kubernetes {version.GitVersion}, {connection.Description}");
    }

    private async Task ExamineRightsAsync(Findings findings, KubernetesClient client, CancellationToken cancellationToken)
    {
        IReadOnlyList<ClusterRight> rights = options.Fetch is null ? ClusterRights.Everywhere : [.. ClusterRights.Everywhere, ClusterRights.Fetching];
        foreach (var right in rights)
            await ExamineRightAsync(findings, client, right, ns: null, cancellationToken);
        if (leaseNamespace is not null)
            await ExamineRightAsync(findings, client, ClusterRights.Leading, leaseNamespace, cancellationToken);
        if (await client.MayAsync(new ResourceAttributes { Group = "*", Resource = "*", Verb = "*" }, cancellationToken))
        {
            findings.Warn(
                "cluster rights", "the account may do anything in the cluster", "Fine for trying out. Else use the account of deploy/base/rbac.yaml, which may do what is needed.");
        }
    }

    private static async Task ExamineRightAsync(Findings findings, KubernetesClient client, ClusterRight right, string? ns, CancellationToken cancellationToken)
    {
        var parts = right.Resource.Split('/');
        var answers = await Task.WhenAll(right.Verbs.Select(async verb => (Verb: verb, IsAllowed: await client.MayAsync(
            new ResourceAttributes { Namespace = ns, Group = right.Group, Resource = parts[0], Subresource = parts.ElementAtOrDefault(1), Verb = verb }, cancellationToken))));
        var missing = answers.Where(answer => !answer.IsAllowed).Select(answer => answer.Verb).ToList();
        var what = $"right on {right.Resource}{(ns is null ? "" : $" in {ns}")}";
        if (missing.Count == 0)
            findings.Ok(what, string.Join(", ", right.Verbs));
        else
            findings.Fault(what, $"the account may not {string.Join(", ", missing)}", Rights);
    }

    private async Task ExamineLeaseAsync(Findings findings, KubernetesClient client, CancellationToken cancellationToken)
    {
        if (leaseNamespace is null)
            return;

        const string Lease = "leader's namespace";
        try
        {
            if (await client.GetAsync<Namespace>(ns: null, leaseNamespace, cancellationToken) is null)
                findings.Fault(Lease, $"there is no namespace {leaseNamespace}", "Correct LEADER_NAMESPACE, or make the namespace: without it no server leads.");
            else
                findings.Ok(Lease, leaseNamespace);
        }
        catch (KubernetesApiException exception) when (exception.Status == HttpStatusCode.Forbidden)
        {
            findings.Warn(Lease, $"whether {leaseNamespace} exists may not be looked up", Rights);
        }
    }

    private async Task ExamineIngressClassAsync(Findings findings, KubernetesClient client, CancellationToken cancellationToken)
    {
        const string Ingress = "ingress class";
        if (options.Ingress.Host is null)
        {
            findings.Ok(Ingress, "not used: INGRESS_HOST isn't set, so the server forwards to agents itself");
            return;
        }

        try
        {
            var classes = (await client.ListAsync<IngressClass>(labelSelector: "", limit: 500, continueToken: null, cancellationToken)).Items;
            var names = classes.Count == 0 ? "the cluster has none" : $"the cluster has {string.Join(", ", classes.Select(item => item.Metadata.Name))}";
            if (options.Ingress.ClassName is { } wanted)
            {
                if (classes.Any(item => item.Metadata.Name == wanted))
                    findings.Ok(Ingress, wanted);
                else
                    findings.Fault(Ingress, $"there is no IngressClass {wanted}; {names}", "Correct INGRESS_CLASS, or install that ingress controller.");
            }
            else if (classes.FirstOrDefault(item => item.Metadata.Annotations?.GetValueOrDefault(DefaultClass) == "true") is { } standard)
            {
                findings.Ok(Ingress, $"{standard.Metadata.Name}, the cluster's default");
            }
            else
            {
                findings.Warn(Ingress, $"INGRESS_CLASS isn't set and the cluster has no default; {names}", "Set INGRESS_CLASS: an Ingress without a class may be nobody's.");
            }
        }
        catch (KubernetesApiException exception) when (exception.Status == HttpStatusCode.Forbidden)
        {
            findings.Ok(Ingress, $"{options.Ingress.ClassName ?? "the cluster's default"}; the account may not look whether there is one, and needn't");
        }
    }

    private void ExamineImages(Findings findings)
    {
        ExamineImage(findings, "AGENT_IMAGE", options.Image);
        if (options.Fetch is { } fetch)
            ExamineImage(findings, "CODE_FETCH_IMAGE", fetch.Image);
    }

    private static void ExamineImage(Findings findings, string variable, string image)
    {
        // A registry's port comes before a slash, a tag behind the last one.
        var name = image[(image.LastIndexOf('/') + 1)..];
        var isFixed = image.Contains('@', StringComparison.Ordinal) || (name.Contains(':', StringComparison.Ordinal) && !name.EndsWith(":latest", StringComparison.Ordinal));
        if (isFixed)
            findings.Ok(variable, image);
        else
            findings.Warn(variable, $"{image} has no tag of its own", "Name a version: latest is pulled at each start, and nobody can say what ran yesterday.");
    }
}
