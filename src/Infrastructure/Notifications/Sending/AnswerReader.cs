using System.Text;
using StackAgent.Application.Notifications;
using StackAgent.Domain.Common;

namespace StackAgent.Infrastructure.Notifications.Sending;

/// <summary>Takes a look at an answer. Its status has been received already, so whatever goes wrong here changes nothing.</summary>
internal static class AnswerReader
{
    private const int MaxBytes = 4096;

    /// <summary>The start of the body as storable text; null when there is none.</summary>
    public static async Task<string?> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        // Packed, though nobody asked for it.
        if (content.Headers.ContentEncoding.Count > 0)
            return null;

        var bytes = new byte[MaxBytes];
        var length = 0;
        try
        {
            await using var body = await content.ReadAsStreamAsync(cancellationToken);
            for (int read; length < MaxBytes && (read = await body.ReadAsync(bytes.AsMemory(length), cancellationToken)) > 0;)
                length += read;
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or HttpRequestException)
        {
            // What came until then has to do.
        }

        return length == 0 ? null : Text.Truncate(Storable(bytes.AsSpan(0, length)), SendResult.AnswerMaxLength);
    }

    /// <summary>Without control characters, which a terminal that shows the log might obey.</summary>
    private static string Storable(ReadOnlySpan<byte> bytes) => string.Create(
        Encoding.UTF8.GetCharCount(bytes),
        bytes,
        static (text, source) =>
        {
            Encoding.UTF8.GetChars(source, text);
            foreach (ref var c in text)
            {
                if (char.IsControl(c) && c is not ('\n' or '\t'))
                    c = '\uFFFD';
            }
        });
}
