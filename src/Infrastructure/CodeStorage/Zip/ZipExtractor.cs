using System.Buffers;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace StackAgent.Infrastructure.CodeStorage.Zip;

/// <summary>Unpacks inspected entries into a new folder. Believes none of their sizes and checksums: it counts and computes.</summary>
internal sealed class ZipExtractor(SafeFileHandle zip, string target)
{
    private const int BufferSize = 128 * 1024;

    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);

    public void Extract(IReadOnlyList<ZipEntry> entries, CancellationToken cancellationToken)
    {
        Disk.CreateFolder(target);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            foreach (var entry in entries)
            {
                if (entry.IsFolder)
                {
                    EnsureFolder(entry.Path);
                    continue;
                }

                EnsureFolder(Path.GetDirectoryName(entry.Path)!);
                ExtractFile(entry, buffer, cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ExtractFile(ZipEntry entry, byte[] buffer, CancellationToken cancellationToken)
    {
        using var file = Disk.CreateFile(Path.Combine(target, entry.Path), entry.IsExecutable);
        using var packed = new FileSlice(zip, entry.DataOffset, entry.PackedSize);
        using Stream unpacked = entry.IsDeflated ? new DeflateStream(packed, CompressionMode.Decompress) : packed;
        var crc = default(Crc32);
        var written = 0L;
        try
        {
            while (unpacked.Read(buffer) is var count and > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (count > entry.UnpackedSize - written)
                    throw Refusal.Entry(entry.Path, "is larger than the ZIP says");

                RandomAccess.Write(file, buffer.AsSpan(0, count), written);
                crc.Append(buffer.AsSpan(0, count));
                written += count;
            }
        }
        catch (InvalidDataException)
        {
            throw Refusal.Damaged($"the data of \"{Refusal.Quote(entry.Path)}\" can't be unpacked");
        }

        if (written != entry.UnpackedSize)
            throw Refusal.Entry(entry.Path, "is smaller than the ZIP says");
        if (crc.Value != entry.Crc32)
            throw Refusal.Damaged($"the checksum of \"{Refusal.Quote(entry.Path)}\" is wrong");
    }

    private void EnsureFolder(string path)
    {
        if (path.Length == 0 || !_folders.Add(path))
            return;

        EnsureFolder(Path.GetDirectoryName(path)!);
        Disk.CreateFolder(Path.Combine(target, path));
    }
}
