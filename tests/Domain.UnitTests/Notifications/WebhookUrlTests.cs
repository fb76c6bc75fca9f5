using StackAgent.Domain.Notifications;

namespace StackAgent.Domain.UnitTests.Notifications;

public sealed class WebhookUrlTests
{
    [TestCase("https://example.com/hook")]
    [TestCase("http://example.com:8080/a/b%2Fc?key=%40#part")]
    [TestCase("HTTPS://EXAMPLE.COM")]
    [TestCase("https://example.com./hook")]
    [TestCase("https://example.com/@user")]
    [TestCase("https://example.com?to=a@b.c")]
    [TestCase("https://8.8.8.8/")]
    [TestCase("https://[2606:4700:4700::1111]/")]
    [TestCase("https://bücher.example/hook")]
    [TestCase("https://localhost.example.com/")]
    public void FindFault_WhenItMayBePublic_FindsNone(string url) => Assert.That(WebhookUrl.FindFault(url, allowPrivate: false), Is.Null);

    [TestCase("http://localhost/")]
    [TestCase("http://LocalHost./")]
    [TestCase("http://a.localhost/")]
    [TestCase("http://127.0.0.1/")]
    [TestCase("http://127.0.0.1./")]
    [TestCase("http://127.1/")]
    [TestCase("http://127.0.1/")]
    [TestCase("http://2130706433/")]
    [TestCase("http://0x7f000001/")]
    [TestCase("http://0x7f.1/")]
    [TestCase("http://0177.0.0.1/")]
    [TestCase("http://017700000001/")]
    [TestCase("http://0X7F.0.0x0.01/")]
    [TestCase("http://10.0.0.1:8080/")]
    [TestCase("http://169.254.169.254/latest/meta-data/")]
    [TestCase("http://2852039166/")]
    [TestCase("http://[::1]/")]
    [TestCase("http://[0:0:0:0:0:0:0:1]/")]
    [TestCase("http://[::ffff:127.0.0.1]/")]
    [TestCase("http://[::ffff:7f00:1]/")]
    [TestCase("http://[fd00:ec2::254]/")]
    [TestCase("http://0/")]
    public void FindFault_WhenItIsNotPublic_NamesTheSettingUnlessThatAllowsIt(string url) =>
        Assert.Multiple(() =>
        {
            Assert.That(WebhookUrl.FindFault(url, allowPrivate: false), Does.Contain("NOTIFICATION_ALLOW_PRIVATE"));
            Assert.That(WebhookUrl.FindFault(url, allowPrivate: true), Is.Null);
        });

    [TestCase("")]
    [TestCase("example.com/hook")]
    [TestCase("/hook")]
    [TestCase("//example.com/hook")]
    [TestCase("ftp://example.com/")]
    [TestCase("file:///etc/passwd")]
    [TestCase("gopher://example.com/")]
    [TestCase("javascript:alert(1)")]
    [TestCase("http://")]
    [TestCase("http:///hook")]
    [TestCase("http:example.com")]
    [TestCase("https://user@example.com/")]
    [TestCase("https://user:password@example.com/")]
    [TestCase("https://@example.com/")]
    [TestCase("https://example.com@127.0.0.1/")]
    [TestCase("https://example.com\\@127.0.0.1/")]
    [TestCase("https:\\\\example.com\\hook")]
    [TestCase("https://exam%70le.com/")]
    [TestCase("http://%31%32%37.0.0.1/")]
    [TestCase("http://[fe80::1%25eth0]/")]
    [TestCase("https://example.com:0/")]
    [TestCase("https://example.com:99999/")]
    [TestCase("https://example.com/a b")]
    [TestCase("https://example.com/\r\nHost: b")]
    [TestCase("https://example.com/\0")]
    [TestCase(" https://example.com/")]
    public void FindFault_WhenItIsNoUrlToSendTo_SaysSoWhateverIsAllowed(string url) =>
        Assert.That(WebhookUrl.FindFault(url, allowPrivate: true), Is.Not.Null.And.Not.Empty);

    [TestCase("a", 64)]
    [TestCase("é", 100)]
    [TestCase("é.", 300)]
    [TestCase("abcdefghi.", 26)]
    public void FindFault_WhenTheHostIsTooLongForAName_SaysSo(string part, int times) =>
        Assert.That(
            WebhookUrl.FindFault($"https://{string.Concat(Enumerable.Repeat(part, times))}com/", allowPrivate: true),
            Is.EqualTo("The host of this URL is neither a name nor an address."));

    [Test]
    public void FindFault_WhenItIsTooLong_SaysSo()
    {
        var longest = "https://example.com/".PadRight(WebhookUrl.MaxLength, 'a');

        Assert.Multiple(() =>
        {
            Assert.That(WebhookUrl.FindFault(longest, allowPrivate: false), Is.Null);
            Assert.That(WebhookUrl.FindFault(longest + "a", allowPrivate: false), Does.Contain("2000"));
        });
    }
}
