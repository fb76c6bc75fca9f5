using System.Globalization;
using System.Security.Cryptography;
using StackAgent.Bench.Kubernetes;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.Bench.Replicas;

/// <summary>Two published servers on one PostgreSQL and one platform folder, with an account that is signed in at both, whose agents run beside them or in a cluster.</summary>
internal sealed class ReplicaPair : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestDatabase _database;
    private readonly ClusterLab? _cluster;
    private readonly string? _leases;

    private ReplicaPair(string assembly, TestDatabase database, ClusterLab? cluster, string? leases)
    {
        (_database, _cluster, _leases) = (database, cluster, leases);
        var secret = RandomNumberGenerator.GetHexString(64);
        All = [New("one"), New("other")];

        Replica New(string name)
        {
            var environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["ENVIRONMENT"] = "production",
                ["HOST"] = "127.0.0.1",
                ["AGENT_RUNTIME"] = "local",
                ["SECRET_KEY"] = secret,
                ["ACCESS_TOKEN_EXPIRE_MINUTES"] = "600",
                ["DATABASE_URL"] = database.Url,
                ["AGENT_PLATFORM_BASE_PATH"] = _folder["platform"],
                ["POD_NAME"] = name,
            };
            foreach (var (variable, value) in cluster?.ServerEnvironment ?? [])
                environment[variable] = value;
            if (leases is not null)
                environment["LEADER_NAMESPACE"] = leases;
            return new Replica(name, new ServerProcess(assembly, Directory.CreateDirectory(_folder[name]).FullName, environment));
        }
    }

    public IReadOnlyList<Replica> All { get; }

    public DatabaseOptions Database => _database.Options;

    public string Description => _cluster is null ? "PostgreSQL's lock, agents on the local runtime" : "a Lease, agents in a cluster";

    /// <summary>Starts both and signs in. With <c>--kubeconfig</c> agents run in that cluster, and a Lease in it decides.</summary>
    public static async Task<ReplicaPair> StartAsync(Lab lab)
    {
        var database = await lab.NewPostgresAsync();
        var cluster = lab.Options.KubeConfig is null ? null : await ClusterLab.OpenAsync(lab.Options);
        var pair = new ReplicaPair(
            Path.Combine(lab.Build, Lab.ServerAssembly), database, cluster, cluster is null ? null : await cluster.MakeLeaseNamespaceAsync());
        try
        {
            foreach (var replica in pair.All)
                await replica.StartAsync();
            await pair.All[0].Process.SignInAsync();
            pair.All[1].Process.Client.DefaultRequestHeaders.Authorization = pair.All[0].Process.Client.DefaultRequestHeaders.Authorization;
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>The stack's namespace goes at the end, whatever the servers do.</summary>
    public void CleanUp(Guid stack) => _cluster?.CleanUp(stack);

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in All)
            replica.Process.Dispose();
        if (_cluster is not null)
        {
            await TestCluster.KubectlAsync("delete", "namespace", _leases!, "--ignore-not-found", "--wait=false");
            await _cluster.DisposeAsync();
        }

        await _database.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>One server of the pair, and when it led.</summary>
internal sealed class Replica(string name, ServerProcess process)
{
    private const string Begins = "This server leads now";
    private static readonly string[] Ends = ["This server doesn't lead any more", "This server has given up the lead"];

    private readonly List<(DateTimeOffset From, DateTimeOffset Until)> _terms = [];

    public string Name => name;

    public ServerProcess Process => process;

    public bool Leads => TermsOf(process.Output, DateTimeOffset.MaxValue) is [.., { Until: var until }] && until == DateTimeOffset.MaxValue;

    /// <summary>When it led, until now.</summary>
    public IReadOnlyList<(DateTimeOffset From, DateTimeOffset Until)> Terms => [.. _terms, .. TermsOf(process.Output, DateTimeOffset.UtcNow)];

    public Task StartAsync() => process.StartAsync();

    public async Task KillAsync()
    {
        var killed = DateTimeOffset.UtcNow;
        await process.KillAsync();
        _terms.AddRange(TermsOf(process.Output, killed));
    }

    /// <summary>From its log, a line of JSON each.</summary>
    private static List<(DateTimeOffset From, DateTimeOffset Until)> TermsOf(string output, DateTimeOffset end)
    {
        var terms = new List<(DateTimeOffset From, DateTimeOffset Until)>();
        foreach (var line in output.Split('\n'))
        {
            if (line.Contains(Begins, StringComparison.Ordinal))
                terms.Add((TimeOf(line), end));
            else if (terms.Count > 0 && terms[^1].Until == end && Array.Exists(Ends, word => line.Contains(word, StringComparison.Ordinal)))
                terms[^1] = (terms[^1].From, TimeOf(line));
        }

        return terms;
    }

    private static DateTimeOffset TimeOf(string line)
    {
        const string Field = "\"timestamp\":\"";
        var start = line.IndexOf(Field, StringComparison.Ordinal) + Field.Length;
        return DateTimeOffset.Parse(line[start..line.IndexOf('"', start)], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
    }
}
