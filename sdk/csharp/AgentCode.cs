using System.IO.Compression;

namespace StackAgent.Client;

/// <summary>An agent's code on its way to the server: a ZIP, which is streamed.</summary>
public sealed class AgentCode : IDisposable
{
    private AgentCode(Stream zip) => Zip = zip;

    internal Stream Zip { get; }

    /// <summary>A ZIP as it is read. Disposing this disposes the stream.</summary>
    public static AgentCode FromStream(Stream zip) => new(zip);

    /// <summary>A ZIP on disk.</summary>
    public static AgentCode FromFile(string path) => new(File.OpenRead(path));

    /// <summary>Packs a folder. The ZIP is made in the system's temporary folder and removed when this is disposed.</summary>
    /// <param name="folder">What is to be the root of the agent's code.</param>
    public static AgentCode FromFolder(string folder)
    {
        var zip = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 81920, FileOptions.DeleteOnClose);
        try
        {
            using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                    archive.CreateEntryFromFile(file, Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'));
            }

            zip.Position = 0;
            return new AgentCode(zip);
        }
        catch
        {
            zip.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Zip.Dispose();
}
