using StackAgent.Domain.Agents;

namespace StackAgent.Domain.UnitTests.Agents;

internal sealed class QuantityTests
{
    [TestCase("0", "0")]
    [TestCase("250m", "0.25")]
    [TestCase("1.5", "1.5")]
    [TestCase(".5", "0.5")]
    [TestCase("5.", "5")]
    [TestCase("+2", "2")]
    [TestCase("100n", "0.0000001")]
    [TestCase("512Mi", "536870912")]
    [TestCase("1Ei", "1152921504606846976")]
    [TestCase("1E", "1000000000000000000")]
    [TestCase("2e3", "2000")]
    [TestCase("2E-3", "0.002")]
    [TestCase("64k", "64000")]
    public void TryParse_WhenItIsAnAmount_GivesIt(string text, string amount)
    {
        Assert.That(Quantity.TryParse(text, out var parsed), Is.True);
        Assert.That(parsed, Is.EqualTo(decimal.Parse(amount)));
    }

    [TestCase("")]
    [TestCase("m")]
    [TestCase("-1")]
    [TestCase("1K")]
    [TestCase("1MB")]
    [TestCase("1 Mi")]
    [TestCase("1mi")]
    [TestCase("1,5")]
    [TestCase("1e")]
    [TestCase("1e99")]
    [TestCase("1e3Mi")]
    [TestCase("1\n")]
    [TestCase("99999999999999999999999999999999")]
    public void TryParse_WhenItIsNone_RefusesIt(string text) => Assert.That(Quantity.TryParse(text, out _), Is.False);
}
