using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace StackAgent.Infrastructure.CodeStorage.Zip;

/// <summary>Reads a file in slices through one pooled buffer, so that what a ZIP claims about itself never decides how much memory is used.</summary>
internal sealed class FileWindow(SafeFileHandle file, long length, int capacity, int readAhead) : IDisposable
{
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(capacity);
    private long _start;
    private int _count;

    /// <summary>The size of the file in bytes.</summary>
    public long Length => length;

    /// <summary>
    /// The <paramref name="count"/> bytes (at most the capacity) at <paramref name="offset"/>, valid until the next call. A place outside the file
    /// is refused as damage.
    /// </summary>
    public ReadOnlySpan<byte> Read(long offset, int count)
    {
        if (offset < 0 || offset > length - count)
            throw Refusal.Damaged("it ends too early");

        if (offset < _start || offset + count > _start + _count)
            Fill(offset, count);

        return _buffer.AsSpan((int)(offset - _start), count);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Fill(long offset, int count)
    {
        var wanted = (int)Math.Min(Math.Max(count, readAhead), length - offset);
        _start = offset;
        _count = 0;
        while (_count < wanted)
        {
            var read = RandomAccess.Read(file, _buffer.AsSpan(_count, wanted - _count), offset + _count);
            if (read == 0)
                throw new EndOfStreamException("The staged file became shorter while it was read.");
            _count += read;
        }
    }
}
