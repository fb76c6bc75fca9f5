using System.Text;
using StackAgent.Application.Agents.Configuration;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Infrastructure.CodeStorage.AgentFile;

namespace StackAgent.Infrastructure.IntegrationTests.CodeStorage;

/// <summary>What an <c>agent.yaml</c> may hold, and what it is refused for.</summary>
internal sealed class AgentFileTests
{
    /// <summary>Every setting there is, as a person writes it.</summary>
    public const string Everything = """
        # yaml-language-server: $schema=https://stackagent.example.com/schemas/agent.json
        environment:
          LOG_LEVEL: debug
          WORKERS: 4
          VERBOSE: true
          RATIO: 0.50
          EMPTY: ""
        image: registry.example.com/agents/runtime:1.0
        command: [python3, -u]
        args:
          - main.py
          - --workers
          - 4
        port: 8080
        replicas: 2
        resources:
          requests: {cpu: 250m, memory: 256Mi}
          limits: {cpu: 1.5, memory: 1Gi}
        health:
          path: /health
          initial_delay_seconds: 1
          period_seconds: 5
          timeout_seconds: 2
          failure_threshold: 3
          startup_seconds: 120
        auto_rollback: false
        """;

    [Test]
    public void Read_WhenEverythingIsSet_ReadsEverything()
    {
        var settings = Read(Everything);
        Assert.That(AgentSettingsValidator.Check(settings), Is.Empty);
        Assert.Multiple(() =>
        {
            Assert.That(settings.Environment, Is.EqualTo(new Dictionary<string, string>
            {
                ["LOG_LEVEL"] = "debug",
                ["WORKERS"] = "4",
                ["VERBOSE"] = "true",
                ["RATIO"] = "0.50",
                ["EMPTY"] = "",
            }));
            Assert.That(settings.Image, Is.EqualTo("registry.example.com/agents/runtime:1.0"));
            Assert.That(settings.Command, Is.EqualTo(["python3", "-u"]));
            Assert.That(settings.Args, Is.EqualTo(["main.py", "--workers", "4"]));
            Assert.That((settings.Port, settings.Replicas, settings.AutoRollback), Is.EqualTo((8080, 2, false)));
            Assert.That(settings.Resources, Is.EqualTo(new ResourceSettings
            {
                Requests = new ResourceAmounts { Cpu = "250m", Memory = "256Mi" },
                Limits = new ResourceAmounts { Cpu = "1.5", Memory = "1Gi" },
            }));
            Assert.That(settings.Health, Is.EqualTo(new HealthSettings
            {
                Path = "/health",
                InitialDelaySeconds = 1,
                PeriodSeconds = 5,
                TimeoutSeconds = 2,
                FailureThreshold = 3,
                StartupSeconds = 120,
            }));
        });
    }

    [TestCase("")]
    [TestCase("# nothing yet\n")]
    [TestCase("---\n")]
    [TestCase("\uFEFF{}")]
    [TestCase("environment:\nimage: ~\nport: null\nresources:\nhealth:")]
    public void Read_WhenNothingIsSet_SaysNothing(string text) => Assert.That(Read(text), Is.EqualTo(AgentSettings.None));

