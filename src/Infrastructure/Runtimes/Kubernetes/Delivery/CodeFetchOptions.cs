namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;

/// <summary>How pods get their code when their nodes don't share this server's disk: they fetch it from a server.</summary>
/// <param name="Image">StackAgent's own image, which knows how to fetch.</param>
/// <param name="Server">Where pods reach a server, without a trailing slash.</param>
public sealed record CodeFetchOptions(string Image, Uri Server)
{
    /// <summary>What the code may take on a node, in bytes: unpacked and, meanwhile, packed.</summary>
    public long VolumeBytes { get; init; } = 1280L << 20;
}
