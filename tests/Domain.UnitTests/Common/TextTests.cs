using StackAgent.Domain.Common;

namespace StackAgent.Domain.UnitTests.Common;

public sealed class TextTests
{
    [TestCase("", 0)]
    [TestCase("abc", 3)]
    [TestCase("实现", 2)]
    [TestCase("👩‍💻", 3)]
    public void Length_WhenTextHasAnything_CountsCodePoints(string text, int expected) =>
        Assert.That(Text.Length(text), Is.EqualTo(expected));

    [TestCase("plain", true)]
    [TestCase("👍", true)]
    [TestCase("nul\0", false)]
    public void IsStorable_WhenTextHasNulOrHalfAPair_IsFalse(string text, bool expected) =>
        Assert.That(Text.IsStorable(text), Is.EqualTo(expected));

    // Halves of a pair can't stand in an attribute: it is stored as UTF-8.
    [Test]
    public void IsStorable_WhenHalfAPairStandsAlone_IsFalse() =>
        Assert.Multiple(() =>
        {
            Assert.That(Text.IsStorable(new string('\ud83d', 1)), Is.False);
            Assert.That(Text.IsStorable(new string(['a', '\udc4d', '\ud83d'])), Is.False);
            Assert.That(Text.Length(new string('\ud83d', 1)), Is.EqualTo(1));
        });

    [TestCase("short", 5, "short")]
    [TestCase("longer", 5, "long…")]
    [TestCase("👍👍👍", 3, "👍👍👍")]
    [TestCase("👍👍👍👍", 3, "👍👍…")]
    public void Truncate_WhenTextIsTooLong_CutsBetweenCodePoints(string text, int max, string expected) =>
        Assert.That(Text.Truncate(text, max), Is.EqualTo(expected));

    [TestCase("short", 5, "short")]
    [TestCase("longer", 5, "…nger")]
    [TestCase("👍👍👍👍", 3, "…👍👍")]
    public void TruncateStart_WhenTextIsTooLong_KeepsTheEnd(string text, int max, string expected) =>
        Assert.That(Text.TruncateStart(text, max), Is.EqualTo(expected));
}
