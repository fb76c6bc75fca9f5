using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Notifications;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Notifications.Sending;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Sending;

/// <summary>A name server of the test's own.</summary>
internal sealed class FakeResolver(Func<string, IPAddress[]> answer) : INameResolver
{
    /// <summary>What was asked for, in this order.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        Asked.Enqueue(host);
        return Task.FromResult(answer(host));
    }
}

/// <summary>Protects nothing, and shows whether it was asked to.</summary>
internal sealed class FakeProtector : ISecretProtector
{
    private const string Mark = "protected:";

    public string Protect(string plaintext) => Mark + plaintext;

    public string Unprotect(string text) =>
        text.StartsWith(Mark, StringComparison.Ordinal) ? text[Mark.Length..] : throw new CryptographicException("Another key.");
}

/// <summary>The sender, with a name server of the test's own and private addresses allowed or not.</summary>
internal sealed class SenderBed : IDisposable
{
    public const string SessionData =
        """{"agent":{"id":"0198","agent_id":"a-1","name":"Ada & Bob","kind":"reported","stack_id":null},"session":{"id":"0199","session_topic":"nightly <build>"},"previous_status":"running","status":"success","message":"Done.","content":"All \"well\"","duration_seconds":3723.5}""";

    public static readonly DateTimeOffset At = new(2025, 6, 30, 12, 0, 0, 123, 456, TimeSpan.Zero);

    private readonly HttpNotificationSender _sender;

    public SenderBed(bool allowPrivate = true, Func<string, IPAddress[]>? resolve = null, TimeProvider? time = null)
    {
        Resolver = new FakeResolver(resolve ?? (_ => [IPAddress.Loopback]));
        _sender = new HttpNotificationSender(Resolver, new FakeProtector(), new NotificationSenderOptions(allowPrivate), time ?? TimeProvider.System);
    }

    public FakeResolver Resolver { get; }

    public static WebhookSecret Secret { get; } = WebhookSecret.Generate();

    public static NotificationMessage Message(Uri url) => new(
        url,
        NotificationFormat.Standard,
        "msg_0123456789abcdef0123456789abcdef",
        "session.status_changed",
        At,
        SessionData,
        [new FakeProtector().Protect(Secret.Value)],
        TimeSpan.FromSeconds(60),
        IsKubeAgents: false);

    public Task<SendResult> SendAsync(Uri url) => SendAsync(Message(url));

    public Task<SendResult> SendAsync(NotificationMessage message, CancellationToken cancellationToken = default) =>
        _sender.SendAsync(message, cancellationToken);

    public void Dispose() => _sender.Dispose();
}
