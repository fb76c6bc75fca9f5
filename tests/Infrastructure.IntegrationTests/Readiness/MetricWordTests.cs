using StackAgent.Application.Common.Telemetry;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.IntegrationTests.Readiness;

/// <summary>What metrics are told apart by stays few, whatever comes from outside.</summary>
[TestFixture]
internal sealed class MetricWordTests
{
    [TestCase("CrashLoopBackOff", "CrashLoopBackOff")]
    [TestCase(null, "other")]
    [TestCase("", "other")]
    [TestCase("back-off pulling image \"x\"", "other")]
    public void Of_AReason_IsAWordOrOther(string? reason, string word) => Assert.That(MetricWord.Of(reason), Is.EqualTo(word));

    [Test]
    public void Of_WordsWithoutEnd_KeepsAHundred()
    {
        MetricWord.Of("Known");
        var words = Enumerable.Range(0, 300).Select(number => MetricWord.Of($"Word{number}")).Distinct().Count();

        Assert.That(words, Is.LessThanOrEqualTo(101));
        Assert.That(MetricWord.Of("Known"), Is.EqualTo("Known"));
    }

    [TestCase("apis/apps/v1/namespaces/stack-1/deployments/agent-1", "deployments")]
    [TestCase("apis/apps/v1/deployments", "deployments")]
    [TestCase("api/v1/namespaces/stack-1", "namespaces")]
    [TestCase("api/v1/namespaces", "namespaces")]
    [TestCase("api/v1/namespaces/stack-1/pods/pod-1/log", "pods/log")]
    [TestCase("api/v1/namespaces/stack-1/secrets", "secrets")]
    [TestCase("apis", "other")]
    public void ResourceOf_APath_NamesTheKindAlone(string path, string resource) => Assert.That(ClusterTelemetry.ResourceOf(path), Is.EqualTo(resource));
}
