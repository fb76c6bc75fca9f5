using System.Buffers.Binary;

namespace StackAgent.Infrastructure.CodeStorage.Zip;

/// <summary>
/// The CRC-32 of ZIP (reflected polynomial 0xEDB88320), eight bytes a step. The framework has this one only inside a package of its own;
/// <see cref="System.Numerics.BitOperations"/> computes another polynomial.
/// </summary>
internal struct Crc32
{
    private static readonly uint[] Tables = MakeTables();

    /// <summary>The checksum of all that was appended; 0 for nothing, so that <c>default</c> is a fresh one.</summary>
    public uint Value { get; private set; }

    public void Append(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<uint> table = Tables;
        var crc = ~Value;
        while (data.Length >= 8)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            crc = table[0x700 + (int)(low & 0xFF)]
                ^ table[0x600 + (int)((low >> 8) & 0xFF)]
                ^ table[0x500 + (int)((low >> 16) & 0xFF)]
                ^ table[0x400 + (int)(low >> 24)]
                ^ table[0x300 + (int)(high & 0xFF)]
                ^ table[0x200 + (int)((high >> 8) & 0xFF)]
                ^ table[0x100 + (int)((high >> 16) & 0xFF)]
                ^ table[(int)(high >> 24)];
            data = data[8..];
        }

        foreach (var value in data)
            crc = table[(int)((crc ^ value) & 0xFF)] ^ (crc >> 8);

        Value = ~crc;
    }

    public static uint Of(ReadOnlySpan<byte> data)
    {
        var crc = default(Crc32);
        crc.Append(data);
        return crc.Value;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[8 * 256];
        for (uint value = 0; value < 256; value++)
        {
            var crc = value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            tables[value] = crc;
        }

        for (var i = 256; i < tables.Length; i++)
            tables[i] = (tables[i - 256] >> 8) ^ tables[tables[i - 256] & 0xFF];

        return tables;
    }
}
