using System.Buffers.Binary;

namespace StackAgent.Infrastructure.CodeStorage.Zip;

/// <summary>One header of the central directory (APPNOTE 4.3.12) with its ZIP64 values put in.</summary>
internal readonly ref struct CentralHeader
{
    public const int FixedSize = 46;
    private const uint Signature = 0x02014b50;

    private CentralHeader(ReadOnlySpan<byte> header)
    {
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[30..]);
        Flags = (ZipFlags)BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
        Method = BinaryPrimitives.ReadUInt16LittleEndian(header[10..]);
        Crc32 = BinaryPrimitives.ReadUInt32LittleEndian(header[16..]);
        UnixMode = BinaryPrimitives.ReadUInt16LittleEndian(header[40..]);
        Name = header.Slice(FixedSize, nameLength);
        Extra = header.Slice(FixedSize + nameLength, extraLength);
        (UnpackedSize, PackedSize, LocalOffset) = ExtraField.Widen(
            Extra,
            BinaryPrimitives.ReadUInt32LittleEndian(header[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(header[20..]),
            BinaryPrimitives.ReadUInt32LittleEndian(header[42..]));
        Size = header.Length;
    }

    public ZipFlags Flags { get; }

    public ushort Method { get; }

    public uint Crc32 { get; }

    public long PackedSize { get; }

    public long UnpackedSize { get; }

    public long LocalOffset { get; }

    /// <summary>The upper half of the external attributes: a Unix <c>st_mode</c>, or 0 from packers that don't know it.</summary>
    public ushort UnixMode { get; }

    public ReadOnlySpan<byte> Name { get; }

    public ReadOnlySpan<byte> Extra { get; }

    /// <summary>The bytes that this header takes.</summary>
    public int Size { get; }

    public static CentralHeader Read(FileWindow window, long offset)
    {
        var header = window.Read(offset, FixedSize);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Signature)
            throw Refusal.Damaged("its central directory is broken");

        var size = FixedSize
            + BinaryPrimitives.ReadUInt16LittleEndian(header[28..])
            + BinaryPrimitives.ReadUInt16LittleEndian(header[30..])
            + BinaryPrimitives.ReadUInt16LittleEndian(header[32..]);
        return new CentralHeader(window.Read(offset, size));
    }
}

/// <summary>The general purpose bits that decide something here.</summary>
[Flags]
internal enum ZipFlags : ushort
{
    None = 0,
    Encrypted = 1 << 0,
    SizesFollowData = 1 << 3,
    PatchData = 1 << 5,
    StronglyEncrypted = 1 << 6,
    Utf8 = 1 << 11,
    MaskedHeaders = 1 << 13,
    AnyEncryption = Encrypted | StronglyEncrypted | MaskedHeaders,
}
