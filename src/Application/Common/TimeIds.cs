namespace StackAgent.Application.Common;

/// <summary>UUIDs version 7 as moments: they begin with the milliseconds at which they were made.</summary>
public static class TimeIds
{
    /// <summary>No id made at that millisecond or later is lower.</summary>
    public static Guid FirstAt(DateTimeOffset moment)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(moment).TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[6..].Clear();
        return new Guid(bytes, bigEndian: true);
    }
}
