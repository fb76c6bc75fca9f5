using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StackAgent.Application.Notifications;
using StackAgent.Domain.Notifications;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Sending;

/// <summary>What receivers get, and what becomes of what they answer.</summary>
public sealed class SenderTests
{
    [Test]
    public async Task Send_WhenTheFormatIsStandard_SendsItSigned()
    {
        var time = new ManualTimeProvider();
        await using var receiver = Receiver.Ok();
        using var bed = new SenderBed(time: time);

        var result = await bed.SendAsync(receiver.Url());

        var request = receiver.Last;
        var sentAt = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        Assert.Multiple(() =>
        {
            Assert.That(result, Is.EqualTo(new SendResult(200, TimeSpan.Zero, "ok", Error: null, RetryAfter: null)));
            Assert.That(result.IsDelivered, Is.True);
            Assert.That(request.StartLine, Is.EqualTo("POST /hook?key=1 HTTP/1.1"));
            Assert.That(
                request.Headers.Select(header => header.Key.ToLowerInvariant()),
                Is.EquivalentTo(new[] { "host", "user-agent", "content-type", "content-length", "webhook-id", "webhook-timestamp", "webhook-signature" }));
            Assert.That(request["Content-Type"], Is.EqualTo("application/json"));
            Assert.That(
                request.Text,
                Is.EqualTo("{\"type\":\"session.status_changed\",\"timestamp\":\"2025-06-30T12:00:00.123456Z\",\"data\":" + SenderBed.SessionData + "}"));
            Assert.That(request["webhook-id"], Is.EqualTo("msg_0123456789abcdef0123456789abcdef"));
            Assert.That(request["webhook-timestamp"], Is.EqualTo(sentAt));
            Assert.That(request["webhook-signature"], Is.EqualTo(Signature(SenderBed.Secret.Value, request)));
        });
    }

    [Test]
    public async Task Send_WhenTheSecretIsBeingRotated_SignsWithBoth()
    {
        var older = WebhookSecret.Generate();
        await using var receiver = Receiver.Ok();
        using var bed = new SenderBed();

        await bed.SendAsync(SenderBed.Message(receiver.Url()) with { Secrets = [Protected(SenderBed.Secret), Protected(older)] });

        Assert.That(
            receiver.Last["webhook-signature"],
            Is.EqualTo($"{Signature(SenderBed.Secret.Value, receiver.Last)} {Signature(older.Value, receiver.Last)}"));
    }

    [Test]
    public async Task Send_WhenTheOlderSecretCannotBeRead_SignsWithTheNewest()
    {
        await using var receiver = Receiver.Ok();
        using var bed = new SenderBed();

        await bed.SendAsync(SenderBed.Message(receiver.Url()) with { Secrets = [Protected(SenderBed.Secret), "unreadable"] });

        Assert.That(receiver.Last["webhook-signature"], Is.EqualTo(Signature(SenderBed.Secret.Value, receiver.Last)));
    }

    [Test]
    public async Task Send_WhenTheNewestSecretCannotBeRead_SaysSoAndSendsNothing()
    {
        await using var receiver = Receiver.Ok();
        using var bed = new SenderBed();

        var result = await bed.SendAsync(SenderBed.Message(receiver.Url()) with { Secrets = ["unreadable", Protected(SenderBed.Secret)] });

        Assert.Multiple(() =>
        {
            Assert.That(result.Error, Does.Contain("SECRET_KEY").And.Contain("rotate"));
            Assert.That(receiver.Accepted, Is.Zero);
        });
    }

    [Test]
    public async Task Send_WhenItIsForKubeAgentsClients_SendsTheirBodyAndTheirHeaderAlone()
    {
        await using var receiver = Receiver.Ok();
        using var bed = new SenderBed();

        await bed.SendAsync(SenderBed.Message(receiver.Url()) with { IsKubeAgents = true, Secrets = [], Format = NotificationFormat.Lark });

        Assert.Multiple(() =>
        {
            Assert.That(receiver.Last.Headers.Select(header => header.Key), Is.EquivalentTo(new[] { "Host", "Content-Type", "Content-Length" }));
            Assert.That(receiver.Last["Content-Type"], Is.EqualTo("application/json"));
            Assert.That(
                receiver.Last.Text,
                Is.EqualTo(
                    """{"msg_type":"text","content":{"text":"🔔 Session Status Change\n\nAgent ID: a-1\nAgent Name: Ada \u0026 Bob\nSession: nightly \u003cbuild\u003e\nStatus: running → success\nTimestamp: 2025-06-30T12:00:00Z\nDuration: 1h2m3.5s\nMessage: Done.\nContent: All \"well\""}}"""));
        });
    }

    [TestCase(NotificationFormat.Lark)]
    [TestCase(NotificationFormat.Slack)]
    public async Task Send_WhenAChatGetsIt_CanStillTellARepetition(NotificationFormat format)
    {
        await using var receiver = Receiver.Ok();
        using var bed = new SenderBed();

        await bed.SendAsync(SenderBed.Message(receiver.Url()) with { Format = format });

        Assert.Multiple(() =>
        {
            Assert.That(receiver.Last["webhook-id"], Does.StartWith("msg_"));
            Assert.That(receiver.Last["webhook-signature"], Is.EqualTo(Signature(SenderBed.Secret.Value, receiver.Last)));
            Assert.That(() => JsonDocument.Parse(receiver.Last.Body).Dispose(), Throws.Nothing);
        });
    }