    [TestCase("imgae: a", "agent.yaml.imgae")]
    [TestCase("resources: {limits: {gpu: 1}}", "agent.yaml.resources.limits.gpu")]
    [TestCase("health: {Path: /}", "agent.yaml.health.Path")]
    [TestCase("<<: {port: 1}", "agent.yaml.<<")]
    [TestCase("port: '8000'", "agent.yaml.port")]
    [TestCase("port: 80.5", "agent.yaml.port")]
    [TestCase("port: 99999999999", "agent.yaml.port")]
    [TestCase("port: [1]", "agent.yaml.port")]
    [TestCase("image: 1.0", "agent.yaml.image")]
    [TestCase("image: true", "agent.yaml.image")]
    [TestCase("health: {path: [a]}", "agent.yaml.health.path")]
    [TestCase("command: python3 main.py", "agent.yaml.command")]
    [TestCase("args: [a, {b: c}]", "agent.yaml.args[1]")]
    [TestCase("args: [~]", "agent.yaml.args[0]")]
    [TestCase("environment: [A=b]", "agent.yaml.environment")]
    [TestCase("environment: {A: }", "agent.yaml.environment.A")]
    [TestCase("environment: {A: [1]}", "agent.yaml.environment.A")]
    [TestCase("resources: 1", "agent.yaml.resources")]
    [TestCase("resources: {limits: {memory: true}}", "agent.yaml.resources.limits.memory")]
    [TestCase("auto_rollback: yes", "agent.yaml.auto_rollback")]
    [TestCase("auto_rollback: 'true'", "agent.yaml.auto_rollback")]
    [TestCase("port: 1\nport: 2", "agent.yaml.port")]
    [TestCase("- port: 1", "agent.yaml")]
    [TestCase("just text", "agent.yaml")]
    [TestCase("port: 1\n---\nport: 2", "agent.yaml")]
    [TestCase("{port: 1", "agent.yaml")]
    [TestCase("port: \t- :", "agent.yaml")]
    [TestCase("? [a]\n: b", "agent.yaml")]
    [TestCase("image: !!str 1.0", "agent.yaml.image")]
    [TestCase("image: !secret a", "agent.yaml.image")]
    [TestCase("environment: &all {A: b}", "agent.yaml.environment")]
    [TestCase("image: *nothing", "agent.yaml.image")]
    public void Read_WhenSomethingIsWrong_NamesItsPath(string text, string path) => Assert.That(ErrorsOf(text).Keys, Is.EqualTo([path]));

    [Test]
    public void Read_WhenSeveralThingsAreWrong_NamesThemAll() =>
        Assert.That(ErrorsOf("port: a\nreplicas: b\nunknown: c").Keys, Is.EquivalentTo(["agent.yaml.port", "agent.yaml.replicas", "agent.yaml.unknown"]));

    [Test]
    public void Read_WhenThereAreSecrets_SaysWhereTheyBelong() =>
        Assert.That(ErrorsOf("secrets: {KEY: hush}")["agent.yaml.secrets"].Single(), Does.Contain("PATCH /api/agents/{agent_id}/config").And.Not.Contain("hush"));

    [Test]
    public void Read_WhenItIsABombOfAliases_RefusesIt()
    {
        var bomb = new StringBuilder("a: &a [x, x, x, x, x, x, x, x, x]\n");
        for (var name = 'b'; name <= 'z'; name++)
            bomb.Append($"{name}: &{name} [*{(char)(name - 1)}, *{(char)(name - 1)}, *{(char)(name - 1)}, *{(char)(name - 1)}]\n");
        Assert.That(ErrorsOf(bomb.ToString()).Keys, Is.EqualTo(["agent.yaml.a"]));
    }

    [Test]
    public void Read_WhenItIsNestedWithoutEnd_RefusesIt()
    {
        Assert.That(ErrorsOf(new string('[', 60_000)), Has.Count.EqualTo(1));
        Assert.That(ErrorsOf(string.Concat(Enumerable.Repeat("{a: ", 15_000))), Has.Count.EqualTo(1));
        Assert.That(ErrorsOf("args: [" + string.Concat(Enumerable.Repeat("a,", 30_000)) + "]"), Has.Count.EqualTo(1));
    }

    [Test]
    public void Read_WhenItIsNoText_RefusesIt()
    {
        var random = new Random(1);
        var bytes = new byte[4096];
        for (var i = 0; i < 200; i++)
        {
            random.NextBytes(bytes);
            if (i % 2 == 0)
            {
                for (var j = 0; j < bytes.Length; j++)
                    bytes[j] = (byte)"{}[]:,-?&*!|>'\"%@`#~ \n\tab0"[bytes[j] % 26];
            }

            Assert.That(() => new AgentFileReader().Read(bytes, "agent.yaml"), Throws.TypeOf<ValidationFailedException>());
        }
    }

    private static AgentSettings Read(string text) => new AgentFileReader().Read(Encoding.UTF8.GetBytes(text), "agent.yaml");

    private static IReadOnlyDictionary<string, string[]> ErrorsOf(string text) =>
        Assert.Throws<ValidationFailedException>(() => Read(text))!.Errors;
}
