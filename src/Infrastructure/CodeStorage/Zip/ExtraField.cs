using System.Buffers.Binary;

namespace StackAgent.Infrastructure.CodeStorage.Zip;

/// <summary>The extra data of a header: a sequence of (id, size, bytes). Padding that is no whole field is ignored, as packers align with it.</summary>
internal static class ExtraField
{
    private const ushort Zip64 = 0x0001;

    /// <summary>The bytes of the first field with this id; empty when there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> extra, ushort id)
    {
        while (extra.Length >= 4)
        {
            var size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4)
                break;
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == id)
                return extra.Slice(4, size);
            extra = extra[(4 + size)..];
        }

        return [];
    }

    /// <summary>
    /// Replaces those of the three 32-bit values that say "see ZIP64" by their 64-bit ones, which stand in the field in this order.
    /// Negative results are the uploader's lie and left to the caller's range checks.
    /// </summary>
    public static (long Unpacked, long Packed, long Offset) Widen(ReadOnlySpan<byte> extra, uint unpacked, uint packed, uint offset = 0)
    {
        var field = Find(extra, Zip64);
        return (Next(ref field, unpacked), Next(ref field, packed), Next(ref field, offset));

        static long Next(ref ReadOnlySpan<byte> field, uint value)
        {
            if (value != uint.MaxValue || field.Length < 8)
                return value;

            var wide = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[8..];
            return wide;
        }
    }
}
