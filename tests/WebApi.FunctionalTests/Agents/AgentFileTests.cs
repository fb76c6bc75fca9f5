using System.Net;
using System.Text.Json;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;
using StackAgent.WebApi.FunctionalTests.Accounts;

namespace StackAgent.WebApi.FunctionalTests.Agents;

/// <summary>What code says about itself, and what is said about code that is only tried out.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
internal sealed class AgentFileTests(DatabaseProvider provider)
{
    private ProductServer _server;
    private Caller _caller;
    private Guid _stack;

    [SetUp]
    public async Task SignUpAsync()
    {
        _server = await ProductServer.SharedAsync(provider);
        _caller = await _server.NewCallerAsync();
        _stack = await _caller.CreateStackAsync();
    }

    [TearDown]
    public void End() => _caller.Dispose();

    [Test]
    public async Task Upload_WhenTheCodeBringsSettings_TheApisComeBeforeThem()
    {
        var created = await UploadAsync(
            "agent", Code("environment: {A: code, B: code}\nport: 8080"), config: """{"environment":{"B":"api"},"secrets":{"KEY":"hush"}}""");
        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created), created.Body.ToString());
        var config = await _caller.GetAsync($"/api/agents/{created.Text("id")}/config");
        Assert.Multiple(() =>
        {
            Assert.That($"{config.Body.GetProperty("environment")}", Is.EqualTo("""{"A":"code","B":"api"}"""));
            Assert.That(config.Body.GetProperty("port").GetInt32(), Is.EqualTo(8080));
            Assert.That(config.Body.GetProperty("sources").GetProperty("environment.A").GetString(), Is.EqualTo("code"));
            Assert.That(config.Body.GetProperty("sources").GetProperty("environment.B").GetString(), Is.EqualTo("api"));
        });
    }

    [Test]
    public async Task Upload_WhenTheSettingsAreWrong_NamesTheirPathsAndLeavesNothing()
    {
        var wrongType = await UploadAsync("agent", Code("port: many"));
        var wrongValue = await UploadAsync("agent", Code("resources: {limits: {memory: 512m}}\nenvironment: {PORT: 1}"));
        var tooLarge = await UploadAsync("agent", Code("# " + new string('x', 65 * 1024)));
        var secret = await UploadAsync("agent", Code("secrets: {KEY: hush}"));
        var twice = await UploadAsync("agent", Zip.Of(("agent.yaml", ""), ("agent.yml", "")));

        Assert.Multiple(() =>
        {
            Assert.That(Errors(wrongType), Is.EqualTo(["agent.yaml.port"]));
            Assert.That(Errors(wrongValue), Is.EquivalentTo(["agent.yaml.resources.limits.memory", "agent.yaml.environment.PORT"]));
            Assert.That(Errors(tooLarge), Is.EqualTo(["agent.yaml"]));
            Assert.That(Errors(secret), Is.EqualTo(["agent.yaml.secrets"]));
            Assert.That(Errors(twice), Is.EqualTo(["agent.yaml"]));
        });
        var agents = await _caller.GetAsync($"/api/stacks/{_stack}/agents");
        Assert.That(agents.Body.GetProperty("total").GetInt32(), Is.Zero);
    }

    [Test]
    public async Task DryRun_WhenAnAgentWouldBeMade_SaysWhatWouldComeOfItAndStoresNothing()
    {
        var zip = Zip.Of(("main.py", "print()"), (".env", "A=b"), ("agent.yml", "environment: {A: code}\nreplicas: 2"));
        var reply = await UploadAsync("agent", zip, query: "?dry_run=true");
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        var findings = reply.Body.GetProperty("findings").EnumerateArray()
            .Select(finding => (finding.GetProperty("level").GetString(), finding.GetProperty("path").GetString())).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(reply.Fields, Is.EqualTo(["code", "entry_point", "config", "findings"]));
            Assert.That(reply.Body.GetProperty("code").GetProperty("size").GetInt64(), Is.EqualTo(zip.Length));
            Assert.That(reply.Body.GetProperty("code").GetProperty("files").GetInt32(), Is.EqualTo(3));
            Assert.That($"{reply.Body.GetProperty("entry_point").GetProperty("command")}", Is.EqualTo("""["python3","-u","main.py"]"""));
            Assert.That($"{reply.Body.GetProperty("config").GetProperty("environment")}", Is.EqualTo("""{"A":"code"}"""));
            Assert.That(findings, Is.EqualTo([("warning", ".env"), ("info", "replicas"), ("info", "agent.yml")]));
        });
        Assert.That((await _caller.GetAsync($"/api/stacks/{_stack}/agents")).Body.GetProperty("total").GetInt32(), Is.Zero);
        Assert.That(FilesIn(Path.Combine(_server.StackFolder(_stack), "agents")), Is.Empty);
        Assert.That((await _caller.GetAsync($"/api/audit?stack_id={_stack}&resource_type=agent")).Body.GetProperty("items").GetArrayLength(), Is.Zero);

        var nothing = await UploadAsync("agent", SampleAgents.NothingToStart, query: "?dry_run=true");
        Assert.That(nothing.Body.GetProperty("entry_point").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(nothing.Body.GetProperty("findings")[0].GetProperty("level").GetString(), Is.EqualTo("error"));

        var refused = await UploadAsync("agent", Code("port: many"), query: "?dry_run=true");
        Assert.That(Errors(refused), Is.EqualTo(["agent.yaml.port"]), "as the upload itself");
    }

    [Test]
    public async Task DryRun_WhenCodeWouldBeReplaced_TellsTheDifference()
    {
        // Its rollout has ended, so that nothing but the dry run could change it.
        var agent = (await UploadAsync("agent", Zip.Of(("notes.txt", "a"), ("old.txt", "a")), query: "?wait=2m")).Text("id");
        var before = await EverythingOfAsync(agent);
        using var form = new MultipartFormDataContent
        {
            { new StringContent("""{"secrets":{"KEY":"hush"}}"""), "config" },
            { new ByteArrayContent(Zip.Of(("notes.txt", "b"), ("agent.yaml", "port: 9000"))), "file", "agent.zip" },
        };
        var reply = await _caller.SendAsync(HttpMethod.Put, $"/api/agents/{agent}/code?dry_run=true", form);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        var difference = reply.Body.GetProperty("difference");
        Assert.Multiple(() =>
        {
            Assert.That(difference.GetProperty("code_changed").GetBoolean());
            Assert.That($"{difference.GetProperty("files").GetProperty("added")}", Is.EqualTo("""["agent.yaml"]"""));
            Assert.That($"{difference.GetProperty("files").GetProperty("removed")}", Is.EqualTo("""["old.txt"]"""));
            Assert.That($"{difference.GetProperty("files").GetProperty("changed")}", Is.EqualTo("""["notes.txt"]"""));
            Assert.That(difference.GetProperty("fields").EnumerateArray().Select(field => field.GetProperty("field").GetString()), Is.EqualTo(["port", "secrets.KEY"]));
            Assert.That(reply.Body.ToString(), Does.Not.Contain("hush"));
        });
        Assert.That(await EverythingOfAsync(agent), Is.EqualTo(before), "nothing is stored");
    }

    [Test]
    public async Task Schema_WhenAskedForByAnybody_IsThere()
    {
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(_server.Address, "/schemas/agent.json"));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/schema+json"));
        using var schema = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.That(schema.RootElement.GetProperty("properties").TryGetProperty("environment", out _));
    }

    private static byte[] Code(string settings) => Zip.Of(("notes.txt", "no program"), ("agent.yaml", settings));

    private static IEnumerable<string> Errors(Reply reply)
    {
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity), reply.Body.ToString());
        return reply.Body.GetProperty("errors").EnumerateObject().Select(error => error.Name).ToList();
    }

    private async Task<Reply> UploadAsync(string name, byte[] zip, string? config = null, string query = "")
    {
        using var form = new MultipartFormDataContent { { new StringContent(name), "name" } };
        if (config is not null)
            form.Add(new StringContent(config), "config");
        form.Add(new ByteArrayContent(zip), "file", "agent.zip");
        return await _caller.SendAsync(HttpMethod.Post, $"/api/stacks/{_stack}/agents{query}", form);
    }

    /// <summary>What a change would leave a trace in. Not the status, which follows the runtime.</summary>
    private async Task<string> EverythingOfAsync(string agent)
    {
        string[] paths = [$"/api/agents/{agent}/config", $"/api/agents/{agent}/revisions", $"/api/audit?resource_id={agent}"];
        var answers = await Task.WhenAll(paths.Select(async path => (await _caller.GetAsync(path)).Body.ToString()));
        var tag = (await _caller.GetAsync($"/api/agents/{agent}")).Headers.ETag;
        var files = FilesIn(Path.Combine(_server.AgentFolder(_stack, Guid.Parse(agent)), "revisions"));
        return string.Join('\n', [.. answers, $"{tag}", .. files]);
    }

    private static IReadOnlyList<string> FilesIn(string folder) =>
        Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [];
}
