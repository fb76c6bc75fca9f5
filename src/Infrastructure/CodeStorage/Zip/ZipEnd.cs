using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace StackAgent.Infrastructure.CodeStorage.Zip;

/// <summary>What the end of a ZIP says about its central directory (APPNOTE 4.3.14–4.3.16).</summary>
internal readonly record struct ZipEnd(long EntryCount, long DirectoryOffset, long DirectorySize)
{
    private const uint EndSignature = 0x06054b50;
    private const uint Zip64LocatorSignature = 0x07064b50;
    private const uint Zip64EndSignature = 0x06064b50;
    private const int EndSize = 22;
    private const int Zip64LocatorSize = 20;
    private const int Zip64EndSize = 56;
    private const int MaxTail = EndSize + ushort.MaxValue;

    /// <summary>
    /// Finds the end record, which must close the file, and checks that the central directory lies directly before it: nothing may be hidden in
    /// front, between or behind, where another reader would find another archive.
    /// </summary>
    public static ZipEnd Find(SafeFileHandle file, long length)
    {
        using var window = new FileWindow(file, length, MaxTail, readAhead: 0);
        var tailSize = (int)Math.Min(length, MaxTail);
        var tail = window.Read(length - tailSize, tailSize);
        for (var i = tail.Length - EndSize; i >= 0; i--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail[i..]) == EndSignature
                && BinaryPrimitives.ReadUInt16LittleEndian(tail[(i + 20)..]) == tail.Length - i - EndSize)
            {
                return Read(window, length - tailSize + i);
            }
        }

        throw Refusal.Damaged("its end is missing or other data follows it");
    }

    private static ZipEnd Read(FileWindow window, long offset)
    {
        var record = window.Read(offset, EndSize);
        var disks = (BinaryPrimitives.ReadUInt16LittleEndian(record[4..]), BinaryPrimitives.ReadUInt16LittleEndian(record[6..]));
        var entriesHere = BinaryPrimitives.ReadUInt16LittleEndian(record[8..]);
        var entries = BinaryPrimitives.ReadUInt16LittleEndian(record[10..]);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(record[12..]);
        var start = BinaryPrimitives.ReadUInt32LittleEndian(record[16..]);

        var end = new ZipEnd(entries, start, size);
        var endOfDirectory = offset;
        if (ReadZip64(window, offset) is { } zip64)
        {
            if ((entries != ushort.MaxValue && entries != zip64.End.EntryCount)
                || (size != uint.MaxValue && size != zip64.End.DirectorySize)
                || (start != uint.MaxValue && start != zip64.End.DirectoryOffset))
            {
                throw Refusal.Damaged("its two end records disagree");
            }

            (end, endOfDirectory) = zip64;
        }
        else if (disks != (0, 0) || entriesHere != entries)
        {
            throw Refusal.Because("The ZIP is one part of a split archive; upload it as a single file.");
        }

        // Compared by subtraction: the numbers are the uploader's and a sum could overflow.
        if (end.DirectorySize > endOfDirectory || end.DirectoryOffset != endOfDirectory - end.DirectorySize)
            throw Refusal.Damaged("its central directory isn't where its end says");

        return end;
    }

    private static (ZipEnd End, long Offset)? ReadZip64(FileWindow window, long endOffset)
    {
        var locatorOffset = endOffset - Zip64LocatorSize;
        if (locatorOffset < Zip64EndSize)
            return null;

        var locator = window.Read(locatorOffset, Zip64LocatorSize);
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != Zip64LocatorSignature)
            return null;

        var recordOffset = locatorOffset - Zip64EndSize;
        if (BinaryPrimitives.ReadInt64LittleEndian(locator[8..]) != recordOffset)
            throw Refusal.Damaged("its ZIP64 end record isn't where its locator says");

        var record = window.Read(recordOffset, Zip64EndSize);
        if (BinaryPrimitives.ReadUInt32LittleEndian(record) != Zip64EndSignature
            || BinaryPrimitives.ReadInt64LittleEndian(record[4..]) != Zip64EndSize - 12)
        {
            throw Refusal.Damaged("its ZIP64 end record is broken");
        }

        var entriesHere = BinaryPrimitives.ReadInt64LittleEndian(record[24..]);
        var entries = BinaryPrimitives.ReadInt64LittleEndian(record[32..]);
        if (BinaryPrimitives.ReadInt64LittleEndian(record[16..]) != 0 || entriesHere != entries)
            throw Refusal.Because("The ZIP is one part of a split archive; upload it as a single file.");

        var size = BinaryPrimitives.ReadInt64LittleEndian(record[40..]);
        var start = BinaryPrimitives.ReadInt64LittleEndian(record[48..]);
        if (entries < 0 || size < 0 || start < 0)
            throw Refusal.Damaged("its ZIP64 end record is broken");

        return (new ZipEnd(entries, start, size), recordOffset);
    }
}
