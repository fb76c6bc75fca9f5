using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;

namespace StackAgent.WebApi.Idempotency;

/// <summary>A request's body that passes through and leaves its SHA-256 behind. Nothing of it is kept.</summary>
internal sealed class HashedBody : Stream
{
    private const int DrainBufferSize = 32 * 1024;

    private readonly Stream _body;
    private readonly long? _expected;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private long _read;
    private volatile bool _isBegun;
    private volatile bool _isComplete;

    public HashedBody(HttpRequest request)
    {
        _body = request.Body;
        _expected = request.ContentLength;
        _isComplete = _expected == 0 || request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };
    }

    /// <summary>Whether all of the body has been read.</summary>
    public bool IsComplete => _isComplete;

    /// <summary>Whether somebody is reading it and hasn't come to its end.</summary>
    public bool IsPartlyRead => _isBegun && !_isComplete;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads what is left, and returns the hash of the whole in hexadecimal. Good for one call.</summary>
    public async Task<string> FinishAsync(CancellationToken cancellationToken)
    {
        if (!_isComplete)
        {
            var buffer = new byte[DrainBufferSize];
            while (await ReadAsync(buffer, cancellationToken) > 0)
            {
            }
        }

        return Convert.ToHexString(_hash.GetHashAndReset());
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _isBegun = true;
        var count = await _body.ReadAsync(buffer, cancellationToken);
        _hash.AppendData(buffer.Span[..count]);
        _read += count;

        // A read into nothing waits for data, and its zero isn't the end.
        if ((count == 0 && buffer.Length > 0) || _read == _expected)
            _isComplete = true;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A request's body is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hash.Dispose();
        base.Dispose(disposing);
    }
}
