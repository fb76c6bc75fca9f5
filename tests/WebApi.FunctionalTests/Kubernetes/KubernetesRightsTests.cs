using System.Net;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>A server whose account may do nothing in the cluster.</summary>
[Category(TestCluster.Category)]
internal sealed class KubernetesRightsTests
{
    private readonly string _account = $"rights-{Guid.NewGuid():N}";
    private TemporaryFolder _folder;

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public async Task TearDownAsync()
    {
        await TestCluster.DeleteAccountAsync(_account);
        _folder.Dispose();
    }

    [Test]
    public async Task Ready_WhenTheClusterForbidsWhatIsNeeded_SaysSoUntilItIsGranted()
    {
        await TestCluster.WriteAccountConfigAsync(_folder.Path);
        await TestCluster.KubectlAsync("create", "serviceaccount", _account, "-n", "stackagent");
        var config = await TestCluster.WriteAccountConfigAsync(_folder.Path, _account);
        await using var server = await KubernetesServer.StartAsync(settings: new Dictionary<string, string>(StringComparer.Ordinal) { ["K8S_CONFIG_PATH"] = config });
        using var caller = server.Product.Anonymous();

        var refused = await Eventually.GetAsync(
            () => caller.GetAsync("/health/ready"), reply => reply.Status == HttpStatusCode.OK || reply.Text("detail").Contains("rbac.yaml", StringComparison.Ordinal), "the cause");
        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(refused.Text("detail"), Does.StartWith("runtime: "));
        await TestContext.Out.WriteLineAsync(refused.Text("detail"));

        await TestCluster.CreateAccountAsync(_account);
        await Eventually.GetAsync(() => caller.GetAsync("/health/ready"), reply => reply.Status == HttpStatusCode.OK, "the server to be ready");
    }
}
