using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.EndToEnd;

/// <summary>The product as processes of its own: what it leaves to its agents, to its successor, and behind.</summary>
[NonParallelizable]
internal sealed class ServerLifeTests
{
    private TemporaryFolder _folder;
    private ServerProcess _server;
    private Caller _caller;

    [SetUp]
    public void SetUp()
    {
        _folder = new TemporaryFolder();
        _server = NewServer();
        _caller = new Caller(_server.Client);
    }

    [TearDown]
    public void End()
    {
        _caller.Dispose();
        _server.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Restart_WhenAgentsRun_EndsThemAllInTimeAndRunsEachAgainOnce()
    {
        await _server.StartAsync();
        await _caller.SignUpAsync();
        var stack = await _caller.CreateStackAsync();
        Guid[] agents =
        [
            await _caller.DeployAsync(stack, "healthy", SampleAgents.Healthy),
            await _caller.DeployAsync(stack, "deaf", SampleAgents.DeafToSigTerm),
        ];
        foreach (var agent in agents)
            await _caller.UntilAsync($"/api/agents/{agent}", "running");
        Assert.That(AgentProcesses(), Has.Count.EqualTo(agents.Length));

        // An upload and a stream that never end keep requests under way.
        using var upload = await BeginUploadAsync(stack);
        using var events = await _server.Client.GetAsync($"/stacks/{stack}/agents/{agents[1]}/", HttpCompletionOption.ResponseHeadersRead);
        Assert.That(events.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var started = Stopwatch.GetTimestamp();
        await _server.StopAsync();
        await TestContext.Out.WriteLineAsync($"SIGTERM with an open upload, an open stream and a deaf agent took {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        Assert.That(_server.ExitCode, Is.Zero, _server.Output);
        Assert.That(AgentProcesses(), Is.Empty);

        await _server.StartAsync();
        foreach (var agent in agents)
        {
            await _caller.UntilAsync($"/api/agents/{agent}", "running");
            await Eventually.TrueAsync(() => Processes.StartedWith($"STACKAGENT_AGENT_ID={agent}").Count == 1, "one process");
        }

        await Eventually.TrueAsync(() => AgentProcesses().Count == agents.Length, "the processes to be as many as the agents");
    }

    [Test]
    public async Task Agent_WhenItLooksAtItsEnvironment_FindsWhatItNeedsAndNoSecretOfTheServers()
    {
        const string Secret = "a-secret-that-no-agent-may-ever-see-0123456789";
        _caller.Dispose();
        _server.Dispose();
        _server = NewServer(("SECRET_KEY", Secret), ("NOTIFICATION_WEBHOOK_URL", "https://example.com/private-hook"), ("AWS_SECRET_ACCESS_KEY", "private-cloud-key"));
        _caller = new Caller(_server.Client);
        await _server.StartAsync();
        await _caller.SignUpAsync();
        var stack = await _caller.CreateStackAsync();
        var agent = await _caller.DeployAsync(stack, "agent", SampleAgents.ShowsEnvironment);

        var text = await SampleAgents.ReadEnvironmentAsync(_folder[$"platform/stacks/{stack}/agents/{agent}"]);
        var environment = JsonDocument.Parse(text).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(int.Parse(Variable("PORT")), Is.GreaterThan(1023).And.Not.EqualTo(_server.Port));
            Assert.That(Variable("STACKAGENT_URL"), Is.EqualTo($"http://127.0.0.1:{_server.Port}"));
            Assert.That(Variable("STACKAGENT_STACK_ID"), Is.EqualTo(stack.ToString()));
            Assert.That(Variable("STACKAGENT_AGENT_ID"), Is.EqualTo(agent.ToString()));
            Assert.That(Variable("STACKAGENT_ROOT_PATH"), Is.EqualTo($"/stacks/{stack}/agents/{agent}"));
            Assert.That(Variable("STACKAGENT_API_KEY"), Does.Match("^sak_[A-Za-z0-9_-]{43}$"));
            foreach (var secret in new[] { Secret, "private-hook", "private-cloud-key" })
                Assert.That(text, Does.Not.Contain(secret));
            foreach (var name in new[] { "SECRET_KEY", "NOTIFICATION_WEBHOOK_URL", "AWS_SECRET_ACCESS_KEY", "AGENT_PLATFORM_BASE_PATH", "DOTNET_NOLOGO" })
                Assert.That(environment.TryGetProperty(name, out _), Is.False, name);
            Assert.That(Variable("HOME"), Does.StartWith(_folder["platform"]), "its own, not the server's");
        });

        using var asAgent = new Caller(new HttpClient { BaseAddress = _server.Client.BaseAddress });
        asAgent.Http.DefaultRequestHeaders.Add("X-API-Key", Variable("STACKAGENT_API_KEY"));
        await asAgent.ReportAsync(agent.ToString());
        var other = await asAgent.PostAsync("/webhook/status", new { agent_id = "other", session_topic = "t", status = "running" });
        Assert.That(other.Status, Is.EqualTo(HttpStatusCode.Forbidden));
        foreach (var path in new[] { "/api/agents", $"/api/agents/{agent}", "/api/stacks", "/api/apikeys", "/api/auth/me" })
            Assert.That((await asAgent.GetAsync(path)).Status, Is.EqualTo(HttpStatusCode.Forbidden), path);
        Assert.That((await asAgent.DeleteAsync($"/api/agents/{agent}")).Status, Is.EqualTo(HttpStatusCode.Forbidden));

        string Variable(string name) => environment.GetProperty(name).GetString()!;
    }

    [Test]
    public async Task SecondServer_WhenTheFirstIsKilled_TakesItsAgentsOver()
    {
        await _server.StartAsync();
        await _caller.SignUpAsync();
        var stack = await _caller.CreateStackAsync();
        var first = await _caller.DeployAsync(stack, "first", SampleAgents.Healthy);
        await _caller.UntilAsync($"/api/agents/{first}", "running");

        using var standby = NewServer();
        await standby.StartAsync();
        standby.Client.DefaultRequestHeaders.Authorization = _server.Client.DefaultRequestHeaders.Authorization;
        using var other = new Caller(standby.Client);
        Assert.That((await other.GetAsync("/health/ready")).Status, Is.EqualTo(HttpStatusCode.OK));
        var second = await other.DeployAsync(stack, "second", SampleAgents.Healthy);
        await other.UntilAsync($"/api/agents/{second}", "running");
        Assert.That(Processes.StartedWith($"STACKAGENT_URL={_server.Client.BaseAddress!.AbsoluteUri.TrimEnd('/')}"), Has.Count.EqualTo(2), "the first server runs both");
        var third = await other.DeployAsync(stack, "third", SampleAgents.NothingToStart);
        await other.DeleteAsync($"/api/agents/{third}");
        await other.UntilGoneAsync($"/api/agents/{third}");

        await _server.KillAsync();
        var url = $"STACKAGENT_URL={standby.Client.BaseAddress!.AbsoluteUri.TrimEnd('/')}";
        foreach (var agent in new[] { first, second })
        {
            await Eventually.TrueAsync(() => Processes.StartedWith($"STACKAGENT_AGENT_ID={agent}").Intersect(Processes.StartedWith(url)).Any(), "the second server to run it");
            await other.UntilAsync($"/api/agents/{agent}", "running");
        }

        await Eventually.TrueAsync(() => AgentProcesses().Count == 2, "one process for each agent");
    }

    [Test]
    public async Task Upload_WhenItHas200Megabytes_TakesNoMemoryForThem()
    {
        const long Limit = 64L << 20;
        var zip = _folder["big.zip"];
        WriteZip(zip, 199_000_000);
        await _server.StartAsync();
        await _caller.SignUpAsync();
        var stack = await _caller.CreateStackAsync();
        await _caller.DeployAsync(stack, "small", SampleAgents.NothingToStart);

        var before = Processes.Memory(_server.ProcessId, "VmRSS");
        Processes.ResetPeakMemory(_server.ProcessId);
        using var form = new MultipartFormDataContent { { new StringContent("big"), "name" }, { new StreamContent(File.OpenRead(zip)), "file", "big.zip" } };
        var started = Stopwatch.GetTimestamp();
        var reply = await _caller.SendAsync(HttpMethod.Post, $"/api/stacks/{stack}/agents", form);
        var growth = Processes.Memory(_server.ProcessId, "VmHWM") - before;

        await TestContext.Out.WriteLineAsync($"An upload of {new FileInfo(zip).Length >> 20} MB took {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s and {growth >> 20} MB of memory");
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Body.ToString());
        Assert.That(growth, Is.LessThan(Limit));
    }

