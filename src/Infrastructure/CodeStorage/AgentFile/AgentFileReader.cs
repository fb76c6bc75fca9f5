using StackAgent.Application.Agents.Configuration;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.Infrastructure.CodeStorage.AgentFile;

internal sealed class AgentFileReader : IAgentFileReader
{
    private const string Secrets = "secrets";

    public AgentSettings Read(ReadOnlySpan<byte> content, string fileName)
    {
        switch (YamlTree.Parse(content, fileName))
        {
            case null or YamlScalar { IsPlain: true, Text: "" }:
                return AgentSettings.None;
            case YamlMap map:
                var faults = new Dictionary<string, string[]>(StringComparer.Ordinal);
                var settings = ReadSettings(new YamlSection(map, fileName, faults));
                return faults.Count == 0 ? settings : throw new ValidationFailedException(faults);
            default:
                throw new ValidationFailedException(fileName, "This file has to be a mapping of settings, for example \"port: 8000\".");
        }
    }

    private static AgentSettings ReadSettings(YamlSection section)
    {
        section.Refuse(
            Secrets,
            "Secrets don't belong into the code, where everybody who gets to see it reads them. "
            + "Set them through the API, which stores them encrypted: PATCH /api/agents/{agent_id}/config with {\"secrets\": {\"NAME\": \"value\"}}.");
        var settings = new AgentSettings
        {
            Environment = section.TextsByName("environment"),
            Image = section.Text("image"),
            Command = section.Texts("command"),
            Args = section.Texts("args"),
            Port = section.Integer("port"),
            Replicas = section.Integer("replicas"),
            Resources = section.Section("resources") is { } resources ? ReadResources(resources) : null,
            Health = section.Section("health") is { } health ? ReadHealth(health) : null,
            AutoRollback = section.Flag("auto_rollback"),
        };
        section.RefuseOthers(Secrets);
        return settings;
    }

    private static ResourceSettings ReadResources(YamlSection section)
    {
        var resources = new ResourceSettings
        {
            Requests = section.Section("requests") is { } requests ? ReadAmounts(requests) : null,
            Limits = section.Section("limits") is { } limits ? ReadAmounts(limits) : null,
        };
        section.RefuseOthers();
        return resources;
    }

    private static ResourceAmounts ReadAmounts(YamlSection section)
    {
        var amounts = new ResourceAmounts { Cpu = section.TextOrNumber("cpu"), Memory = section.TextOrNumber("memory") };
        section.RefuseOthers();
        return amounts;
    }

    private static HealthSettings ReadHealth(YamlSection section)
    {
        var health = new HealthSettings
        {
            Path = section.Text("path"),
            InitialDelaySeconds = section.Integer("initial_delay_seconds"),
            PeriodSeconds = section.Integer("period_seconds"),
            TimeoutSeconds = section.Integer("timeout_seconds"),
            FailureThreshold = section.Integer("failure_threshold"),
            StartupSeconds = section.Integer("startup_seconds"),
        };
        section.RefuseOthers();
        return health;
    }
}
