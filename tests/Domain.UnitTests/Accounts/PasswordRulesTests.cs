using StackAgent.Domain.Accounts;

namespace StackAgent.Domain.UnitTests.Accounts;

public sealed class PasswordRulesTests
{
    [TestCase("Passw0rd")]
    [TestCase("Пароль-123")]
    public void Violations_WhenAllIsThere_AreNone(string password) => Assert.That(PasswordRules.Violations(password), Is.Empty);

    [TestCase("Passw0r", "at least 8")]
    [TestCase("passw0rd", "upper-case")]
    [TestCase("PASSW0RD", "lower-case")]
    [TestCase("Password", "digit")]
    public void Violations_WhenSomethingLacks_NameIt(string password, string expected) =>
        Assert.That(PasswordRules.Violations(password).Single(), Does.Contain(expected));

    [TestCase(128, 0)]
    [TestCase(129, 1)]
    [TestCase(5_000_000, 1)]
    public void Violations_WhenLong_AreForMoreThan128CodePoints(int length, int expected)
    {
        var password = "aA1" + string.Concat(Enumerable.Repeat("😀", length - 3));

        Assert.That(PasswordRules.Violations(password).Count(), Is.EqualTo(expected));
    }
}
