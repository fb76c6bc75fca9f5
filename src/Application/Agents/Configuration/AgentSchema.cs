using System.Text.Json.Nodes;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Agents.Configuration;

/// <summary>The JSON schema (draft 2020-12) of <c>agent.yaml</c>, for editors and for checks before an upload.</summary>
public static class AgentSchema
{
    public const string MediaType = "application/schema+json";

    /// <summary>The schema as JSON.</summary>
    public static string Document { get; } = Make().ToJsonString();

    private static JsonObject Make()
    {
        var root = Section("How an agent is to be run. What isn't set is left to the server; what is set through the API comes before this file.", new JsonObject
        {
            ["environment"] = new JsonObject
            {
                ["description"] = "Variables by name. Secrets don't belong here: set them through the API.",
                ["type"] = Nullable("object"),
                ["maxProperties"] = AgentSettings.EnvironmentMaxCount,
                ["propertyNames"] = new JsonObject
                {
                    ["pattern"] = AgentSettingsValidator.VariableNamePattern,
                    ["maxLength"] = AgentSettings.EnvironmentNameMaxLength,
                    ["not"] = new JsonObject { ["pattern"] = $"^(PORT$|{AgentSettingsValidator.ReservedPrefix})" },
                },
                ["additionalProperties"] = Plain(new JsonObject { ["maxLength"] = AgentSettings.EnvironmentValueMaxLength }),
            },
            ["image"] = Text("Container image, for example registry.example.com/agents/runtime:1.0. Local processes don't care.", AgentSettings.ImageMaxLength, minLength: 1),
            ["command"] = Texts("The program and what always follows it, in place of the image's entry point or of what the code's files suggest.", minItems: 1),
            ["args"] = Texts("What follows the command.", minItems: 0),
            ["port"] = Number("Where the container listens. A local process is told a free port by PORT in any case.", AgentSettingsRanges.Port),
            ["replicas"] = Number("Pods at the same time; a local agent is one process.", AgentSettingsRanges.Replicas),
            ["resources"] = Section("What each pod asks for, and may use at most.", new JsonObject
            {
                ["requests"] = Amounts("What is reserved for each pod."),
                ["limits"] = Amounts("More isn't given to any pod."),
            }),
            ["health"] = Section("How it is found out that the agent is ready, and by when it has to be.", new JsonObject
            {
                ["path"] = Text("Ready when a GET of this path is answered with 2xx or 3xx; without it, when the port accepts connections.", AgentSettings.PathMaxLength, pattern: "^/(?!/)"),
                ["initial_delay_seconds"] = Number("Before the first look.", AgentSettingsRanges.InitialDelaySeconds),
                ["period_seconds"] = Number("Between looks.", AgentSettingsRanges.PeriodSeconds),
                ["timeout_seconds"] = Number("How long an answer may take.", AgentSettingsRanges.TimeoutSeconds),
                ["failure_threshold"] = Number("So many failures in a row make a ready agent unready.", AgentSettingsRanges.FailureThreshold),
                ["startup_seconds"] = Number("How long it may take until it is ready for the first time; without it the server's DEPLOY_TIMEOUT_SECONDS.", AgentSettingsRanges.StartupSeconds),
            }),
            ["auto_rollback"] = new JsonObject
            {
                ["description"] = "Whether a revision that doesn't come to run gives way to the one before by itself.",
                ["type"] = Nullable("boolean"),
                ["default"] = true,
            },
        });
        root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        root["title"] = "agent.yaml";
        return root;
    }

    /// <summary>A key without a value is as good as none.</summary>
    private static JsonArray Nullable(params string[] types) => [.. types.Select(type => (JsonNode)type), "null"];

    private static JsonObject Section(string description, JsonObject properties) => new()
    {
        ["description"] = description,
        ["type"] = Nullable("object"),
        ["properties"] = properties,
        ["additionalProperties"] = false,
    };

    private static JsonObject Text(string description, int maxLength, int minLength = 0, string? pattern = null)
    {
        var text = new JsonObject { ["description"] = description, ["type"] = Nullable("string"), ["minLength"] = minLength, ["maxLength"] = maxLength };
        if (pattern is not null)
            text["pattern"] = pattern;
        return text;
    }

    /// <summary>Text, or what YAML takes for something else and is as good as its text.</summary>
    private static JsonObject Plain(JsonObject rules)
    {
        rules["type"] = new JsonArray("string", "number", "boolean");
        return rules;
    }

    private static JsonObject Texts(string description, int minItems) => new()
    {
        ["description"] = description,
        ["type"] = Nullable("array"),
        ["minItems"] = minItems,
        ["maxItems"] = AgentSettings.ArgumentsMaxCount,
        ["items"] = Plain(new JsonObject { ["minLength"] = 1, ["maxLength"] = AgentSettings.ArgumentMaxLength }),
    };

    private static JsonObject Number(string description, SettingRange range) => new()
    {
        ["description"] = description,
        ["type"] = Nullable("integer"),
        ["minimum"] = range.Min,
        ["maximum"] = range.Max,
    };

    private static JsonObject Amounts(string description) => Section(description, new JsonObject
    {
        ["cpu"] = Amount("Processors: 250m is a quarter of one, 1.5 one and a half."),
        ["memory"] = Amount("Bytes: 256Mi, 1Gi."),
    });

    private static JsonObject Amount(string description) => new()
    {
        ["description"] = description,
        ["type"] = Nullable("string", "number"),
        ["maxLength"] = ResourceAmounts.QuantityMaxLength,
        ["pattern"] = @"^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2}|[numkMGTPE]?|[KMGTPE]i)$",
    };
}
