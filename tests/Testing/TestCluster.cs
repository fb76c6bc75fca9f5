using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StackAgent.Testing;

/// <summary>The real Kubernetes that <c>TEST_KUBECONFIG</c> names, seen by its administrator (through <c>kubectl</c>) and by StackAgent's own account.</summary>
public static class TestCluster
{
    /// <summary>The category of tests that need a cluster; without <c>TEST_KUBECONFIG</c>, <c>dotnet test</c> leaves them out.</summary>
    public const string Category = "Cluster";

    /// <summary>An image on every node that runs <c>/app/graphs/main.py</c>.</summary>
    public const string AgentImage = "docker.io/local/agent-runtime:1";

    /// <summary>An image on every node that does nothing, for next to nothing, and ends when it is told to.</summary>
    public const string IdleImage = "docker.io/local/pause:1";

    private const string Variable = "TEST_KUBECONFIG";

    /// <summary>Where pods find this machine. An address of the node's, which is this machine.</summary>
    public const string HostAddress = "10.244.0.1";

    private static readonly Lazy<Task> Account = new(() => KubectlAsync("apply", "-f", Path.Combine(Repository.Root, "deploy", "base", "rbac.yaml")));

    /// <summary>The administrator's kubeconfig.</summary>
    public static string KubeConfig { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path
        ? path
        : throw new InvalidOperationException($"{Variable} has to name the kubeconfig of a real cluster; docs/kubernetes.md says how to get one.");

    /// <summary>Where the cluster's API server writes down each request, a line of JSON each.</summary>
    public static string AuditLog => Path.Combine(Path.GetDirectoryName(KubeConfig)!, "audit.log");

    /// <summary>Runs <c>kubectl</c> as the cluster's administrator and returns what it printed.</summary>
    public static Task<string> KubectlAsync(params string[] arguments) => RunAsync(input: null, arguments);

    /// <summary>Creates or changes objects that are given as JSON or YAML.</summary>
    public static Task<string> ApplyAsync(string manifest) => RunAsync(manifest, "apply", "-f", "-");

    /// <summary>Sees to it that pods reach the API server by the Service that every cluster has; in one whose API server runs beside it, nothing leads there.</summary>
    public static async Task OpenToPodsAsync()
    {
        if (await GetAsync("endpoints", "kubernetes", "-n", "default") is not null)
            return;

        var server = new Uri(await KubectlAsync("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"));
        await ApplyAsync(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Endpoints",
            ["metadata"] = new JsonObject { ["name"] = "kubernetes", ["namespace"] = "default" },
            ["subsets"] = new JsonArray(new JsonObject
            {
                ["addresses"] = new JsonArray(new JsonObject { ["ip"] = HostAddress }),
                ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = server.Port, ["protocol"] = "TCP" }),
            }),
        }.ToJsonString());
    }

    /// <summary>Asks for the end of objects that are given as JSON or YAML, and waits for none.</summary>
    public static Task<string> DeleteAsync(string manifest) => RunAsync(manifest, "delete", "--ignore-not-found", "--wait=false", "-f", "-");

    /// <summary>What <c>kubectl get</c> finds; null when it isn't there.</summary>
    public static async Task<JsonNode?> GetAsync(params string[] arguments)
    {
        var text = await KubectlAsync(["get", "--ignore-not-found", "-o", "json", .. arguments]);
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    /// <summary>A kubeconfig by which StackAgent has the rights of <c>deploy/base/rbac.yaml</c> and no others. Returns its path in <paramref name="folder"/>.</summary>
    /// <param name="folder">Where it is put.</param>
    /// <param name="account">A service account of the namespace <c>stackagent</c>.</param>
    public static async Task<string> WriteAccountConfigAsync(string folder, string account = "stackagent")
    {
        await Account.Value;
        const string Request = """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":86400}}""";
        var answer = await RunAsync(Request, "create", "--raw", $"/api/v1/namespaces/stackagent/serviceaccounts/{account}/token", "-f", "-");
        var token = JsonNode.Parse(answer)!["status"]!["token"]!.GetValue<string>();
        var config = JsonNode.Parse(await KubectlAsync("config", "view", "--raw", "--minify", "-o", "json"))!;
        config["users"]![0]!["user"] = new JsonObject { ["token"] = token };
        var path = Path.Combine(folder, "kubeconfig");
        await File.WriteAllTextAsync(path, config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        return path;
    }

    /// <summary>A token as the cluster puts it into a pod.</summary>
    /// <param name="ns">The pod's namespace; its default service account is taken.</param>
    /// <param name="pod">Its name.</param>
    /// <param name="uid">Its uid.</param>
    /// <param name="audience">Whom the token is meant for.</param>
    public static async Task<string> CreatePodTokenAsync(string ns, string pod, string uid, string audience)
    {
        var request = new JsonObject
        {
            ["apiVersion"] = "authentication.k8s.io/v1",
            ["kind"] = "TokenRequest",
            ["spec"] = new JsonObject
            {
                ["audiences"] = new JsonArray(audience),
                ["expirationSeconds"] = 600,
                ["boundObjectRef"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["name"] = pod, ["uid"] = uid },
            },
        };
        var answer = await RunAsync(request.ToJsonString(), "create", "--raw", $"/api/v1/namespaces/{ns}/serviceaccounts/default/token", "-f", "-");
        return JsonNode.Parse(answer)!["status"]!["token"]!.GetValue<string>();
    }

    /// <summary>
    /// Makes another account with the rights of <c>deploy/base/rbac.yaml</c> as that file is now, in a role of its own: whoever else uses the
    /// cluster changes nothing about it.
    /// </summary>
    public static async Task CreateAccountAsync(string account)
    {
        await Account.Value;
        await ApplyAsync(await AccountManifestAsync(account));
    }

    public static async Task DeleteAccountAsync(string account) =>
        await RunAsync(await AccountManifestAsync(account), "delete", "--ignore-not-found", "-f", "-");

    private static async Task<string> AccountManifestAsync(string account)
    {
        var all = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "base", "rbac.yaml"));
        var own = all.Split("\n---\n").Where(part => !part.Contains("kind: Namespace\n", StringComparison.Ordinal));
        return string.Join("\n---\n", own).Replace(" name: stackagent\n", $" name: {account}\n", StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl", ["--kubeconfig", KubeConfig, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var kubectl = Process.Start(start)!;
        var output = kubectl.StandardOutput.ReadToEndAsync();
        var errors = kubectl.StandardError.ReadToEndAsync();
        if (input is not null)
            await kubectl.StandardInput.WriteAsync(input);
        kubectl.StandardInput.Close();
        await kubectl.WaitForExitAsync();
        return kubectl.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"kubectl {string.Join(' ', arguments)} ended with {kubectl.ExitCode}: {await errors}");
    }
}
