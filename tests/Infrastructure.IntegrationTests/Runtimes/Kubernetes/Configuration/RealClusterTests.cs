using System.Net;
using System.Text.Json;
using StackAgent.Infrastructure.Runtimes.Kubernetes.Configuration;
using StackAgent.Testing;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes.Kubernetes.Configuration;

/// <summary>The real API server, by each of the ways to it.</summary>
[Category(TestCluster.Category)]
internal sealed class RealClusterTests
{
    [TestCase("kubeconfig", typeof(TokenCredentials))]
    [TestCase("kubeconfig-cert", typeof(NoCredentials))]
    public async Task Send_WhenTheClusterIsReal_AnswersAsTheAdministrator(string file, Type credentials)
    {
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(TestCluster.KubeConfig))!, file);
        var connection = KubeConfigLoader.Load(new Dictionary<string, string?>(StringComparer.Ordinal) { ["KUBECONFIG"] = path }, "/", new DiskFiles())!;
        using var http = new KubernetesHttp(connection, TimeProvider.System);

        using var version = await http.Client.GetAsync("version");
        using var secrets = await http.Client.GetAsync("api/v1/secrets?limit=1");

        Assert.Multiple(() =>
        {
            Assert.That(connection.Credentials, Is.TypeOf(credentials));
            Assert.That(version.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(version.Version, Is.EqualTo(HttpVersion.Version20));
            Assert.That(secrets.StatusCode, Is.EqualTo(HttpStatusCode.OK), "nobody but an administrator may do this");
        });
        var answer = JsonSerializer.Deserialize<JsonElement>(await version.Content.ReadAsStringAsync());
        Assert.That(answer.GetProperty("gitVersion").GetString(), Does.StartWith("v"));
    }
}
