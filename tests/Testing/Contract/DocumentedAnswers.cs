using System.Net;
using System.Text;

namespace StackAgent.Testing.Contract;

/// <summary>
/// Lets no answer pass that isn't as the OpenAPI document says. Every client of the functional tests has it, so that each of them is a test of the document
/// too. Bodies of JSON are compared when they arrive, lines of logs and events as they are read.
/// </summary>
/// <param name="inner">What sends the requests.</param>
/// <param name="document">The document in the repository when null.</param>
public sealed class DocumentedAnswers(HttpMessageHandler inner, ApiDocument? document = null) : DelegatingHandler(inner)
{
    private readonly ApiDocument _document = document ?? ApiDocument.Committed;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // As it goes over the wire, before anything decodes it.
        var path = request.RequestUri!.AbsolutePath;
        var response = await base.SendAsync(request, cancellationToken);
        var hasBody = response.Content.Headers.ContentType is not null || response.Content.Headers.ContentLength > 0;
        var promise = _document.Find(request.Method, path, (int)response.StatusCode, hasBody ? response.Content.Headers.ContentType : null);
        if (promise is null)
            return response;

        try
        {
            Refuse(_document.CompareHead(promise, response));
            switch (promise.ContentType)
            {
                case "application/json" or "application/problem+json":
                    await response.Content.LoadIntoBufferAsync(cancellationToken);
                    Refuse(_document.CompareBody(promise, await response.Content.ReadAsStringAsync(cancellationToken)));
                    break;
                case "application/x-ndjson":
                    Watch(response, line => Refuse(_document.CompareBody(promise, line)));
                    break;
                case "text/event-stream":
                    Watch(response, line =>
                    {
                        if (line.StartsWith("data:", StringComparison.Ordinal))
                            Refuse(_document.CompareBody(promise, line["data:".Length..]));
                    });
                    break;
            }
        }
        catch
        {
            response.Dispose();
            throw;
        }

        return response;
    }

    private static void Refuse(IReadOnlyList<string> faults)
    {
        if (faults.Count > 0)
            throw new UndocumentedAnswerException(string.Join('\n', faults));
    }

    private static void Watch(HttpResponseMessage response, Action<string> compare)
    {
        var watched = new WatchedContent(response.Content, compare);
        foreach (var (name, values) in response.Content.Headers)
            watched.Headers.TryAddWithoutValidation(name, values);
        response.Content = watched;
    }

    /// <summary>Content whose lines are compared as they pass.</summary>
    private sealed class WatchedContent(HttpContent content, Action<string> compare) : HttpContent
    {
        protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

        protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
            new WatchedStream(await content.ReadAsStreamAsync(cancellationToken), compare);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await using var watched = await CreateContentReadStreamAsync(CancellationToken.None);
            await watched.CopyToAsync(stream);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                content.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class WatchedStream(Stream stream, Action<string> compare) : Stream
    {
        private readonly MemoryStream _line = new();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Pass(buffer.AsSpan(offset, stream.Read(buffer, offset, count)));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await stream.ReadAsync(buffer, cancellationToken);
            return Pass(buffer.Span[..count]);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                stream.Dispose();
                _line.Dispose();
            }

            base.Dispose(disposing);
        }

        private int Pass(ReadOnlySpan<byte> bytes)
        {
            var count = bytes.Length;
            for (var end = bytes.IndexOf((byte)'\n'); end >= 0; end = bytes.IndexOf((byte)'\n'))
            {
                _line.Write(bytes[..end]);
                var line = Encoding.UTF8.GetString(_line.GetBuffer(), 0, (int)_line.Length).TrimEnd('\r');
                _line.SetLength(0);
                bytes = bytes[(end + 1)..];
                if (line.Length > 0)
                    compare(line);
            }

            _line.Write(bytes);
            return count;
        }
    }
}

/// <summary>An answer isn't as the OpenAPI document says.</summary>
public sealed class UndocumentedAnswerException(string faults)
    : Exception($"The answer isn't as docs/openapi.json says; mend the one or the other.\n{faults}");
