using System.Text;
using StackAgent.Domain.Notifications;

namespace StackAgent.Domain.UnitTests.Notifications;

public sealed class WebhookSecretTests
{
    // The signing vector that the reference libraries of Standard Webhooks share.
    private const string VectorKey = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string VectorId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string VectorBody = "{\"test\": 2432232314}";
    private const string VectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly DateTimeOffset VectorTime = DateTimeOffset.FromUnixTimeSeconds(1614265330);

    [TestCase("whsec_" + VectorKey)]
    [TestCase(VectorKey)]
    public void Sign_WhenGivenTheSpecificationsVector_IsItsSignature(string secret) =>
        Assert.That(WebhookSecret.Parse(secret).Sign(VectorId, VectorTime, Encoding.UTF8.GetBytes(VectorBody)), Is.EqualTo(VectorSignature));

    [Test]
    public void Sign_WhenTheTimeHasAFraction_SignsWholeSeconds() =>
        Assert.That(
            WebhookSecret.Parse(VectorKey).Sign(VectorId, VectorTime.AddMilliseconds(999), Encoding.UTF8.GetBytes(VectorBody)),
            Is.EqualTo(VectorSignature));

    [Test]
    public void Sign_WhenAnythingIsDifferent_IsAnotherSignature()
    {
        var secret = WebhookSecret.Parse(VectorKey);
        var body = Encoding.UTF8.GetBytes(VectorBody);

        Assert.That(
            new[]
            {
                secret.Sign(VectorId + "x", VectorTime, body),
                secret.Sign(VectorId, VectorTime.AddSeconds(1), body),
                secret.Sign(VectorId, VectorTime, [.. body, (byte)' ']),
                WebhookSecret.Generate().Sign(VectorId, VectorTime, body),
                VectorSignature,
            },
            Is.Unique);
    }

    [Test]
    public void Generate_Always_HasTheSpecificationsFormAndCanBeReadBack()
    {
        var secret = WebhookSecret.Generate();

        Assert.Multiple(() =>
        {
            Assert.That(secret.Value, Does.Match("^whsec_[A-Za-z0-9+/]{43}=$"));
            Assert.That(WebhookSecret.Parse(secret.Value).Value, Is.EqualTo(secret.Value));
            Assert.That(WebhookSecret.Generate().Value, Is.Not.EqualTo(secret.Value));
            Assert.That(secret.ToString(), Is.EqualTo("WebhookSecret"));
        });
    }

    [TestCase(24)]
    [TestCase(64)]
    public void Parse_WhenTheLengthIsAllowed_Reads(int bytes) =>
        Assert.That(WebhookSecret.Parse("whsec_" + Convert.ToBase64String(new byte[bytes])).Value, Does.StartWith("whsec_AAAA"));

    [TestCase("")]
    [TestCase("whsec_")]
    [TestCase("whsec_not base64!")]
    [TestCase("whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [TestCase("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS")]
    public void Parse_WhenItIsNoSecret_Throws(string text) =>
        Assert.That(() => WebhookSecret.Parse(text), Throws.TypeOf<FormatException>());

    [TestCase(23)]
    [TestCase(65)]
    [TestCase(4000)]
    public void Parse_WhenTheLengthIsNotAllowed_Throws(int bytes) =>
        Assert.That(() => WebhookSecret.Parse("whsec_" + Convert.ToBase64String(new byte[bytes])), Throws.TypeOf<FormatException>());
}
