using System.Buffers.Binary;

namespace StackAgent.Infrastructure.CodeStorage.Zip;

/// <summary>
/// The header in front of an entry's data (APPNOTE 4.3.7). It repeats the central one, and a reader that streams believes only this: where the
/// two differ, two readers see two archives, so every difference is refused.
/// </summary>
internal static class LocalHeader
{
    public const int FixedSize = 30;
    public const uint Signature = 0x04034b50;
    private const uint DescriptorSignature = 0x08074b50;

    /// <summary>Where the data starts.</summary>
    public static long Check(FileWindow window, in CentralHeader central, string path)
    {
        var header = window.Read(central.LocalOffset, FixedSize);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Signature)
            throw Refusal.Damaged($"the local header of \"{Refusal.Quote(path)}\" is missing");

        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        if (nameLength != central.Name.Length)
            throw Disagreement(path, "name");

        var size = FixedSize + nameLength + extraLength;
        header = window.Read(central.LocalOffset, size);
        if (!header.Slice(FixedSize, nameLength).SequenceEqual(central.Name))
            throw Disagreement(path, "name");

        var flags = (ZipFlags)BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
        if ((flags & ZipFlags.AnyEncryption) != ZipFlags.None)
            throw Refusal.Entry(path, "is encrypted; upload the code without a password");
        if (BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) != central.Method)
            throw Disagreement(path, "compression method");

        // With this flag the local header may leave the values open: they follow the data.
        var open = flags.HasFlag(ZipFlags.SizesFollowData);
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(header[14..]);
        if (crc != central.Crc32 && !(open && crc == 0))
            throw Disagreement(path, "checksum");

        var (unpacked, packed, _) = ExtraField.Widen(
            header[(FixedSize + nameLength)..],
            BinaryPrimitives.ReadUInt32LittleEndian(header[22..]),
            BinaryPrimitives.ReadUInt32LittleEndian(header[18..]));
        if (Differs(unpacked, central.UnpackedSize) || Differs(packed, central.PackedSize))
            throw Disagreement(path, "size");

        return central.LocalOffset + size;

        bool Differs(long local, long value) => local != value && !(open && local is (0 or uint.MaxValue));
    }

    /// <summary>Whether the bytes behind an entry's data are its data descriptor (4.3.9): signature optional, sizes of 4 or 8 bytes each.</summary>
    public static bool IsDescriptor(ReadOnlySpan<byte> bytes, uint crc, long packed, long unpacked)
    {
        if (bytes.Length is 16 or 24)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != DescriptorSignature)
                return false;
            bytes = bytes[4..];
        }

        return bytes.Length switch
        {
            12 => BinaryPrimitives.ReadUInt32LittleEndian(bytes) == crc
                && BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) == (uint)packed
                && BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == (uint)unpacked,
            20 => BinaryPrimitives.ReadUInt32LittleEndian(bytes) == crc
                && BinaryPrimitives.ReadInt64LittleEndian(bytes[4..]) == packed
                && BinaryPrimitives.ReadInt64LittleEndian(bytes[12..]) == unpacked,
            _ => false,
        };
    }

    private static Exception Disagreement(string path, string what) =>
        Refusal.Entry(path, $"has another {what} in its local header than in the central directory");
}
