namespace StackAgent.Application.Common;

/// <summary>UUIDs version 7 as moments: they begin with the milliseconds at which they were made.</summary>
public static class TimeIds
{
    private const int Version7 = 0x70;
    private const int Fractions = 1 << 12;

    /// <summary>A new id of that moment. The twelve bits behind the milliseconds say where in them it lies, so that a log stays in its order.</summary>
    public static Guid Create(DateTimeOffset moment)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(moment).TryWriteBytes(bytes, bigEndian: true, out _);
        var fraction = (int)(moment.UtcTicks % TimeSpan.TicksPerMillisecond * Fractions / TimeSpan.TicksPerMillisecond);
        bytes[6] = (byte)(Version7 | (fraction >> 8));
        bytes[7] = (byte)fraction;
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>No id made at that millisecond or later is lower.</summary>
    public static Guid FirstAt(DateTimeOffset moment)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(moment).TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[6..].Clear();
        return new Guid(bytes, bigEndian: true);
    }
}
