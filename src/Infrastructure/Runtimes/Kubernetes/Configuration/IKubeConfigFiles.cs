namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>The files that a kubeconfig is made of.</summary>
public interface IKubeConfigFiles
{
    /// <summary>The whole text; null when there is no such file.</summary>
    /// <exception cref="IOException">It can't be read, or is too large to be what it should be.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it, or it is a folder.</exception>
    string? ReadText(string path);
}