    [Test]
    public async Task Start_WhenAValueIsBad_EndsWithOneSentence()
    {
        await AssertRefusedAsync("PORT must be a whole number from 0 to 65535.", ("PORT", "http"));
        await AssertRefusedAsync("DATABASE_URL", ("DATABASE_URL", "mysql://localhost/x"));
        await AssertRefusedAsync("SECRET_KEY must have at least 32 characters.", ("SECRET_KEY", "short"));
        await AssertRefusedAsync("A file or folder that the server needs can't be used: ", ("DATABASE_URL", "sqlite:////proc/self/stackagent/x.db"), ("SECRET_KEY", $"{Guid.NewGuid():N}"));

        async Task AssertRefusedAsync(string sentence, params (string Name, string Value)[] environment)
        {
            using var server = NewServer(environment);
            server.Launch();
            await Eventually.TrueAsync(() => server.HasExited, "the server to end");
            await Eventually.TrueAsync(() => server.Output.Contains('.', StringComparison.Ordinal), "its sentence");
            Assert.That(server.ExitCode, Is.EqualTo(78), server.Output);
            Assert.That(server.Output, Does.StartWith(sentence));
            Assert.That(server.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), Has.Length.EqualTo(1), server.Output);
            Assert.That(Directory.Exists(_folder["data"]), Is.False, "nothing is left of it");
        }
    }

    [Test]
    public async Task Stop_WhenNothingIsToBeKept_LeavesNoFile()
    {
        Directory.CreateDirectory(_folder["tmp"]);
        using var server = NewServer(("STORAGE", "memory"), ("TMPDIR", _folder["tmp"]), ("AGENT_PLATFORM_BASE_PATH", ""), ("DOTNET_EnableDiagnostics", "0"));
        await server.StartAsync();
        using var caller = new Caller(server.Client);
        await caller.SignUpAsync();
        var agent = await caller.DeployAsync(await caller.CreateStackAsync(), "agent", SampleAgents.Healthy);
        await caller.UntilAsync($"/api/agents/{agent}", "running");
        Assert.That(Directory.GetFileSystemEntries(_folder["tmp"]), Is.Not.Empty);
        Assert.That(server.Output, Does.Contain("Database   in memory, nothing is kept"));

        await server.StopAsync();
        Assert.That(server.ExitCode, Is.Zero, server.Output);
        Assert.That(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories), Is.Empty);
        Assert.That(Directory.GetFileSystemEntries(_folder["tmp"]), Is.Empty);
    }

    [Test]
    public async Task Start_WhenItIsUp_SaysWhereEverythingIs()
    {
        await _server.StartAsync();
        await Eventually.TrueAsync(() => _server.Output.Contains("  Warning ", StringComparison.Ordinal), "the block");

        var address = $"http://127.0.0.1:{_server.Port}";
        foreach (var line in new[]
        {
            $"  Address    {address}", $"  Docs       {address}/docs", $"  Database   SQLite, {_folder["data/stackagent.db"]}", "  Runtime    local processes",
            $"  Data       {_folder["data"]}", $"  Agents     {_folder["platform"]}",
        })
        {
            Assert.That(_server.Output.Split('\n').Select(text => text.TrimEnd()), Has.Exactly(1).EqualTo(line));
        }
    }

    private ServerProcess NewServer(params (string Name, string Value)[] environment) => new(
        typeof(Program).Assembly.Location,
        _folder.Path,
        environment.ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal));

    private IReadOnlyList<int> AgentProcesses() => Processes.StartedWith($"STACKAGENT_PLATFORM={_folder["platform"]}");

    private async Task<TcpClient> BeginUploadAsync(Guid stack)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _server.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/stacks/{stack}/agents HTTP/1.1\r\nHost: localhost\r\nAuthorization: {_caller.Http.DefaultRequestHeaders.Authorization}\r\n"
            + "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000000\r\nExpect: 100-continue\r\n\r\n"));

        // The answer says that the server has begun to read.
        await socket.GetStream().ReadExactlyAsync(new byte["HTTP/1.1 100".Length]);
        return socket;
    }

    private static void WriteZip(string path, int bytes)
    {
        using var archive = new System.IO.Compression.ZipArchive(File.Create(path), System.IO.Compression.ZipArchiveMode.Create);
        using var entry = archive.CreateEntry("model.bin", System.IO.Compression.CompressionLevel.NoCompression).Open();
        var random = new Random(1);
        var block = new byte[1_000_000];
        for (var written = 0; written < bytes; written += block.Length)
        {
            random.NextBytes(block);
            entry.Write(block);
        }
    }
}
