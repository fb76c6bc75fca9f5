using System.Security.Cryptography;
using StackAgent.Application.Accounts;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Secrets;

namespace StackAgent.Infrastructure.IntegrationTests.Secrets;

[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class SecretProtectionTests(DatabaseProvider provider)
{
    private const string SecretKey = "a secret key of at least 32 characters";
    private const string Secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    private SecretServers _servers;

    [SetUp]
    public async Task CreateServers() => _servers = await SecretServers.CreateAsync(provider);

    [TearDown]
    public async Task EndServers() => await _servers.DisposeAsync();

    [Test]
    public async Task Unprotect_WhenAnotherServerProtected_IsWhatItWas()
    {
        var text = (await StartAsync()).Protect(Secret);

        Assert.That((await StartAsync()).Unprotect(text), Is.EqualTo(Secret));
    }

    [Test]
    public async Task Unprotect_WhenServersStartTogether_EachReadsWhatAllWrite()
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync()));

        var texts = servers.Select(server => server.Protect(Secret)).ToList();

        Assert.Multiple(() =>
        {
            foreach (var server in servers)
                Assert.That(texts.Select(server.Unprotect), Has.All.EqualTo(Secret));
        });
        Assert.That(await RowsAsync(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Protect_Always_StoresNothingThatTellsTheSecret()
    {
        var protector = await StartAsync();

        var (once, again) = (protector.Protect(Secret), protector.Protect(Secret));

        var xml = (await RowsAsync()).Single().Xml;
        Assert.Multiple(() =>
        {
            Assert.That(once, Is.Not.EqualTo(again).And.Not.Contain("whsec"));
            Assert.That(once.Length, Is.LessThanOrEqualTo(Secret.Length + 200));
            Assert.That(xml, Does.Contain("lockedBySecretKey").And.Not.Contain("masterKey"));
        });
    }

    [Test]
    public async Task Unprotect_WhenTheSecretKeyIsAnother_ThrowsUntilItIsBack()
    {
        var before = (await StartAsync()).Protect(Secret);

        var changed = await StartAsync("another secret key of 32 characters or more");
        var after = changed.Protect(Secret);
        var back = await StartAsync();

        Assert.Multiple(() =>
        {
            Assert.That(() => changed.Unprotect(before), Throws.InstanceOf<CryptographicException>());
            Assert.That(changed.Unprotect(after), Is.EqualTo(Secret));
            Assert.That(back.Unprotect(before), Is.EqualTo(Secret));
            Assert.That(() => back.Unprotect(after), Throws.InstanceOf<CryptographicException>());
        });
    }

    [TestCase("")]
    [TestCase("nonsense")]
    [TestCase("not base64 !")]
    public async Task Unprotect_WhenTheTextIsDamaged_Throws(string text)
    {
        var protector = await StartAsync();

        Assert.That(() => protector.Unprotect(text), Throws.InstanceOf<CryptographicException>());
    }

    [Test]
    public void Decrypt_WhenAnyByteIsDifferent_Throws()
    {
        var cipher = new SecretKeyCipher(new AccountOptions(SecretKey));
        var box = cipher.Encrypt([1, 2, 3]);

        Assert.Multiple(() =>
        {
            Assert.That(cipher.Decrypt(box), Is.EqualTo(new byte[] { 1, 2, 3 }));
            for (var i = 0; i < box.Length; i++)
            {
                var damaged = box.ToArray();
                damaged[i] ^= 1;
                Assert.That(() => cipher.Decrypt(damaged), Throws.InstanceOf<CryptographicException>(), $"byte {i}");
            }

            Assert.That(() => cipher.Decrypt(box.AsSpan(0, 5)), Throws.InstanceOf<CryptographicException>());
        });
    }

    private Task<SecretServer> StartAsync(string secretKey = SecretKey) => _servers.StartAsync(secretKey);

    private Task<List<DataProtectionKeyRow>> RowsAsync() => _servers.RowsAsync();
}
