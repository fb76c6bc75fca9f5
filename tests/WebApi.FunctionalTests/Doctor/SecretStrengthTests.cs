using System.Buffers.Text;
using System.Security.Cryptography;
using StackAgent.WebApi.Doctor;

namespace StackAgent.WebApi.FunctionalTests.Doctor;

internal sealed class SecretStrengthTests
{
    [TestCase("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "few different")]
    [TestCase("0123456789abcdef0123456789abcdef", "repeats")]
    [TestCase("abcdefghijklmnopqrstuvwxyz0123456789", "sequence")]
    [TestCase("change-me-please-0A1B2C3D4E5F6G7H", "example")]
    [TestCase("My-Very-Secret-Key-Of-The-Year-1999", "example")]
    public void FindWeakness_WhenSomebodyThoughtOfIt_SaysSo(string secret, string weakness) =>
        Assert.That(SecretStrength.FindWeakness(secret), Does.Contain(weakness));

    [Test]
    public void FindWeakness_WhenItIsRandom_FindsNone()
    {
        // Made from a fixed key, so that what is tested doesn't hang on luck.
        for (byte seed = 0; seed < 50; seed++)
        {
            var bytes = HKDF.DeriveKey(HashAlgorithmName.SHA256, [seed], 36);
            Assert.Multiple(() =>
            {
                Assert.That(SecretStrength.FindWeakness(Convert.ToBase64String(bytes)), Is.Null);
                Assert.That(SecretStrength.FindWeakness(Base64Url.EncodeToString(bytes)), Is.Null);
                Assert.That(SecretStrength.FindWeakness(Convert.ToHexStringLower(bytes)), Is.Null);
            });
        }
    }
}
