using StackAgent.Domain.Accounts;

namespace StackAgent.Domain.UnitTests.Accounts;

public sealed class EmailAddressTests
{
    [TestCase("ada@example.com")]
    [TestCase("  ada@example.com ")]
    [TestCase("ada.lovelace+tag@mail.example.co.uk")]
    [TestCase("o'brien@example.com")]
    [TestCase("实现@例子.中国")]
    [TestCase("ada@xn--fsqu00a.example")]
    public void IsAcceptable_WhenItLooksLikeAnAddress_IsTrue(string email) => Assert.That(EmailAddress.IsAcceptable(email), Is.True);

    [TestCase(null)]
    [TestCase("")]
    [TestCase("ada")]
    [TestCase("@example.com")]
    [TestCase("ada@")]
    [TestCase("ada@example")]
    [TestCase("ada@@example.com")]
    [TestCase("ada@b@example.com")]
    [TestCase("ada lovelace@example.com")]
    [TestCase("ada@exam ple.com")]
    [TestCase("ada@example.com\r\nBcc: all@example.com")]
    [TestCase("a\0da@example.com")]
    [TestCase("ada@.com")]
    [TestCase("ada@example..com")]
    [TestCase("ada@-example.com")]
    [TestCase("ada@exa_mple.com")]
    [TestCase(".ada@example.com")]
    [TestCase("ada.@example.com")]
    [TestCase("a..da@example.com")]
    [TestCase("<ada>@example.com")]
    public void IsAcceptable_WhenItDoesNot_IsFalse(string? email) => Assert.That(EmailAddress.IsAcceptable(email), Is.False);

    [TestCase(255, true)]
    [TestCase(256, false)]
    public void IsAcceptable_WhenLong_IsMeasuredInCodePoints(int length, bool expected)
    {
        const string domain = "@example.com";
        var email = string.Concat(Enumerable.Repeat("😀", length - domain.Length)) + domain;

        Assert.That(EmailAddress.IsAcceptable(email), Is.EqualTo(expected));
    }

    [TestCase("Ada@Example.COM", "ada@example.com")]
    [TestCase(" ada@example.com", "ADA@EXAMPLE.COM")]
    [TestCase("AM\u00c9LIE@example.com", "am\u00e9lie@example.com")]
    public void Normalize_WhenSpellingsDifferInCase_IsTheSame(string one, string other) =>
        Assert.That(EmailAddress.Normalize(one), Is.EqualTo(EmailAddress.Normalize(other)).And.Not.Null);

    [Test]
    public void Normalize_WhenTextIsBrokenUnicode_IsNull() => Assert.That(EmailAddress.Normalize("a\ud800@example.com"), Is.Null);
}
