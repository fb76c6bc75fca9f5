namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;

/// <summary>This machine's files.</summary>
public sealed class DiskFiles : IKubeConfigFiles
{
    // The largest of kubeconfigs, of hundreds of clusters, stay well below it.
    private const int MaxBytes = 4 << 20;

    public string? ReadText(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.CanSeek && file.Length > MaxBytes)
                throw new IOException($"{path} is larger than {MaxBytes} bytes.");
            using var reader = new StreamReader(file);
            return reader.ReadToEnd();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
