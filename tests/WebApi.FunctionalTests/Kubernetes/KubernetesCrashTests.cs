using System.Net.Http.Json;
using System.Text.Json;
using StackAgent.Domain.Stacks;
using StackAgent.Testing;
using StackAgent.WebApi.FunctionalTests.EndToEnd;

namespace StackAgent.WebApi.FunctionalTests.Kubernetes;

/// <summary>Kills the server with SIGKILL at random moments of making and removing fifty agents in the real cluster: rows, disk and cluster end up equal.</summary>
[Category(TestCluster.Category)]
internal sealed class KubernetesCrashTests
{
    private const int Kills = 12;
    private const int Agents = 50;
    private const int Seed = 20_260_102;

    [Test]
    public async Task Kill_WhenAgentsAreMadeAndRemoved_LeavesRowsAndClusterEqual()
    {
        using var folder = new TemporaryFolder();
        // No agent reports here, and none of them ever listens: what they are made of is all that matters.
        var environment = await KubernetesServer.EnvironmentAsync(folder.Path, port: 1);
        environment["AGENT_IMAGE"] = TestCluster.IdleImage;
        environment["ACCESS_TOKEN_EXPIRE_MINUTES"] = "600";
        using var server = new ServerProcess(typeof(Program).Assembly.Location, folder.Path, environment);
        var work = new CrashWorkload(
            server, Zip.Of(("main.py", "")), new CrashLimits(Most: 40, Least: 15) { Uploads = Agents, Stacks = 1 }, Seed);
        ClusterObjects? objects = null;
        try
        {
            await work.RunAsync(Kills);
            objects = await ClusterObjects.OfStackAsync(work.Home);
            var rows = await work.SettleAsync(status => status is "deploying" or "failed");
            await ShowThatAllIsEqualAsync(server.Client, objects, folder["platform"], rows);
        }
        finally
        {
            await TestContext.Out.WriteLineAsync($"{work}");
            if (!server.HasExited)
                await server.KillAsync();
            objects ??= await ClusterObjects.OfStackAsync(work.Home);
            await objects.RemoveAsync();
        }
    }

    private static async Task ShowThatAllIsEqualAsync(HttpClient client, ClusterObjects objects, string platform, IReadOnlyList<string> rows)
    {
        var parts = rows.SelectMany(row => ClusterObjects.PartsOf(Guid.Parse(row))).Order(StringComparer.Ordinal).ToList();
        await EqualAsync(() => objects.ListAsync(), parts, "the agents' objects");

        var stacks = await client.GetFromJsonAsync<JsonElement>("api/stacks?limit=100");
        var namespaces = stacks.GetProperty("items").EnumerateArray().Select(stack => $"Namespace {Stack.NamespaceFor(stack.GetProperty("id").GetGuid())}");
        await EqualAsync(() => objects.ListAsync(kinds: "namespaces"), [.. namespaces.Order(StringComparer.Ordinal)], "the stacks' namespaces");

        await Eventually.GetAsync(async () => (await objects.ListAsync(kinds: "pods")).Count, count => count == rows.Count, "one pod for each agent and no other");

        Assert.That(CrashWorkload.AgentFolders(platform).Select(Path.GetFileName), Is.EquivalentTo(rows), "folders and rows");
        Assert.That(CrashWorkload.StagedFiles(platform), Is.Empty, "nothing half written stays");
    }

    private static async Task EqualAsync(Func<Task<IReadOnlyList<string>>> find, IReadOnlyList<string> expected, string what)
    {
        try
        {
            await Eventually.GetAsync(find, found => found.SequenceEqual(expected, StringComparer.Ordinal), what);
        }
        catch (TimeoutException)
        {
            Assert.That(await find(), Is.EquivalentTo(expected), what);
        }
    }
}