    [Test]
    public async Task Send_WhenTheReceiverSetsCookies_SendsNone()
    {
        await using var receiver = Receiver.Answering("HTTP/1.1 204 No Content\r\nSet-Cookie: a=b; Path=/\r\n\r\n");
        using var bed = new SenderBed();

        await bed.SendAsync(receiver.Url());
        var second = await bed.SendAsync(receiver.Url());

        Assert.Multiple(() =>
        {
            Assert.That(second, Has.Property("StatusCode").EqualTo(204).And.Property("Answer").Null.And.Property("IsDelivered").True);
            Assert.That(receiver.Last["Cookie"], Is.Null);
            Assert.That(receiver.Accepted, Is.EqualTo(1), "the connection is used again");
        });
    }

    [TestCase(301, "redirect")]
    [TestCase(400, "400")]
    [TestCase(401, "secret")]
    [TestCase(404, "path")]
    [TestCase(405, "POST")]
    [TestCase(410, "no more")]
    [TestCase(429, "more requests")]
    [TestCase(500, "problem of its own")]
    public async Task Send_WhenTheAnswerIsAnother_IsAFailureWithASentence(int status, string part)
    {
        await using var receiver = Receiver.Answering($"HTTP/1.1 {status} Whatever\r\nContent-Length: 4\r\n\r\nnope");
        using var bed = new SenderBed();

        var result = await bed.SendAsync(receiver.Url());

        Assert.Multiple(() =>
        {
            Assert.That(result, Has.Property("StatusCode").EqualTo(status).And.Property("IsDelivered").False.And.Property("Answer").EqualTo("nope"));
            Assert.That(result.Error, Does.Contain(part).And.Not.Contain("Whatever"));
        });
    }

    [TestCase("120", 120)]
    [TestCase("0", 0)]
    [TestCase("2147483647", 86400)]
    [TestCase("Thu, 01 Jan 2026 00:10:00 GMT", 600)]
    [TestCase("Thu, 01 Jan 2015 00:10:00 GMT", 0)]
    [TestCase("Thu, 01 Jan 2099 00:10:00 GMT", 86400)]
    [TestCase("-5", null)]
    [TestCase("soon", null)]
    public async Task Send_WhenTheReceiverAsksToBeLeftAlone_SaysForHowLong(string header, int? seconds)
    {
        await using var receiver = Receiver.Answering($"HTTP/1.1 503 Busy\r\nRetry-After: {header}\r\nContent-Length: 0\r\n\r\n");
        using var bed = new SenderBed(time: new ManualTimeProvider());

        var result = await bed.SendAsync(receiver.Url());

        Assert.That(result.RetryAfter?.TotalSeconds, Is.EqualTo(seconds));
    }

