using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StackAgent.Infrastructure.CodeStorage.Zip;

/// <summary>
/// Reads the structure of a hostile ZIP and refuses whatever isn't plain. Every byte of the file must belong to exactly one header, entry,
/// descriptor or end record: overlapping entries (a bomb), prepended or hidden data and archives with two meanings all fail that one rule.
/// </summary>
internal sealed class ZipInspector(SafeFileHandle file, CodeStorageOptions options)
{
    /// <summary>Up to this size no ratio is a bomb: a short file of blanks may well shrink to a hundredth.</summary>
    private const long HarmlessSize = 1024 * 1024;

    private const ushort Stored = 0;
    private const ushort Deflated = 8;
    private const int TypeMask = 0xF000;
    private const int RegularType = 0x8000;
    private const int FolderType = 0x4000;
    private const int OwnerMayExecute = 0x40;

    // The litter of macOS doesn't count as entries, but it has to end somewhere: one for each entry, and a view for each folder.
    private readonly long _maxHeaders = 3L * options.MaxEntries;
    private readonly List<ZipEntry> _entries = [];
    private readonly List<Extent> _extents = [];
    private readonly PathTree _tree = new(options.MaxEntries);
    private long _unpacked;

    /// <summary>The files and folders to unpack, in the order of the archive, with a single top-level folder already taken off.</summary>
    public IReadOnlyList<ZipEntry> Inspect(CancellationToken cancellationToken)
    {
        var length = RandomAccess.GetLength(file);
        CheckStart(length);
        var end = ZipEnd.Find(file, length);
        if (end.EntryCount > _maxHeaders)
            throw TooManyEntries();

        using var central = new FileWindow(file, length, CentralHeader.FixedSize + (3 * ushort.MaxValue), readAhead: 64 * 1024);
        using var local = new FileWindow(file, length, LocalHeader.FixedSize + (2 * ushort.MaxValue), readAhead: 512);
        var offset = end.DirectoryOffset;
        var endOfDirectory = end.DirectoryOffset + end.DirectorySize;
        for (var i = 0L; i < end.EntryCount; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (offset >= endOfDirectory)
                throw Refusal.Damaged("it names more entries than it holds");
            var header = CentralHeader.Read(central, offset);
            Accept(header, local, end.DirectoryOffset);
            offset += header.Size;
        }

        if (offset != endOfDirectory)
            throw Refusal.Damaged("its central directory holds other entries than its end says");

        CheckExtents(local, end.DirectoryOffset);
        CheckRatio("The ZIP", _unpacked, length);
        if (_entries.TrueForAll(entry => entry.IsFolder))
            throw Refusal.Because("The ZIP holds no files.");

        return WithoutSingleRoot(_entries);
    }

    /// <summary>Refuses what isn't a ZIP by its first bytes.</summary>
    public static void CheckStart(ReadOnlySpan<byte> start)
    {
        const uint Empty = 0x06054b50;
        const uint Split = 0x08074b50;
        switch (start.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(start))
        {
            case LocalHeader.Signature:
                return;
            case Empty:
                throw Refusal.Because("The ZIP holds no files.");
            case Split:
                throw Refusal.Because("The ZIP is one part of a split archive; upload it as a single file.");
            default:
                throw Refusal.NotAZip();
        }
    }

