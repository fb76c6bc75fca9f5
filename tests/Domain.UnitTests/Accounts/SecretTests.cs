using System.Security.Cryptography;
using System.Text;
using StackAgent.Domain.Accounts;

namespace StackAgent.Domain.UnitTests.Accounts;

public sealed class SecretTests
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, Secret.ByteLength).Select(i => (byte)(255 - i))];

    [Test]
    public void ApiKey_WhenMadeOfBytes_HasTheContractsForm()
    {
        var key = Secret.ApiKey(Bytes);

        Assert.Multiple(() =>
        {
            Assert.That(key.Value, Does.Match("^sak_[A-Za-z0-9_-]{43}$").And.Length.EqualTo(Secret.ApiKeyLength));
            Assert.That(key.Hash, Is.EqualTo(SHA256.HashData(Encoding.UTF8.GetBytes(key.Value))));
            Assert.That(key.Value, Does.StartWith(key.Prefix));
            Assert.That(key.Prefix, Has.Length.EqualTo(12));
            Assert.That(Secret.IsApiKeyForm(key.Value), Is.True);
        });
    }

    [Test]
    public void RefreshToken_WhenMadeOfBytes_HoldsAllOfThem() =>
        Assert.That(
            Convert.FromBase64String(Secret.RefreshToken(Bytes).Value.Replace('-', '+').Replace('_', '/') + "="),
            Is.EqualTo(Bytes));

    [TestCase(31)]
    [TestCase(33)]
    public void ApiKey_WhenBytesAreNot32_Throws(int length) =>
        Assert.That(() => Secret.ApiKey(new byte[length]), Throws.ArgumentException);

    [Test]
    public void ToString_Always_HidesTheSecret() => Assert.That(Secret.ApiKey(Bytes).ToString(), Is.EqualTo("Secret"));
}
