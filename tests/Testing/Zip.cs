using System.IO.Compression;
using System.Text;

namespace StackAgent.Testing;

/// <summary>Small ZIP files for uploads.</summary>
public static class Zip
{
    /// <summary>A ZIP with the given text files.</summary>
    public static byte[] Of(params (string Path, string Text)[] files)
    {
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, text) in files)
            {
                using var entry = archive.CreateEntry(path).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return buffer.ToArray();
    }

    /// <summary>A ZIP with the files of a folder.</summary>
    public static byte[] OfFolder(string folder)
    {
        using var buffer = new MemoryStream();
        ZipFile.CreateFromDirectory(folder, buffer);
        return buffer.ToArray();
    }
}
