using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using StackAgent.Application.Agents;
using StackAgent.Application.Agents.Revisions;
using StackAgent.Domain.Common;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Json;

namespace StackAgent.WebApi.Streaming;

/// <summary>
/// Reads <c>multipart/form-data</c> from the request part by part; the file passes through in the pieces in which it arrives. Everything that is
/// wrong with the form itself is a <see cref="BadHttpRequestException"/> with status 400, 413 or 415 and a sentence; a file that is too large is a
/// <see cref="ValidationFailedException"/>.
/// </summary>
/// <param name="context">The request; nothing may have read its body yet.</param>
/// <param name="maxFileBytes">The largest file that can be accepted. The request may have <see cref="FormAllowance"/> more.</param>
internal sealed class AgentUpload(HttpContext context, long maxFileBytes) : IAgentUpload
{
    /// <summary>What the text fields and the boundaries may take beside the file.</summary>
    public const long FormAllowance = 1024 * 1024;

    private const int MaxFieldBytes = 64 * 1024;

    // Room for all the variables and secrets that an agent may have, escaped.
    private const int MaxConfigBytes = 768 * 1024;

    private const int MaxParts = 20;
    private const int MaxBoundaryLength = 70;
    private const int ReadBufferSize = 32 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private string? _name;
    private string? _description;
    private string? _note;
    private string? _configText;
    private AgentConfigPatch? _config;
    private bool _hasFile;

    private AgentForm Form => new(_name, _description, _hasFile) { Note = _note, Config = _config };

    public async Task<AgentForm> ReceiveAsync(
        Func<Stream, CancellationToken, Task> receiveFile, Action<AgentForm>? beforeFile, CancellationToken cancellationToken)
    {
        var boundary = Boundary(context.Request.ContentType);
        LimitBody();
        var reader = new MultipartReader(boundary, context.Request.Body, ReadBufferSize);
        for (var parts = 0; await NextAsync(reader, cancellationToken) is { } section; parts++)
        {
            if (parts == MaxParts)
                throw Bad($"The form has more than {MaxParts} parts.");

            await ReadPartAsync(section, receiveFile, beforeFile, cancellationToken);
        }

        return Form;
    }

    private async Task ReadPartAsync(
        MultipartSection section,
        Func<Stream, CancellationToken, Task> receiveFile,
        Action<AgentForm>? beforeFile,
        CancellationToken cancellationToken)
    {
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
            || !disposition.DispositionType.Equals("form-data", StringComparison.OrdinalIgnoreCase)
            || TextOf(disposition.Name) is not { Length: > 0 } field)
        {
            throw Bad("A part of the form has no name: each needs a header like Content-Disposition: form-data; name=\"name\".");
        }

        await using var body = new PartStream(section.Body, Translate);
        switch (field)
        {
            case "name":
                _name = await ReadTextAsync(body, field, _name, MaxFieldBytes, cancellationToken);
                break;
            case "description":
                _description = await ReadTextAsync(body, field, _description, MaxFieldBytes, cancellationToken);
                break;
            case "note":
                _note = await ReadTextAsync(body, field, _note, MaxFieldBytes, cancellationToken);
                break;
            case "config":
                _configText = await ReadTextAsync(body, field, _configText, MaxConfigBytes, cancellationToken);
                _config = ParseConfig(_configText);
                break;
            case "file" when IsNoFileChosen(disposition):
                break;
            case "file":
                if (_hasFile)
                    throw Bad("The form has more than one part named \"file\".");
                _hasFile = true;
                beforeFile?.Invoke(Form);
                await receiveFile(body, cancellationToken);
                break;
        }
    }

    /// <summary>A browser sends an empty file name for a file input that was left empty.</summary>
    private static bool IsNoFileChosen(ContentDispositionHeaderValue disposition) =>
        disposition.FileName.HasValue && TextOf(disposition.FileName).Length == 0 && !disposition.FileNameStar.HasValue;

    private static string TextOf(StringSegment segment) =>
        HeaderUtilities.UnescapeAsQuotedString(segment).ToString();

    /// <summary>The same JSON, read in the same way, as in a call that changes the configuration alone; empty text is no configuration.</summary>
    private AgentConfigPatch? ParseConfig(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;

        var options = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.JsonSerializerOptions;
        try
        {
            return JsonSerializer.Deserialize<AgentConfigPatch>(text, options);
        }
        catch (JsonException exception) when (exception.InnerException is not JsonException)
        {
            var path = JsonPath.Of(exception);
            var field = path == "$" ? "config" : $"config.{WireTypes.FieldAt(path)}";
            throw new ValidationFailedException(field, WireTypes.Expectation(WireTypes.At(typeof(AgentConfigPatch), path, options)));
        }
        catch (JsonException)
        {
            throw new ValidationFailedException("config", "This isn't valid JSON.");
        }
    }

    private static async Task<string> ReadTextAsync(Stream body, string field, string? earlier, int maxBytes, CancellationToken cancellationToken)
    {
        if (earlier is not null)
            throw Bad($"The form has more than one part named \"{field}\".");

        var buffer = ArrayPool<byte>.Shared.Rent(maxBytes + 1);
        try
        {
            var length = await body.ReadAtLeastAsync(
                buffer.AsMemory(0, maxBytes + 1), maxBytes + 1, throwOnEndOfStream: false, cancellationToken);
            if (length > maxBytes)
                throw new BadHttpRequestException($"The field \"{field}\" is longer than {maxBytes / 1024} KiB.", StatusCodes.Status413PayloadTooLarge);

            return StrictUtf8.GetString(buffer, 0, length);
        }
        catch (DecoderFallbackException)
        {
            throw Bad($"The field \"{field}\" isn't valid UTF-8.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<MultipartSection?> NextAsync(MultipartReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadNextSectionAsync(cancellationToken);
        }
        catch (InvalidDataException)
        {
            throw Bad("The form's part headers are broken or too long.");
        }
        catch (IOException exception)
        {
            throw Translate(exception);
        }
    }

    /// <summary>What the server or the multipart reader says when the body is too large, malformed or ends early, as a sentence for the uploader.</summary>
    private Exception Translate(IOException exception) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge(),
        BadHttpRequestException bad => bad,
        _ => Bad("The form ended before its last boundary: the upload was cut off."),
    };

    private static string Boundary(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            throw new BadHttpRequestException(
                "Send the agent as multipart/form-data with the fields name, description and file.", StatusCodes.Status415UnsupportedMediaType);
        }

        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        if (boundary.Length == 0)
            throw Bad("The Content-Type multipart/form-data has no boundary.");
        if (boundary.Length > MaxBoundaryLength)
            throw Bad($"The boundary of the form is longer than {MaxBoundaryLength} characters.");

        return boundary;
    }

    private void LimitBody()
    {
        var limit = maxFileBytes + FormAllowance;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = limit;
        if (context.Request.ContentLength > limit)
            throw TooLarge();
    }

    /// <summary>The same refusal as from whoever measures the file itself: a client need not know who noticed.</summary>
    private ValidationFailedException TooLarge() =>
        new("file", $"The upload is too large: the file can have at most {maxFileBytes / (1024 * 1024)} MB.");

    private static BadHttpRequestException Bad(string sentence) => new(sentence, StatusCodes.Status400BadRequest);
}
