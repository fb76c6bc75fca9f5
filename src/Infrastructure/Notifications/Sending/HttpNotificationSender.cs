using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Notifications;
using StackAgent.Domain.Common;
using StackAgent.Domain.Notifications;

namespace StackAgent.Infrastructure.Notifications.Sending;

/// <summary>Sends over HTTP, to wherever a user said: see <see cref="NotificationHttp"/> and <see cref="PublicConnector"/> for what that may be.</summary>
internal sealed class HttpNotificationSender(
    INameResolver resolver, ISecretProtector protector, NotificationSenderOptions options, TimeProvider time) : INotificationSender, IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly ProductInfoHeaderValue Agent = new(new ProductHeaderValue("StackAgent"));

    private readonly HttpMessageInvoker _http = NotificationHttp.Create(new PublicConnector(resolver, options));

    public async Task<SendResult> SendAsync(NotificationMessage message, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        if (WebhookUrl.FindFault(message.Url, options.AllowPrivate) is { } fault)
            return Failed(fault, started);

        using var request = new HttpRequestMessage(HttpMethod.Post, message.Url);
        try
        {
            Fill(request, message);
        }
        catch (CryptographicException)
        {
            return Failed(SendFaults.UnreadableSecret, started);
        }

        // A time of its own and not the handler's: this one ends the try, wherever it has got to.
        using var timeout = new CancellationTokenSource(message.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var response = await _http.SendAsync(request, either.Token);
            var answer = await AnswerReader.ReadAsync(response.Content, either.Token);
            return Answered(response, answer, started);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed(SendFaults.NoAnswer(message.Timeout), started);
        }
        catch (HttpRequestException exception)
        {
            return Failed(SendFaults.Explain(exception, message.Url), started);
        }
    }

    public void Dispose() => _http.Dispose();

    private void Fill(HttpRequestMessage request, NotificationMessage message)
    {
        var body = NotificationBody.Compose(message);
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = Json;
        if (message.IsKubeAgents)
            return;

        var sentAt = time.Now();
        var headers = request.Headers;
        headers.UserAgent.Add(Agent);
        headers.Add("webhook-id", message.WebhookId);
        headers.Add("webhook-timestamp", sentAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        if (message.Secrets.Count > 0)
            headers.Add("webhook-signature", string.Join(' ', Unprotect(message.Secrets).Select(secret => secret.Sign(message.WebhookId, sentAt, body))));
    }

    /// <summary>All that can be read, which the newest has to be: without its signature the receiver would refuse what it gets.</summary>
    private IEnumerable<WebhookSecret> Unprotect(IReadOnlyList<string> secrets)
    {
        yield return WebhookSecret.Parse(protector.Unprotect(secrets[0]));
        foreach (var older in secrets.Skip(1))
        {
            if (TryUnprotect(older) is { } secret)
                yield return secret;
        }
    }

    private WebhookSecret? TryUnprotect(string text)
    {
        try
        {
            return WebhookSecret.Parse(protector.Unprotect(text));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private SendResult Answered(HttpResponseMessage response, string? answer, long started)
    {
        if (response.IsSuccessStatusCode)
            return new SendResult((int)response.StatusCode, time.GetElapsedTime(started), answer, Error: null, RetryAfter: null);

        return new SendResult(
            (int)response.StatusCode, time.GetElapsedTime(started), answer, Sentence(SendFaults.Answered(response.StatusCode)), RetryAfter(response));
    }

    private SendResult Failed(string sentence, long started) =>
        new(StatusCode: null, time.GetElapsedTime(started), Answer: null, Sentence(sentence), RetryAfter: null);

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var asked = response.Headers.RetryAfter;
        if ((asked?.Delta ?? (asked?.Date - time.Now())) is not { } wait)
            return null;
        if (wait <= TimeSpan.Zero)
            return TimeSpan.Zero;

        return wait < SendResult.MaxRetryAfter ? wait : SendResult.MaxRetryAfter;
    }

    private static string Sentence(string sentence) => Text.Truncate(sentence, SendResult.ErrorMaxLength);
}
