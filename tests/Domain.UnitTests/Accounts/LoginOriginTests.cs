using StackAgent.Domain.Accounts;

namespace StackAgent.Domain.UnitTests.Accounts;

public sealed class LoginOriginTests
{
    [TestCase(null)]
    [TestCase("")]
    [TestCase("   ")]
    [TestCase("a\0b")]
    public void UserAgent_WhenItIsBlankOrCannotBeStored_IsUnknown(string? text) =>
        Assert.That(new LoginOrigin(address: null, text), Is.EqualTo(LoginOrigin.Unknown));

    // Attributes are stored as UTF-8, which has no half of a surrogate pair.
    [Test]
    public void UserAgent_WhenItHasHalfOfASurrogatePair_IsUnknown() =>
        Assert.That(new LoginOrigin(address: null, "half a pair: \uD83D"), Is.EqualTo(LoginOrigin.Unknown));

    [Test]
    public void UserAgent_WhenItIsTooLong_IsCut()
    {
        var origin = new LoginOrigin("192.0.2.1", new string('x', LoginOrigin.UserAgentMaxLength + 1));

        Assert.That(origin.UserAgent, Has.Length.EqualTo(LoginOrigin.UserAgentMaxLength).And.EndsWith("…"));
    }
}
