using StackAgent.Application.Agents.Configuration;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.Application.UnitTests.Agents.Configuration;

internal sealed class AgentSettingsValidatorTests
{
    [Test]
    public void Check_WhenEverythingIsSetWell_FindsNothing() => Assert.That(
        AgentSettingsValidator.Check(new AgentSettings
        {
            Environment = new Dictionary<string, string> { ["LOG_LEVEL"] = "debug", ["_x1"] = "" },
            Image = "registry.example.com:5000/agents/runtime:1.0",
            Command = ["python3", "-m", "app"],
            Args = [],
            Port = 65_535,
            Replicas = 20,
            Resources = new ResourceSettings
            {
                Requests = new ResourceAmounts { Cpu = "250m", Memory = "1Gi" },
                Limits = new ResourceAmounts { Cpu = "0.25", Memory = "1024Mi" },
            },
            Health = new HealthSettings { Path = "/health?full=1", InitialDelaySeconds = 0, PeriodSeconds = 1, TimeoutSeconds = 60, FailureThreshold = 1, StartupSeconds = 3600 },
            AutoRollback = false,
        }),
        Is.Empty);

    [Test]
    public void Check_WhenNothingIsSet_FindsNothing() => Assert.That(AgentSettingsValidator.Check(AgentSettings.None), Is.Empty);

    [TestCase("PORT")]
    [TestCase("STACKAGENT_URL")]
    [TestCase("1ST")]
    [TestCase("A-B")]
    [TestCase("ÄÖ")]
    [TestCase("A\n")]
    [TestCase("")]
    public void Check_WhenAVariableIsBadlyNamed_NamesIt(string name) =>
        AssertFound(new AgentSettings { Environment = new Dictionary<string, string> { [name] = "x" } }, $"environment.{name}");

    [Test]
    public void Check_WhenVariablesAreTooLarge_SaysSo()
    {
        AssertFound(Variables(1, AgentSettings.EnvironmentValueMaxLength + 1), "environment.V0");
        AssertFound(Variables(17, AgentSettings.EnvironmentValueMaxLength), "environment");
        AssertFound(Variables(201, 1), "environment");
        AssertFound(new AgentSettings { Environment = new Dictionary<string, string> { ["A"] = "a\0b" } }, "environment.A");
        AssertFound(new AgentSettings { Environment = new Dictionary<string, string> { [new string('A', 256)] = "" } }, "environment." + new string('A', 254) + "…");

        static AgentSettings Variables(int count, int length) => new()
        {
            Environment = Enumerable.Range(0, count).ToDictionary(i => $"V{i}", _ => new string('x', length), StringComparer.Ordinal),
        };
    }

    [TestCase("python")]
    [TestCase("python:3.13-slim")]
    [TestCase("library/python")]
    [TestCase("localhost/a")]
    [TestCase("localhost:5000/a__b/c-d")]
    [TestCase("registry:5000/a")]
    [TestCase("[fd00::1]:5000/a")]
    [TestCase("iad.ocir.io/tenant/aegra-runtime:latest")]
    [TestCase("a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void Check_WhenItIsAnImage_AcceptsIt(string image) => Assert.That(AgentSettingsValidator.Check(new AgentSettings { Image = image }), Is.Empty);

    [TestCase("")]
    [TestCase("Python")]
    [TestCase("python:")]
    [TestCase("a b")]
    [TestCase("https://example.com/a")]
    [TestCase("a//b")]
    [TestCase("-a")]
    [TestCase("a@sha256:short")]
    [TestCase("a\n")]
    public void Check_WhenItIsNoImage_RefusesIt(string image) => AssertFound(new AgentSettings { Image = image }, "image");

    [Test]
    public void Check_WhenAnArgumentIsEmptyOrTooLong_NamesItsPlace()
    {
        AssertFound(new AgentSettings { Command = [] }, "command");
        AssertFound(new AgentSettings { Command = ["a", ""] }, "command[1]");
        AssertFound(new AgentSettings { Args = ["a", "b", new string('x', AgentSettings.ArgumentMaxLength + 1)] }, "args[2]");
        AssertFound(new AgentSettings { Args = [.. Enumerable.Repeat("x", 101)] }, "args");
    }

    [Test]
    public void Check_WhenANumberIsOutOfRange_NamesItsPath()
    {
        AssertFound(new AgentSettings { Port = 0 }, "port");
        AssertFound(new AgentSettings { Port = 65_536 }, "port");
        AssertFound(new AgentSettings { Replicas = 0 }, "replicas");
        AssertFound(new AgentSettings { Replicas = AgentSettings.ReplicasMax + 1 }, "replicas");
        AssertFound(new AgentSettings { Health = new HealthSettings { StartupSeconds = 3601 } }, "health.startup_seconds");
        AssertFound(new AgentSettings { Health = new HealthSettings { TimeoutSeconds = 0 } }, "health.timeout_seconds");
        AssertFound(new AgentSettings { Health = new HealthSettings { InitialDelaySeconds = 30, StartupSeconds = 30 } }, "health.initial_delay_seconds");
    }

    [TestCase("cpu", "0")]
    [TestCase("cpu", "-1")]
    [TestCase("cpu", "2000")]
    [TestCase("cpu", "one")]
    [TestCase("memory", "512m")]
    [TestCase("memory", "512MB")]
    [TestCase("memory", "17Ti")]
    public void Check_WhenAnAmountMakesNoSense_NamesItsPath(string name, string amount) => AssertFound(
        new AgentSettings
        {
            Resources = new ResourceSettings { Limits = name == "cpu" ? new ResourceAmounts { Cpu = amount } : new ResourceAmounts { Memory = amount } },
        },
        $"resources.limits.{name}");

    [Test]
    public void Check_WhenARequestIsMoreThanItsLimit_NamesTheRequest() => AssertFound(
        new AgentSettings
        {
            Resources = new ResourceSettings { Requests = new ResourceAmounts { Memory = "2Gi" }, Limits = new ResourceAmounts { Memory = "1Gi" } },
        },
        "resources.requests.memory");

    [TestCase("")]
    [TestCase("health")]
    [TestCase("//elsewhere.example/")]
    [TestCase("/\\elsewhere.example/")]
    [TestCase("/a b")]
    [TestCase("/a\r\nHost: b")]
    [TestCase("/ä")]
    [TestCase("/a#b")]
    public void Check_WhenTheHealthPathIsNone_RefusesIt(string path) =>
        AssertFound(new AgentSettings { Health = new HealthSettings { Path = path } }, "health.path");

    [Test]
    public void Require_WhenSomethingIsWrong_ThrowsWithPrefixedPaths() => Assert.That(
        () => AgentSettingsValidator.Require(new AgentSettings { Port = 0 }, "config."),
        Throws.TypeOf<ValidationFailedException>().With.Property(nameof(ValidationFailedException.Errors)).ContainKey("config.port"));

    private static void AssertFound(AgentSettings settings, string path)
    {
        var found = AgentSettingsValidator.Check(settings);
        Assert.That(found.Keys, Is.EqualTo([path]));
        Assert.That(found[path], Has.Length.EqualTo(1));
    }
}
