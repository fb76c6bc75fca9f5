using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes;

/// <summary>
/// The real cluster that <c>TEST_KUBECONFIG</c> names, as its administrator. Every test makes namespaces of its own, which go with this object:
/// others use the cluster at the same time.
/// </summary>
internal sealed class ClusterUnderTest : IAsyncDisposable
{
    public const string Variable = "TEST_KUBECONFIG";

    /// <summary>Has Python; runs <c>/app/graphs/main.py</c> if there is one.</summary>
    public const string Image = "docker.io/local/agent-runtime:1";

    private readonly X509Certificate2 _authority;
    private readonly List<string> _namespaces = [];

    private ClusterUnderTest(string kubeConfig)
    {
        var authority = Convert.FromBase64String(Value(kubeConfig, "certificate-authority-data"));
        _authority = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(authority));
        Server = new Uri(Value(kubeConfig, "server"));
        Http = CreateHttpClient(Value(kubeConfig, "token"));
        Client = new KubernetesClient(Http, TimeProvider.System);
    }

    public Uri Server { get; }

    public HttpClient Http { get; }

    public KubernetesClient Client { get; }

    public static ClusterUnderTest Open()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } path)
            throw new AssertionException($"{Variable} has to name the kubeconfig of a cluster to test with.");
        return new ClusterUnderTest(File.ReadAllText(path));
    }

    /// <summary>A client that shows the token, such as a service account's; the caller disposes it.</summary>
    public HttpClient CreateHttpClient(string? token)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_authority);
        var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } };
        var http = new HttpClient(handler) { BaseAddress = Server };
        if (token is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    /// <summary>Makes a namespace with a name that nobody has. It is removed with all that is in it when this object is disposed.</summary>
    public async Task<string> CreateNamespaceAsync()
    {
        var name = $"test-{Guid.NewGuid():N}";
        await Client.ApplyAsync(new Namespace { Metadata = new ObjectMeta { Name = name } }, CancellationToken.None);
        _namespaces.Add(name);
        return name;
    }

    /// <summary>Creates an object out of its JSON, as kubectl would.</summary>
    public Task<JsonObject> CreateAsync(ResourceKind kind, string? ns, JsonObject resource) =>
        SendAsync(HttpMethod.Post, $"{kind.CollectionPath(ns)}?fieldManager=kubectl-create", resource, "application/json");

    /// <summary>Changes an object by a merge patch, as kubectl would.</summary>
    public Task<JsonObject> EditAsync<T>(string? ns, string name, string mergePatch)
        where T : class, IKubernetesResource<T> => SendAsync(
            HttpMethod.Patch, $"{T.Kind.ObjectPath(ns, name)}?fieldManager=kubectl-edit", JsonNode.Parse(mergePatch)!, "application/merge-patch+json");

    /// <summary>Sends anything to anywhere; the answer has to be a success.</summary>
    public async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonNode? body, string contentType)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue(contentType));
        using var response = await Http.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(answer)!.AsObject()
            : throw new HttpRequestException($"{method} {path}: {(int)response.StatusCode} {answer}");
    }

    /// <summary>Asks for the end of the namespaces; the cluster sees to it.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var ns in _namespaces)
            await Client.DeleteAsync<Namespace>(null, ns, uid: null, CancellationToken.None);
        Http.Dispose();
        _authority.Dispose();
    }

    /// <summary>A value of the file that cluster/up writes: one cluster, one user, every value on the line of its name.</summary>
    private static string Value(string kubeConfig, string name)
    {
        var start = kubeConfig.IndexOf($"{name}: ", StringComparison.Ordinal);
        if (start < 0)
            throw new AssertionException($"The kubeconfig that {Variable} names has no {name}.");
        var rest = kubeConfig[(start + name.Length + 2)..].TrimStart('\'', '"');
        return rest[..rest.IndexOfAny(['\'', '"', '}', ',', ' ', '\n'])];
    }
}
