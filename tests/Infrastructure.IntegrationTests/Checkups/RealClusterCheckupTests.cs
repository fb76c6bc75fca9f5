using StackAgent.Infrastructure.Checkups;
using StackAgent.Infrastructure.Leadership;
using StackAgent.Infrastructure.Runtimes.Kubernetes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Delivery;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Checkups;

/// <summary>The doctor's look at a real cluster, as StackAgent's own account and as one without its rights.</summary>
[Category(TestCluster.Category)]
internal sealed class RealClusterCheckupTests
{
    private readonly string _account = $"doctor-{Guid.NewGuid():N}";
    private TemporaryFolder _folder;

    [SetUp]
    public async Task SetUpAsync()
    {
        _folder = new TemporaryFolder();
        await TestCluster.CreateAccountAsync(_account);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await TestCluster.DeleteAccountAsync(_account);
        _folder.Dispose();
    }

    [Test]
    public async Task Examine_WhenTheAccountHasItsRights_FindsNothingWrong()
    {
        var findings = await ExamineAsync();

        Assert.That(findings.Where(finding => finding.Grade == Grade.Fault), Is.Empty);
        Assert.That(findings.First().Found, Does.StartWith("Kubernetes v1."));
        Assert.That(findings.Select(finding => finding.What), Does.Contain("right on leases in stackagent").And.Contain("right on tokenreviews"));
    }

    [Test]
    public async Task Examine_WhenTheRolesAreGone_NamesEveryRight()
    {
        var config = await TestCluster.WriteAccountConfigAsync(_folder.Path, _account);
        await TestCluster.KubectlAsync("delete", "clusterrolebinding", _account);

        IReadOnlyList<Finding> findings = [];
        await Eventually.TrueAsync(
            async () =>
            {
                findings = await ExamineAsync(config);
                return findings.Any(finding => finding is { What: "right on namespaces", Grade: Grade.Fault });
            },
            "the rights to be gone");

        Assert.That(
            findings.Where(finding => finding.What.StartsWith("right on ", StringComparison.Ordinal) && finding.What != "right on leases in stackagent").Select(finding => finding.Grade),
            Has.All.EqualTo(Grade.Fault));
    }

    private async Task<IReadOnlyList<Finding>> ExamineAsync(string? config = null)
    {
        config ??= await TestCluster.WriteAccountConfigAsync(_folder.Path, _account);
        var connection = KubeConfigLoader.Load(new Dictionary<string, string?>(StringComparer.Ordinal) { ["KUBECONFIG"] = config }, "/", new DiskFiles())!;
        var options = new KubernetesOptions(TestCluster.AgentImage, TimeSpan.FromMinutes(1))
        {
            Fetch = new CodeFetchOptions("registry.example.com/stackagent:1", new Uri("http://stackagent")),
            Ingress = new IngressOptions { Host = "agents.example.com", ClassName = "nginx" },
        };
        var findings = new Findings();
        await InfrastructureCheckups.Cluster(connection, options, new LeadershipOptions("stackagent"), TimeProvider.System).ExamineAsync(findings, CancellationToken.None);
        return findings.All;
    }
}
