using System.Text.Json;
using System.Text.Json.Nodes;

namespace StackAgent.Testing;

/// <summary>
/// StackAgent itself in the real cluster, as <c>deploy/</c> puts it there, under a name of its own: with its image, its account and its claim. PostgreSQL is this
/// machine's. There is no DNS in the cluster, so what the manifests call by name goes by the Service's address here.
/// </summary>
public sealed class InCluster : IAsyncDisposable
{
    private const string PlatformPath = "/var/agent-platform";

    private readonly string _name;
    private readonly string _manifests;
    private readonly ThrowawayPostgreSql _database;
    private readonly TemporaryFolder _folder;

    private InCluster(string name, string manifests, ThrowawayPostgreSql database, TemporaryFolder folder)
    {
        _name = name;
        _manifests = manifests;
        _database = database;
        _folder = folder;
    }

    /// <summary>The namespace.</summary>
    public string Namespace => _name;

    /// <summary>Of the Service; this machine, which is the node, reaches it.</summary>
    public Uri Address { get; private set; } = new("http://localhost");

    /// <summary>Applies an overlay and waits until all replicas are ready.</summary>
    /// <param name="overlay">Of <c>deploy/overlays</c>.</param>
    /// <param name="image">Name and tag of an image that is on the node; null: that of <see cref="TestImage"/>.</param>
    public static async Task<InCluster> StartAsync(string overlay, string? image = null)
    {
        image ??= await TestImage.NameAsync();
        await TestCluster.OpenToPodsAsync();
        var folder = new TemporaryFolder();
        var database = await ThrowawayPostgreSql.StartAsync(durable: false, alsoAt: TestCluster.HostAddress);
        var id = Guid.NewGuid().ToString("N")[..8];
        var manifests = await RenderAsync(folder, overlay, id, image);
        var installation = new InCluster($"stackagent-{id}", manifests, database, folder);
        try
        {
            await installation.ApplyAsync(image);
            return installation;
        }
        catch
        {
            await installation.DisposeAsync();
            throw;
        }
    }

    /// <summary>The replicas' own addresses.</summary>
    public async Task<IReadOnlyList<Uri>> ReplicasAsync()
    {
        var pods = await TestCluster.GetAsync("pods", "-n", _name, "-l", "app.kubernetes.io/name=stackagent");
        return [.. pods!["items"]!.AsArray().Select(pod => new Uri($"http://{pod!["status"]!["podIP"]}:8000"))];
    }

    /// <summary>Asks for another number of replicas, and waits for none of them.</summary>
    public Task ScaleAsync(int replicas) => TestCluster.KubectlAsync("scale", "deployment", "-n", _name, _name, $"--replicas={replicas}");

    /// <summary>What the replicas wrote.</summary>
    public Task<string> LogAsync() => TestCluster.KubectlAsync("logs", "-n", _name, "-l", "app.kubernetes.io/name=stackagent", "--tail=200");

    public async ValueTask DisposeAsync()
    {
        await TestCluster.DeleteAsync(_manifests);
        await TestCluster.KubectlAsync("delete", "persistentvolume", _name, "--ignore-not-found", "--wait=false");
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>The overlay under the name, as JSON objects in one list.</summary>
    private static async Task<string> RenderAsync(TemporaryFolder folder, string overlay, string id, string image)
    {
        var colon = image.LastIndexOf(':');
        await File.WriteAllTextAsync(folder["kustomization.yaml"], $"""
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            namespace: stackagent-{id}
            nameSuffix: -{id}
            bases:
              - {Path.GetRelativePath(folder.Path, Path.Combine(Repository.Root, "deploy", "overlays", overlay))}
            images:
              - name: docker.io/library/stackagent
                newName: {image[..colon]}
                newTag: {image[(colon + 1)..]}
            """);
        var all = await TestCluster.KubectlAsync("kustomize", folder.Path);
        // The cluster is from before policy/v1.
        all = all.Replace("apiVersion: policy/v1\n", "apiVersion: policy/v1beta1\n", StringComparison.Ordinal);
        // What would be the node's own folder is one of this installation, the same in servers and agents, as theirs is.
        return all.Contains($"path: {PlatformPath}\n", StringComparison.Ordinal) ? all.Replace(PlatformPath, PlatformOf(folder), StringComparison.Ordinal) : all;
    }

    private async Task ApplyAsync(string image)
    {
        var documents = _manifests.Split("\n---\n");
        await TestCluster.ApplyAsync(documents.Single(document => document.Contains("kind: Namespace\n", StringComparison.Ordinal)));
        await ApplyVolumeAsync();
        await TestCluster.KubectlAsync(
            "create", "secret", "generic", "stackagent", "-n", _name,
            $"--from-literal=DATABASE_URL={_database.UrlAt(TestCluster.HostAddress)}", $"--from-literal=SECRET_KEY={Guid.NewGuid():N}{Guid.NewGuid():N}");

        // The servers come last: then everything they begin with is there, and the Service has its address.
        await TestCluster.ApplyAsync(string.Join("\n---\n", documents.Where(document => !IsDeployment(document))));
        var service = await TestCluster.GetAsync("service", _name, "-n", _name);
        Address = new Uri($"http://{service!["spec"]!["clusterIP"]}");
        await SetAsync(new Dictionary<string, string?>
        {
            ["PUBLIC_URL"] = Address.AbsoluteUri,
            ["CODE_DELIVERY_URL"] = Address.AbsoluteUri,
            ["CODE_FETCH_IMAGE"] = image,
            ["INGRESS_HOST"] = null,
            ["AGENT_IMAGE"] = TestCluster.AgentImage,
            ["AGENT_CPU_REQUEST"] = "1m",
            ["AGENT_MEMORY_REQUEST"] = "4Mi",
        });
        await TestCluster.ApplyAsync(documents.Single(IsDeployment));
        try
        {
            await TestCluster.KubectlAsync("rollout", "status", "deployment", "-n", _name, _name, "--timeout=120s");
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException($"{exception.Message}\n{await TestCluster.KubectlAsync("describe", "pods", "-n", _name)}\n{await LogAsync()}", exception);
        }
    }

    private static bool IsDeployment(string document) => document.Contains("kind: Deployment\n", StringComparison.Ordinal);

    private Task SetAsync(Dictionary<string, string?> settings) => TestCluster.KubectlAsync(
        "patch", "configmap", "-n", _name, _name, "-p", JsonSerializer.Serialize(new { data = settings }));

    /// <summary>A folder of the node's for agents' code.</summary>
    private static string PlatformOf(TemporaryFolder folder)
    {
        var path = folder["platform"];
        Directory.CreateDirectory(path);
        // The servers are user 10001; the kubelet changes nothing about a hostPath.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
        return path;
    }

    /// <summary>What provisions claims in other clusters, for this claim alone.</summary>
    private async Task ApplyVolumeAsync()
    {
        var id = _name["stackagent-".Length..];
        await TestCluster.ApplyAsync(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "PersistentVolume",
            ["metadata"] = new JsonObject { ["name"] = _name },
            ["spec"] = new JsonObject
            {
                ["capacity"] = new JsonObject { ["storage"] = "20Gi" },
                ["accessModes"] = new JsonArray("ReadWriteMany"),
                ["persistentVolumeReclaimPolicy"] = "Retain",
                ["hostPath"] = new JsonObject { ["path"] = PlatformOf(_folder) },
                ["claimRef"] = new JsonObject { ["namespace"] = _name, ["name"] = $"stackagent-platform-{id}" },
            },
        }.ToJsonString());
    }
}
