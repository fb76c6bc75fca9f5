using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>What the client has to know of a kind of object. Objects hold no more than the fields that StackAgent uses.</summary>
internal interface IKubernetesResource<TSelf>
    where TSelf : class, IKubernetesResource<TSelf>
{
    static abstract ResourceKind Kind { get; }

    static abstract JsonTypeInfo<TSelf> JsonType { get; }

    static abstract JsonTypeInfo<ResourceList<TSelf>> ListJsonType { get; }

    ObjectMeta Metadata { get; }

    /// <summary>The same object under other metadata.</summary>
    TSelf With(ObjectMeta metadata);

    /// <summary>The same object with what the server gave out to <paramref name="present"/> and won't have changed.</summary>
    TSelf Keeping(TSelf present) => (TSelf)this;
}

/// <summary>Where objects of a kind are found.</summary>
/// <param name="ApiVersion">Group and version, such as <c>apps/v1</c>; the core group is only <c>v1</c>.</param>
/// <param name="Name">Singular, in capitals: <c>Deployment</c>.</param>
/// <param name="Plural">As in paths: <c>deployments</c>.</param>
/// <param name="IsNamespaced">False for kinds that belong to the whole cluster.</param>
internal sealed record ResourceKind(string ApiVersion, string Name, string Plural, bool IsNamespaced)
{
    private string Root => ApiVersion.Contains('/', StringComparison.Ordinal) ? $"apis/{ApiVersion}" : $"api/{ApiVersion}";

    /// <summary>Path, relative to the server's address, of all objects: of a namespace, or null for the whole cluster.</summary>
    public string CollectionPath(string? ns) =>
        IsNamespaced && ns is not null ? $"{Root}/namespaces/{Uri.EscapeDataString(ns)}/{Plural}" : $"{Root}/{Plural}";

    public string ObjectPath(string? ns, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (IsNamespaced)
            ArgumentException.ThrowIfNullOrEmpty(ns);
        return $"{CollectionPath(ns)}/{Uri.EscapeDataString(name)}";
    }
}

internal sealed record ObjectMeta
{
    public string Name { get; init; } = "";

    /// <summary>Null for kinds that belong to the cluster.</summary>
    public string? Namespace { get; init; }

    public string? Uid { get; init; }

    /// <summary>Opaque; another one means another state of the object.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Counts the changes of the specification.</summary>
    public long? Generation { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>Set once the object is to be deleted and only its finalizers are waited for.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    /// <summary>Read only: the server refuses to apply an object that has any.</summary>
    public IReadOnlyList<ManagedField>? ManagedFields { get; init; }
}

/// <summary>Which fields somebody has set.</summary>
internal sealed record ManagedField
{
    public string? Manager { get; init; }

    /// <summary><c>Apply</c> or <c>Update</c>.</summary>
    public string? Operation { get; init; }

    /// <summary><c>status</c>, for example; null for the object itself.</summary>
    public string? Subresource { get; init; }

    /// <summary>A tree of field names, each as <c>f:name</c>, <c>k:{key}</c> or <c>v:value</c>.</summary>
    public JsonElement? FieldsV1 { get; init; }
}

/// <summary>One page of a list.</summary>
internal sealed record ResourceList<T>
    where T : class
{
    public ListMeta Metadata { get; init; } = new();

    public IReadOnlyList<T> Items
    {
        get;
        init => field = value ?? [];
    } = [];
}

internal sealed record ListMeta
{
    /// <summary>From where to watch on.</summary>
    public string ResourceVersion { get; init; } = "";

    /// <summary>Token for the next page; null or empty on the last one.</summary>
    public string? Continue { get; init; }
}

internal enum WatchEventType
{
    Added,
    Modified,
    Deleted,

    /// <summary>Nothing happened; the object holds nothing but the resourceVersion up to which that is so.</summary>
    Bookmark,
}

internal readonly record struct WatchEvent<T>(WatchEventType Type, T Object);

/// <summary>The outcome of a server-side apply.</summary>
/// <param name="Object">As the server has it now.</param>
/// <param name="Created">Whether it wasn't there before.</param>
internal readonly record struct Applied<T>(T Object, bool Created);
