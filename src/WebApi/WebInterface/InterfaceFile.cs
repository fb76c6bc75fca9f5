using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace StackAgent.WebApi.WebInterface;

/// <summary>One file of the web interface, in memory, with what was compressed of it when it was built.</summary>
/// <param name="ContentType">Of the file itself, however it is compressed.</param>
/// <param name="IsImmutable">Its name holds a hash of its content, so it never changes.</param>
/// <param name="Content">As it is.</param>
/// <param name="Brotli">Null: not worth compressing.</param>
/// <param name="Gzip">Null: not worth compressing.</param>
internal sealed record InterfaceFile(string ContentType, bool IsImmutable, byte[] Content, byte[]? Brotli, byte[]? Gzip)
{
    private readonly EntityTagHeaderValue _tag = new($"\"{Convert.ToHexStringLower(SHA256.HashData(Content).AsSpan(0, 12))}\"");

    /// <summary>Answers with the file in the smallest form that the caller takes, or with 304 when it has it.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request.GetTypedHeaders();
        var response = context.Response;
        var (content, encoding) = Choose(request.AcceptEncoding);
        var tag = encoding is null ? _tag : new EntityTagHeaderValue($"{_tag.Tag.AsSpan()[..^1]}-{encoding}\"");
        response.Headers.CacheControl = IsImmutable ? "public, max-age=31536000, immutable" : "no-cache";
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        response.GetTypedHeaders().ETag = tag;
        if (request.IfNoneMatch.Any(known => known.Compare(EntityTagHeaderValue.Any, useStrongComparison: false) || known.Compare(tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = ContentType;
        response.ContentLength = content.Length;
        if (encoding is not null)
            response.Headers.ContentEncoding = encoding;
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(content, context.RequestAborted);
    }

    private (byte[] Content, string? Encoding) Choose(IList<StringWithQualityHeaderValue> accepted)
    {
        if (Brotli is not null && Accepts("br"))
            return (Brotli, "br");
        return Gzip is not null && Accepts("gzip") ? (Gzip, "gzip") : (Content, null);

        bool Accepts(string name) => accepted.Any(each => each.Value.Equals(name, StringComparison.OrdinalIgnoreCase) && each.Quality is not 0);
    }
}