    private void CheckStart(long length)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(4, length)];
        CheckStart(start[..RandomAccess.Read(file, start, 0)]);
    }

    private void Accept(in CentralHeader header, FileWindow local, long directoryOffset)
    {
        var path = EntryPath.Decode(header.Name, header.Extra, header.Flags.HasFlag(ZipFlags.Utf8));
        EntryPath.Check(path, options.MaxNameBytes);
        CheckKind(header, path);

        var data = LocalHeader.Check(local, header, path);
        if (header.PackedSize < 0 || header.PackedSize > directoryOffset - data)
            throw Refusal.Damaged($"the data of \"{Refusal.Quote(path)}\" doesn't fit into it");
        _extents.Add(new Extent(header.LocalOffset, data + header.PackedSize, header.Crc32, header.PackedSize, header.UnpackedSize));

        if (EntryPath.IsSystemLitter(path))
            return;
        if (_entries.Count == options.MaxEntries)
            throw TooManyEntries();

        var isFolder = path[^1] == '/';
        CheckSize(header, path, isFolder);
        path = isFolder ? path[..^1] : path;
        _tree.Add(path, isFolder);
        _entries.Add(new ZipEntry(
            path,
            isFolder,
            (header.UnixMode & OwnerMayExecute) != 0,
            header.Method == Deflated,
            header.Crc32,
            header.PackedSize,
            header.UnpackedSize,
            data));
    }

    private static void CheckKind(in CentralHeader header, string path)
    {
        if ((header.Flags & ZipFlags.AnyEncryption) != ZipFlags.None)
            throw Refusal.Entry(path, "is encrypted; upload the code without a password");
        if (header.Flags.HasFlag(ZipFlags.PatchData) || header.Method is not (Stored or Deflated))
            throw Refusal.Entry(path, $"is compressed with method {header.Method}; only stored (0) and deflated (8) are accepted");

        switch (header.UnixMode & TypeMask)
        {
            case 0 or RegularType:
            case FolderType when path.EndsWith('/'):
                return;
            case 0xA000:
                throw Refusal.Entry(path, "is a symbolic link; only files and folders are accepted");
            default:
                throw Refusal.Entry(path, "is a device or another special file; only files and folders are accepted");
        }
    }

    private void CheckSize(in CentralHeader header, string path, bool isFolder)
    {
        if (header.UnpackedSize < 0 || header.UnpackedSize > options.MaxUnpackedBytes - _unpacked)
            throw Refusal.Because($"The ZIP unpacks to more than {Refusal.Size(options.MaxUnpackedBytes)}.");
        if (header.Method == Stored && header.PackedSize != header.UnpackedSize)
            throw Refusal.Entry(path, "is stored with two different sizes");
        if (isFolder && header.UnpackedSize != 0)
            throw Refusal.Entry(path, "is a folder that holds data");

        _unpacked += header.UnpackedSize;
        CheckRatio($"The ZIP's entry \"{Refusal.Quote(path)}\"", header.UnpackedSize, header.PackedSize);
    }

    private void CheckRatio(string what, long unpacked, long packed)
    {
        if (unpacked > HarmlessSize && unpacked > packed * options.MaxRatio)
            throw Refusal.Because($"{what} unpacks to more than {options.MaxRatio} times its size, like a decompression bomb.");
    }

    private void CheckExtents(FileWindow window, long directoryOffset)
    {
        _extents.Sort((left, right) => left.Start.CompareTo(right.Start));
        var extents = CollectionsMarshal.AsSpan(_extents);
        if (extents.IsEmpty || extents[0].Start != 0)
            throw Refusal.Because("The ZIP holds data in front of its first entry.");

        for (var i = 0; i < extents.Length; i++)
        {
            var next = i + 1 < extents.Length ? extents[i + 1].Start : directoryOffset;
            var gap = next - extents[i].End;
            if (gap < 0)
                throw Refusal.Because("The ZIP's entries overlap, like a decompression bomb.");
            if (gap is 0)
                continue;
            if (gap > 24 || !LocalHeader.IsDescriptor(
                window.Read(extents[i].End, (int)gap), extents[i].Crc32, extents[i].PackedSize, extents[i].UnpackedSize))
            {
                throw Refusal.Because("The ZIP holds data between its entries that belongs to none of them.");
            }
        }
    }

    private static List<ZipEntry> WithoutSingleRoot(List<ZipEntry> entries)
    {
        var first = entries[0];
        var slash = first.Path.IndexOf('/');
        if (slash < 0 && !first.IsFolder)
            return entries;

        var root = slash < 0 ? first.Path : first.Path[..slash];
        var prefix = root + "/";
        if (!entries.TrueForAll(entry => entry.Path.StartsWith(prefix, StringComparison.Ordinal) || (entry.IsFolder && entry.Path == root)))
            return entries;

        return entries
            .Where(entry => entry.Path != root)
            .Select(entry => entry with { Path = entry.Path[prefix.Length..] })
            .ToList();
    }

    private Exception TooManyEntries() => Refusal.Because($"The ZIP holds more than {options.MaxEntries:N0} entries.");

    /// <summary>The bytes of the file that an entry takes, and what its data descriptor must say.</summary>
    private readonly record struct Extent(long Start, long End, uint Crc32, long PackedSize, long UnpackedSize);
}
