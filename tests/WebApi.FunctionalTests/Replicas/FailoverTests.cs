using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.WebApi.FunctionalTests.Kubernetes;

namespace StackAgent.WebApi.FunctionalTests.Replicas;

/// <summary>Two server processes on one PostgreSQL, of which one acts.</summary>
[TestFixture]
internal sealed class FailoverTests
{
    private static readonly string SecretKey = new('s', 40);

    private TemporaryFolder _folder;
    private TestDatabase _database;

    [SetUp]
    public async Task StartAsync()
    {
        _folder = new TemporaryFolder();
        _database = await TestDatabase.CreateAsync(DatabaseProvider.PostgreSql);
    }

    [TearDown]
    public async Task EndAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Lead_WhenTheDatabaseDecides_GoesToTheOneThatLives()
    {
        using var one = NewReplica("one", []);
        using var other = NewReplica("other", []);
        await Replica.ChangePlacesAsync(one, other);
        Assert.That(one.Process.Output, Does.Contain("an advisory lock in PostgreSQL"));
    }

    [Test]
    [Category(TestCluster.Category)]
    public async Task Lead_WhenALeaseDecides_GoesToTheOneThatLives()
    {
        var ns = $"leases-{Guid.NewGuid():N}";
        await TestCluster.KubectlAsync("create", "namespace", ns);
        try
        {
            await TestCluster.KubectlAsync("create", "role", "leader", "-n", ns, "--verb=get,create,update", "--resource=leases.coordination.k8s.io");
            await TestCluster.KubectlAsync("create", "rolebinding", "leader", "-n", ns, "--role=leader", "--serviceaccount=stackagent:stackagent");
            // No agent runs here.
            var environment = await KubernetesServer.EnvironmentAsync(_folder.Path, port: 1);
            environment["LEADER_NAMESPACE"] = ns;
            using var one = NewReplica("one", environment);
            using var other = NewReplica("other", environment);
            await Replica.ChangePlacesAsync(one, other);

            var leases = (await TestCluster.GetAsync("leases", "-n", ns))!["items"]!.AsArray();
            var spec = leases.Single()!["spec"]!;
            Assert.Multiple(() =>
            {
                Assert.That(spec["holderIdentity"]!.GetValue<string>(), Does.StartWith("other_"));
                Assert.That(spec["leaseDurationSeconds"]!.GetValue<int>(), Is.EqualTo(10));
                Assert.That(spec["leaseTransitions"]!.GetValue<int>(), Is.EqualTo(3));
            });
        }
        finally
        {
            await TestCluster.KubectlAsync("delete", "namespace", ns, "--wait=false");
        }
    }

    /// <summary>Each with a platform folder of its own: with the local runtime the folder's lock would decide before anything else does.</summary>
    private Replica NewReplica(string name, Dictionary<string, string> environment)
    {
        var folder = Directory.CreateDirectory(_folder[name]).FullName;
        return new Replica(new ServerProcess(
            typeof(Program).Assembly.Location,
            folder,
            new Dictionary<string, string>(environment, StringComparer.Ordinal)
            {
                ["DATABASE_URL"] = _database.Url,
                ["SECRET_KEY"] = SecretKey,
                ["POD_NAME"] = name,
                ["AGENT_RUNTIME"] = environment.GetValueOrDefault("AGENT_RUNTIME", "local"),
            }));
    }
}
