using Microsoft.Extensions.Logging;

namespace StackAgent.Infrastructure.Runtimes.Local;

/// <summary>
/// Held by the one server that acts on a platform folder. It is a lock of the kernel's on an open file, so it ends with the server,
/// however that ends.
/// </summary>
internal sealed class PlatformLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly FileStream _file;

    private PlatformLock(FileStream file) => _file = file;

    /// <summary>Waits for as long as another server holds the lock.</summary>
    public static async Task<PlatformLock> AcquireAsync(string basePath, ILogger logger, TimeProvider time, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(basePath);
        var path = Path.Combine(basePath, "local-runtime.lock");
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new PlatformLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException exception) when (exception is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
            {
                if (attempt == 0)
                    logger.LogInformation("Another server runs the agents in {BasePath}; this one stands by: {Reason}", basePath, exception.Message);
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    public void Dispose() => _file.Dispose();
}
