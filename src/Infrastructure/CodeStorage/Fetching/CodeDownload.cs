using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.CodeStorage.Zip;

namespace StackAgent.Infrastructure.CodeStorage.Fetching;

/// <summary>One try at fetching code. Every failure is a <see cref="CodeFetchException"/>.</summary>
internal sealed class CodeDownload(HttpClient http, CodeFetchRequest request, TimeSpan silence, TimeProvider time)
{
    private const int BufferSize = 128 * 1024;
    private const int MaxProblemBytes = 16 * 1024;
    private const int MaxDetailLength = 500;
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    // What has the digest was accepted once, so no limit of today's matters.
    private static readonly CodeStorageOptions Limits = new CodeStorageOptions("/").WithoutLimits();

    /// <summary>Returns the number of files.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var quiet = new CancellationTokenSource(silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(quiet.Token, cancellationToken);
        try
        {
            return await FetchAsync(quiet, either.Token);
        }
        catch (HttpRequestException exception)
        {
            throw new CodeFetchException(
                CodeFetchException.Unavailable, $"StackAgent can't be reached at {Server}: {Cause(exception)}", cause: exception);
        }
        catch (OperationCanceledException) when (quiet.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CodeFetchException(
                CodeFetchException.Unavailable, string.Create(CultureInfo.InvariantCulture, $"StackAgent said nothing for {silence.TotalSeconds} s at {Server}."));
        }
        catch (ValidationFailedException exception)
        {
            throw new CodeFetchException(CodeFetchException.Damaged, $"The code can't be unpacked: {exception.Message}", isFinal: true, cause: exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // .NET gives the number of the system's error.
            var isFull = exception.HResult is NoSpaceLeft or QuotaExceeded;
            throw new CodeFetchException(
                CodeFetchException.Disk,
                isFull ? "The node's disk is full: there is no room for the code." : $"The code can't be written ({exception.GetType().Name}).",
                cause: exception);
        }
    }

    private string Server => request.Source.GetLeftPart(UriPartial.Authority);

    private static string Cause(HttpRequestException exception)
    {
        Exception cause = exception;
        while (cause.InnerException is { } inner)
            cause = inner;
        return cause.Message.TrimEnd('.') + ".";
    }

    private async Task<int> FetchAsync(CancellationTokenSource quiet, CancellationToken cancellationToken)
    {
        Clear();
        using var message = new HttpRequestMessage(HttpMethod.Get, request.Source);
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await ReadTokenAsync(cancellationToken));
        using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
            throw await RefusalAsync(response, cancellationToken);

        // Beside each other, so that what is unpacked only has to be renamed. The name is nobody's: the code may hold any other.
        var work = Path.Combine(request.Target, $".fetch-{Guid.NewGuid():N}");
        Disk.CreateFolder(work);
        using (var zip = File.OpenHandle(
            Path.Combine(work, CodePaths.ZipName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.Asynchronous))
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var digest = await ReceiveAsync(body, zip, quiet, cancellationToken);
            if (digest != request.Digest)
            {
                throw new CodeFetchException(
                    CodeFetchException.Damaged,
                    $"StackAgent sent other code than that of this revision: its SHA-256 is {digest} in place of {request.Digest}. Upload the code again.",
                    isFinal: true);
            }

            var code = Path.Combine(work, CodePaths.CodeName);
            var entries = new ZipInspector(zip, Limits).Inspect(cancellationToken);
            new ZipExtractor(zip, code).Extract(entries, cancellationToken);
            foreach (var entry in new DirectoryInfo(code).EnumerateFileSystemInfos())
                Directory.Move(entry.FullName, Path.Combine(request.Target, entry.Name));
            Directory.Delete(work, recursive: true);
            return entries.Count(entry => !entry.IsFolder);
        }
    }

    /// <summary>What an earlier try left, in this process or in one before it.</summary>
    private void Clear()
    {
        foreach (var entry in new DirectoryInfo(request.Target).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } folder)
                folder.Delete(recursive: true);
            else
                entry.Delete();
        }
    }

    private async Task<string> ReadTokenAsync(CancellationToken cancellationToken)
    {
        try
        {
            var token = (await File.ReadAllTextAsync(request.TokenFile, cancellationToken)).Trim();
            if (token.Length > 0 && token.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_'))
                return token;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CodeFetchException(CodeFetchException.Refused, "The cluster's token for this pod can't be read.", cause: exception);
        }

        throw new CodeFetchException(CodeFetchException.Refused, "The cluster's token for this pod isn't one.");
    }

    private async Task<string> ReceiveAsync(Stream body, SafeFileHandle zip, CancellationTokenSource quiet, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferSize];
        var written = 0L;
        while (true)
        {
            int count;
            try
            {
                count = await body.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                throw new CodeFetchException(CodeFetchException.Unavailable, $"The connection to StackAgent at {Server} broke.", cause: exception);
            }

            if (count == 0)
                return Convert.ToHexStringLower(hash.GetHashAndReset());

            hash.AppendData(buffer, 0, count);
            await RandomAccess.WriteAsync(zip, buffer.AsMemory(0, count), written, cancellationToken);
            written += count;
            quiet.CancelAfter(silence);
        }
    }

    /// <summary>Refused is what was understood; all of it may change, as the server comes to know the pod and the file gets a fresh token.</summary>
    private async Task<CodeFetchException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var detail = await ReadDetailAsync(response, cancellationToken);
        var said = string.Create(CultureInfo.InvariantCulture, $"StackAgent at {Server} doesn't give out the code ({status}): {detail}");
        return new CodeFetchException(
            status >= 500 ? CodeFetchException.Unavailable : CodeFetchException.Refused, said, retryAfter: response.Headers.RetryAfter?.Delta);
    }

    private static async Task<string> ReadDetailAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var body = new byte[MaxProblemBytes];
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
            using var problem = JsonDocument.Parse(body.AsMemory(0, length));
            if (problem.RootElement.TryGetProperty("detail", out var detail) && detail.GetString() is { Length: > 0 } sentence)
                return Text.Truncate(sentence.ReplaceLineEndings(" "), MaxDetailLength);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or IOException or HttpRequestException)
        {
            // Somebody else than StackAgent answered, or nobody to the end.
        }

        return "the answer isn't StackAgent's. Check CODE_DELIVERY_URL.";
    }
}
