using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes;

/// <summary>What a stack is in a cluster: a namespace with bounds for what is in it, kept apart from other stacks.</summary>
internal sealed class StackObjects(ObjectLabels labels, KubernetesOptions options)
{
    /// <summary>Of the quota, the default limits and the network policy: one each in a namespace.</summary>
    public const string Name = "stack";

    public const string PullSecretName = "agent-images";

    private const string PodSecurity = "pod-security.kubernetes.io/";

    public Namespace Namespace(Guid stackId)
    {
        var all = labels.Of(stackId);
        all[PodSecurity + "enforce"] = options.Stack.PodSecurity;
        // Everything but the code's mount keeps to it; what doesn't is worth finding in the cluster's audit log.
        all[PodSecurity + "audit"] = "restricted";
        return new Namespace { Metadata = new ObjectMeta { Name = Stack.NamespaceFor(stackId), Labels = all } };
    }

    /// <summary>Null: stacks have no quota.</summary>
    public ResourceQuota? Quota(Guid stackId) => options.Stack.Quota.Count == 0
        ? null
        : new ResourceQuota { Metadata = Meta(stackId, Name), Spec = new ResourceQuotaSpec { Hard = options.Stack.Quota } };

    /// <summary>Makes containers that name no limits (none of ours) count against the quota all the same.</summary>
    public LimitRange Limits(Guid stackId) => new()
    {
        Metadata = Meta(stackId, Name),
        Spec = new LimitRangeSpec
        {
            Limits =
            [
                new LimitRangeItem
                {
                    Type = "Container",
                    DefaultRequest = options.Resources.Requests,
                    Default = options.Resources.Limits,
                },
            ],
        },
    };

    /// <summary>
    /// Lets in the stack's own pods and namespaces that aren't stacks (the ingress controller's, say), and lets out everything but the
    /// blocked addresses. Null: stacks aren't isolated.
    /// </summary>
    public NetworkPolicy? Isolation(Guid stackId) => options.Stack.IsolateNetwork
        ? new NetworkPolicy
        {
            Metadata = Meta(stackId, Name),
            Spec = new NetworkPolicySpec
            {
                PodSelector = new LabelSelector(),
                PolicyTypes = ["Ingress", "Egress"],
                Ingress =
                [
                    new NetworkPolicyIngressRule
                    {
                        From = [new NetworkPolicyPeer { PodSelector = new LabelSelector() }, new NetworkPolicyPeer { NamespaceSelector = NotAStack }],
                    },
                ],
                Egress =
                [
                    new NetworkPolicyEgressRule
                    {
                        To =
                        [
                            new NetworkPolicyPeer { PodSelector = new LabelSelector() },
                            new NetworkPolicyPeer { NamespaceSelector = NotAStack },
                            Outside("0.0.0.0/0", isIPv6: false),
                            Outside("::/0", isIPv6: true),
                        ],
                    },
                ],
            },
        }
        : null;

    /// <summary>What nodes pull agents' image with.</summary>
    /// <param name="stackId">Whose namespace it is for.</param>
    /// <param name="dockerConfig">The text of Docker's <c>config.json</c>.</param>
    public Secret PullSecret(Guid stackId, byte[] dockerConfig) => new()
    {
        Metadata = Meta(stackId, PullSecretName),
        Type = "kubernetes.io/dockerconfigjson",
        Data = new Dictionary<string, string>(StringComparer.Ordinal) { [".dockerconfigjson"] = Convert.ToBase64String(dockerConfig) },
    };

    private static LabelSelector NotAStack { get; } = new()
    {
        MatchExpressions = [new LabelRequirement { Key = ObjectLabels.StackId, Operator = "DoesNotExist" }],
    };

    private NetworkPolicyPeer Outside(string cidr, bool isIPv6)
    {
        string[] blocked = [.. options.Stack.BlockedEgress.Where(block => block.Contains(':', StringComparison.Ordinal) == isIPv6)];
        return new NetworkPolicyPeer { IpBlock = new IpBlock { Cidr = cidr, Except = blocked.Length == 0 ? null : blocked } };
    }

    private ObjectMeta Meta(Guid stackId, string name) => new()
    {
        Name = name,
        Namespace = Stack.NamespaceFor(stackId),
        Labels = labels.Of(stackId),
    };
}
