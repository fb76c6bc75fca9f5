using System.Buffers.Binary;
using System.Buffers.Text;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Common.Paging;

/// <summary>
/// Where a time-ordered log is continued: opaque to clients, a position and not a page number, so that what arrives meanwhile shifts
/// nothing. A cursor is of one kind of log; another log's cursor is refused as text that isn't one.
/// </summary>
public static class Cursor
{
    private const int SequenceLength = sizeof(long);
    private const int IdLength = 16;
    private const int MomentLength = sizeof(long) + IdLength;

    public static string OfSequence(long sequence)
    {
        Span<byte> bytes = stackalloc byte[SequenceLength];
        BinaryPrimitives.WriteInt64BigEndian(bytes, sequence);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>For a log in the order of UUIDs version 7, which are times.</summary>
    public static string OfId(Guid id)
    {
        Span<byte> bytes = stackalloc byte[IdLength];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    public static string OfMoment(DateTimeOffset moment, Guid id)
    {
        Span<byte> bytes = stackalloc byte[MomentLength];
        BinaryPrimitives.WriteInt64BigEndian(bytes, moment.UtcTicks);
        id.TryWriteBytes(bytes[sizeof(long)..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Null stays null. Throws <see cref="ValidationFailedException"/> for text that <see cref="OfSequence"/> never made.</summary>
    public static long? ToSequence(string? cursor)
    {
        if (cursor is null)
            return null;

        Span<byte> bytes = stackalloc byte[SequenceLength];
        Decode(cursor, bytes);
        return BinaryPrimitives.ReadInt64BigEndian(bytes);
    }

    /// <summary>Null stays null. Throws <see cref="ValidationFailedException"/> for text that <see cref="OfId"/> never made.</summary>
    public static Guid? ToId(string? cursor)
    {
        if (cursor is null)
            return null;

        Span<byte> bytes = stackalloc byte[IdLength];
        Decode(cursor, bytes);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Null stays null. Throws <see cref="ValidationFailedException"/> for text that <see cref="OfMoment"/> never made.</summary>
    public static (DateTimeOffset Moment, Guid Id)? ToMoment(string? cursor)
    {
        if (cursor is null)
            return null;

        Span<byte> bytes = stackalloc byte[MomentLength];
        Decode(cursor, bytes);
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (ticks < DateTimeOffset.MinValue.Ticks || ticks > DateTimeOffset.MaxValue.Ticks)
            throw Refusal();

        return (new DateTimeOffset(ticks, TimeSpan.Zero), new Guid(bytes[sizeof(long)..], bigEndian: true));
    }

    private static void Decode(string cursor, Span<byte> bytes)
    {
        if (cursor.Length != Base64Url.GetEncodedLength(bytes.Length)
            || !Base64Url.IsValid(cursor, out var length)
            || length != bytes.Length
            || !Base64Url.TryDecodeFromChars(cursor, bytes, out _))
        {
            throw Refusal();
        }
    }

    private static ValidationFailedException Refusal() =>
        new("cursor", "This isn't a cursor of this list; take next_cursor of the page before, or leave it out to start at the newest.");
}