    [Test]
    public async Task Send_WhenTheAnswerIsTenMegabytes_TakesItsStart()
    {
        await using var receiver = Receiver.Start(async (_, stream, token) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"u8.ToArray(), token);
            var part = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("\u001b\0é😀", 1000)));
            for (var sent = 0; sent < 10_000_000; sent += part.Length)
                await stream.WriteAsync(part, token);
        });
        using var bed = new SenderBed();

        var result = await bed.SendAsync(receiver.Url());

        // The connection is given up: what is left of the answer isn't worth it.
        await receiver.Closed.Task.WaitAsync(Eventually.Deadline);
        Assert.Multiple(() =>
        {
            Assert.That(result.IsDelivered, Is.True);
            Assert.That(result.Answer!.EnumerateRunes().Count(), Is.EqualTo(SendResult.AnswerMaxLength));
            Assert.That(result.Answer, Does.StartWith("��é😀��é😀").And.EndWith("…"));
        });
    }

    [Test]
    public async Task Send_WhenTheAnswerIsPacked_LeavesItAlone()
    {
        await using var receiver = Receiver.Answering("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
        using var bed = new SenderBed();

        Assert.That(await bed.SendAsync(receiver.Url()), Has.Property("IsDelivered").True.And.Property("Answer").Null);
    }

    [Test]
    public async Task Send_WhenTheConnectionIsLostInTheMiddleOfAGoodAnswer_IsDelivered()
    {
        await using var receiver = Receiver.Start(async (_, stream, token) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome"u8.ToArray(), token);
            await stream.DisposeAsync();
        });
        using var bed = new SenderBed();

        Assert.That(await bed.SendAsync(receiver.Url()), Has.Property("StatusCode").EqualTo(200).And.Property("Error").Null);
    }

    [TestCase("", Description = "never a byte")]
    [TestCase("HTTP/1.1 200 OK\r\nX-Slow: ", Description = "headers without an end")]
    [TestCase("HTTP/1.1 100 Continue\r\n\r\n", Description = "only that more is to come")]
    public async Task Send_WhenNoAnswerComes_EndsInTime(string start)
    {
        var time = new ManualTimeProvider();
        await using var receiver = Receiver.Start(async (_, stream, token) =>
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(start), token);
            await Task.Delay(Timeout.Infinite, token);
        });
        using var bed = new SenderBed(time: time);

        var sending = bed.SendAsync(SenderBed.Message(receiver.Url()) with { Timeout = TimeSpan.FromSeconds(15) });
        await receiver.Asked.Task.WaitAsync(Eventually.Deadline);
        time.Advance(TimeSpan.FromSeconds(14));
        Assert.That(sending.IsCompleted, Is.False);
        time.Advance(TimeSpan.FromSeconds(1));
        var result = await sending.WaitAsync(Eventually.Deadline);

        Assert.That(result, Is.EqualTo(new SendResult(null, TimeSpan.FromSeconds(15), Answer: null, "No answer came within 15 s.", RetryAfter: null)));
    }

    [Test]
    public async Task Send_WhenTheAnswerDrips_EndsAndCloses()
    {
        await using var receiver = Receiver.Start(async (_, stream, token) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"u8.ToArray(), token);
            for (; ; await Task.Delay(10, token))
                await stream.WriteAsync("x"u8.ToArray(), token);
        });
        using var bed = new SenderBed();

        await bed.SendAsync(SenderBed.Message(receiver.Url()) with { Timeout = TimeSpan.FromSeconds(1) }).WaitAsync(Eventually.Deadline);

        Assert.That(async () => await receiver.Closed.Task.WaitAsync(Eventually.Deadline), Throws.Nothing);
    }

    [Test]
    public async Task Send_WhenTheCallerStops_Throws()
    {
        await using var receiver = Receiver.Start((_, _, token) => Task.Delay(Timeout.Infinite, token));
        using var bed = new SenderBed();
        using var stop = new CancellationTokenSource();

        var sending = bed.SendAsync(SenderBed.Message(receiver.Url()), stop.Token);
        await receiver.Asked.Task.WaitAsync(Eventually.Deadline);
        await stop.CancelAsync();

        Assert.That(async () => await sending, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Send_WhenTheConnectionIsDropped_SaysSo()
    {
        await using var receiver = Receiver.Start((_, stream, _) => stream.DisposeAsync().AsTask());
        using var bed = new SenderBed();

        Assert.That((await bed.SendAsync(receiver.Url())).Error, Is.EqualTo("The connection to 127.0.0.1 was lost before an answer came."));
    }

    [Test]
    public async Task Send_WhenWhatListensIsNoHttpServer_SaysSo()
    {
        await using var receiver = Receiver.Answering("220 mail.example.com ESMTP\r\n\r\n");
        using var bed = new SenderBed();

        var result = await bed.SendAsync(receiver.Url());

        Assert.That(result.Error, Does.Contain("doesn't answer in HTTP").And.Not.Contain("ESMTP"));
    }

    [Test]
    public async Task Send_WhenTheAnswersHeadersAreEndless_GivesUp()
    {
        await using var receiver = Receiver.Answering("HTTP/1.1 200 OK\r\nX-Long: " + new string('x', 100_000) + "\r\n\r\n");
        using var bed = new SenderBed();

        Assert.That((await bed.SendAsync(receiver.Url())).Error, Does.Contain("headers"));
    }

    [Test]
    public async Task Send_WhenNothingListens_SaysSo()
    {
        var receiver = Receiver.Ok();
        var url = receiver.Url();
        await receiver.DisposeAsync();
        using var bed = new SenderBed();

        Assert.That((await bed.SendAsync(url)).Error, Is.EqualTo($"Nothing listens at 127.0.0.1, port {url.Port}."));
    }

    [TestCase(SocketError.HostNotFound, "no host with the name hooks.example.com")]
    [TestCase(SocketError.TryAgain, "name servers")]
    public async Task Send_WhenTheNameCannotBeResolved_SaysSo(SocketError error, string part)
    {
        using var bed = new SenderBed(resolve: _ => throw new SocketException((int)error));

        Assert.That((await bed.SendAsync(new Uri("https://hooks.example.com/"))).Error, Does.Contain(part));
    }

    [Test]
    public async Task Send_WhenTheFirstAddressDoesNotAnswer_TriesTheNext()
    {
        await using var receiver = Receiver.Ok();
        using var bed = new SenderBed(resolve: _ => [IPAddress.Parse("127.1.2.3"), IPAddress.Loopback]);

        Assert.That((await bed.SendAsync(receiver.Url("hooks.example.com"))).IsDelivered, Is.True);
    }

    private static string Protected(WebhookSecret secret) => new FakeProtector().Protect(secret.Value);

    /// <summary>By the specification, and nothing of the product.</summary>
    private static string Signature(string secret, ReceivedRequest request)
    {
        var signed = Encoding.UTF8.GetBytes($"{request["webhook-id"]}.{request["webhook-timestamp"]}.{request.Text}");
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret.Replace("whsec_", "", StringComparison.Ordinal)), signed));
    }
}
