namespace StackAgent.WebApi.Idempotency;

/// <summary>
/// An answer's body, held back until it has been stored. One that is longer than can be stored is let go: first comes
/// <paramref name="tooLong"/>, then what was held, and the rest passes through.
/// </summary>
/// <param name="client">Where the answer goes in the end.</param>
/// <param name="limit">How many bytes are held.</param>
/// <param name="tooLong">Called once, before the first byte of a long answer is sent.</param>
internal sealed class HeldAnswer(Stream client, int limit, Func<Task> tooLong) : Stream
{
    private readonly MemoryStream _held = new();

    /// <summary>Whether it was too long, and has been sent.</summary>
    public bool IsSent { get; private set; }

    /// <summary>What is held.</summary>
    public ReadOnlyMemory<byte> Body => _held.GetBuffer().AsMemory(0, (int)_held.Length);

    public override bool CanRead => false;

    // Says to whoever answers an error instead that what was written can be taken back, by SetLength(0).
    public override bool CanSeek => !IsSent;

    public override bool CanWrite => true;

    public override long Length => _held.Length;

    public override long Position
    {
        get => _held.Position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!IsSent && _held.Length + buffer.Length <= limit)
        {
            await _held.WriteAsync(buffer, cancellationToken);
            return;
        }

        if (!IsSent)
        {
            await tooLong();
            IsSent = true;
            await client.WriteAsync(Body, cancellationToken);
            _held.SetLength(0);
        }

        await client.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => IsSent ? client.FlushAsync(cancellationToken) : Task.CompletedTask;

    public override void SetLength(long value) => _held.SetLength(value);

    public override void Flush()
    {
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("An answer is written asynchronously.");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _held.Dispose();
        base.Dispose(disposing);
    }
}
