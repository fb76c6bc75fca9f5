using System.IO.Compression;
using System.Text;
using StackAgent.Infrastructure.CodeStorage.Zip;

namespace StackAgent.Infrastructure.IntegrationTests.CodeStorage;

/// <summary>Writes ZIPs byte by byte, the ones that no decent packer would write included.</summary>
internal sealed class ZipCrafter
{
    private readonly List<CraftedEntry> _entries = [];

    public byte[] Prefix { get; init; } = [];

    public byte[] BeforeDirectory { get; init; } = [];

    public byte[] Comment { get; init; } = [];

    public byte[] Trailer { get; init; } = [];

    public bool Zip64 { get; init; }

    /// <summary>The count in the end record, when it isn't the true one.</summary>
    public long? EntryCount { get; init; }

    /// <summary>Added to the directory's offset in the end record.</summary>
    public int DirectoryShift { get; init; }

    public static byte[] Of(params string[] names)
    {
        var crafter = new ZipCrafter();
        foreach (var name in names)
            crafter.Add(name, name.EndsWith('/') ? "" : "text");
        return crafter.Build();
    }

    public ZipCrafter Add(string name, string content = "text", Action<CraftedEntry>? change = null) =>
        Add(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(content), change);

    public ZipCrafter Add(byte[] name, byte[] content, Action<CraftedEntry>? change = null)
    {
        var entry = new CraftedEntry(name, content);
        change?.Invoke(entry);
        _entries.Add(entry);
        return this;
    }

    public byte[] Build()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Prefix);
        foreach (var entry in _entries)
        {
            entry.Offset = entry.ClaimedOffset ?? stream.Position;
            if (entry.ClaimedOffset is null)
                WriteLocal(writer, entry);
        }

        writer.Write(BeforeDirectory);
        var directory = stream.Position;
        foreach (var entry in _entries)
            WriteCentral(writer, entry);
        WriteEnd(writer, directory, stream.Position - directory);
        return stream.ToArray();
    }

    public static byte[] Deflate(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal))
            deflate.Write(content);
        return packed.ToArray();
    }

    private static void WriteLocal(BinaryWriter writer, CraftedEntry entry)
    {
        var name = entry.LocalName ?? entry.Name;
        writer.Write(0x04034b50u);
        writer.Write((ushort)20);
        writer.Write(entry.LocalFlags ?? entry.Flags);
        writer.Write(entry.LocalMethod ?? entry.Method);
        writer.Write(0x5A210000u);
        writer.Write(entry.LocalCrc ?? entry.Crc);
        writer.Write((uint)(entry.LocalPackedSize ?? entry.PackedSize));
        writer.Write((uint)(entry.LocalUnpackedSize ?? entry.UnpackedSize));
        writer.Write((ushort)name.Length);
        writer.Write((ushort)entry.LocalExtra.Length);
        writer.Write(name);
        writer.Write(entry.LocalExtra);
        writer.Write(entry.Data);
        writer.Write(entry.Descriptor);
    }

    private static void WriteCentral(BinaryWriter writer, CraftedEntry entry)
    {
        writer.Write(0x02014b50u);
        writer.Write((ushort)((3 << 8) | 20));
        writer.Write((ushort)20);
        writer.Write(entry.Flags);
        writer.Write(entry.Method);
        writer.Write(0x5A210000u);
        writer.Write(entry.Crc);
        writer.Write((uint)entry.PackedSize);
        writer.Write((uint)entry.UnpackedSize);
        writer.Write((ushort)entry.Name.Length);
        writer.Write((ushort)entry.Extra.Length);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write((uint)entry.UnixMode << 16);
        writer.Write((uint)entry.Offset);
        writer.Write(entry.Name);
        writer.Write(entry.Extra);
    }

    private void WriteEnd(BinaryWriter writer, long offset, long size)
    {
        var count = EntryCount ?? _entries.Count;
        offset += DirectoryShift;
        if (Zip64)
        {
            var end = writer.BaseStream.Position;
            writer.Write(0x06064b50u);
            writer.Write(44L);
            writer.Write((ushort)45);
            writer.Write((ushort)45);
            writer.Write(0L);
            writer.Write(count);
            writer.Write(count);
            writer.Write(size);
            writer.Write(offset);
            writer.Write(0x07064b50u);
            writer.Write(0u);
            writer.Write(end);
            writer.Write(1u);
        }

        writer.Write(0x06054b50u);
        writer.Write(0u);
        writer.Write(Zip64 ? ushort.MaxValue : (ushort)count);
        writer.Write(Zip64 ? ushort.MaxValue : (ushort)count);
        writer.Write(Zip64 ? uint.MaxValue : (uint)size);
        writer.Write(Zip64 ? uint.MaxValue : (uint)offset);
        writer.Write((ushort)Comment.Length);
        writer.Write(Comment);
        writer.Write(Trailer);
    }
}

/// <summary>One entry as it will be written; true and consistent until a test changes it.</summary>
internal sealed class CraftedEntry(byte[] name, byte[] content)
{
    public byte[] Name { get; set; } = name;

    public byte[]? LocalName { get; set; }

    public byte[] Data { get; set; } = content;

    public byte[] Descriptor { get; set; } = [];

    public byte[] Extra { get; set; } = [];

    public byte[] LocalExtra { get; set; } = [];

    public ushort Flags { get; set; } = 1 << 11;

    public ushort? LocalFlags { get; set; }

    public ushort Method { get; set; }

    public ushort? LocalMethod { get; set; }

    public uint Crc { get; set; } = Crc32.Of(content);

    public uint? LocalCrc { get; set; }

    public long PackedSize { get; set; } = content.Length;

    public long? LocalPackedSize { get; set; }

    public long UnpackedSize { get; set; } = content.Length;

    public long? LocalUnpackedSize { get; set; }

    public ushort UnixMode { get; set; } = 0x81A4;

    /// <summary>Set to point at another entry's header instead of writing one of its own.</summary>
    public long? ClaimedOffset { get; set; }

    public long Offset { get; set; }

    public void Deflate()
    {
        Method = 8;
        Data = ZipCrafter.Deflate(Data);
        PackedSize = Data.Length;
    }
}
