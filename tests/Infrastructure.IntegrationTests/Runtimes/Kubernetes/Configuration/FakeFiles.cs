using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Configuration;

/// <summary>Path → text; null: there, but not to be read.</summary>
internal sealed class FakeFiles : Dictionary<string, string?>, IKubeConfigFiles
{
    public string? ReadText(string path) =>
        TryGetValue(path, out var text) ? text ?? throw new UnauthorizedAccessException("hunter2") : null;
}
