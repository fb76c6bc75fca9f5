using StackAgent.WebApi.Paths;

namespace StackAgent.WebApi.FunctionalTests.Paths;

[TestFixture]
internal sealed class RawPathTests
{
    [TestCase("/api/agents/a", "api|agents|a")]
    [TestCase("/api/agents/a/", "api|agents|a")]
    [TestCase("/a%2Fb/a%252Fb/100%25", "a/b|a%2Fb|100%")]
    [TestCase("/%E5%AE%9E/x?y=/z#/w", "实|x")]
    [TestCase("/a+b/%2B", "a+b|+")]
    [TestCase("/a//b", "a||b")]
    [TestCase("/a/./b/../c", "a|c")]
    [TestCase("/a/%2E%2E/c", "c")]
    [TestCase("/a/..%2Fb/...", "a|../b|...")]
    [TestCase("http://host:80/a/b?c", "a|b")]
    [TestCase("http://host", "")]
    [TestCase("*", "")]
    [TestCase("", "")]
    [TestCase("/%FF%", "%FF%")]
    public void Segments_OfATarget_AreDecodedOnce(string target, string expected) =>
        Assert.That(string.Join('|', RawPath.Segments(target)), Is.EqualTo(expected));
}
