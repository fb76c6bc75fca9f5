namespace StackAgent.Infrastructure.Checkups;

/// <summary>Rights on one kind of object.</summary>
/// <param name="Group">Of the API; the core group is empty.</param>
/// <param name="Resource">As in a role: the plural, with a subresource behind a slash.</param>
/// <param name="Verbs">What may be done.</param>
internal sealed record ClusterRight(string Group, string Resource, IReadOnlyList<string> Verbs);

/// <summary>What StackAgent may have to do in a cluster, as <c>deploy/base/rbac.yaml</c> grants it; a test compares the two.</summary>
internal static class ClusterRights
{
    /// <summary>In every namespace.</summary>
    public static IReadOnlyList<ClusterRight> Everywhere { get; } =
    [
        new("", "namespaces", ["get", "list", "watch", "create", "patch", "delete"]),
        new("", "services", ["list", "watch", "create", "patch", "delete"]),
        new("", "secrets", ["create", "patch", "deletecollection"]),
        new("", "resourcequotas", ["create", "patch", "delete"]),
        new("", "limitranges", ["create", "patch"]),
        new("", "pods", ["list", "watch"]),
        new("", "pods/log", ["get"]),
        new("", "events", ["list"]),
        new("apps", "deployments", ["list", "watch", "create", "patch", "delete"]),
        new("networking.k8s.io", "ingresses", ["list", "watch", "create", "patch", "delete"]),
        new("networking.k8s.io", "networkpolicies", ["create", "patch", "delete"]),
    ];

    /// <summary>Only where pods fetch their code.</summary>
    public static ClusterRight Fetching { get; } = new("authentication.k8s.io", "tokenreviews", ["create"]);

    /// <summary>In the namespace where servers choose their leader.</summary>
    public static ClusterRight Leading { get; } = new("coordination.k8s.io", "leases", ["get", "create", "update"]);
}
