using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using StackAgent.Application.Agents.Configuration;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.UnitTests.Agents.Configuration;

/// <summary>The published schema says what the settings are.</summary>
internal sealed class AgentSchemaTests
{
    private static readonly JsonNode Schema = JsonNode.Parse(AgentSchema.Document)!;

    [Test]
    public void Document_WhenComparedWithTheSettings_HasTheSameFieldsOfTheSameTypes() => AssertSame(typeof(AgentSettings), Schema, "agent.yaml");

    [TestCase("port", 1, 65_535)]
    [TestCase("replicas", 1, AgentSettings.ReplicasMax)]
    public void Document_WhenANumberHasLimits_SaysThem(string name, int min, int max) =>
        Assert.That(
            ((int)Schema["properties"]![name]!["minimum"]!, (int)Schema["properties"]![name]!["maximum"]!), Is.EqualTo((min, max)));

    [Test]
    public void Document_WhenTheValidatorIsAsked_AgreesAtTheLimits()
    {
        foreach (var (name, field) in Schema["properties"]!["health"]!["properties"]!.AsObject().Where(field => field.Value!["minimum"] is not null))
        {
            var (min, max) = ((int)field!["minimum"]!, (int)field["maximum"]!);
            Assert.That(Problems(name, min), Is.Empty, name);
            Assert.That(Problems(name, max), Is.Empty, name);
            Assert.That(Problems(name, min - 1), Is.EqualTo([$"health.{name}"]));
            Assert.That(Problems(name, max + 1), Is.EqualTo([$"health.{name}"]));
        }

        static IEnumerable<string> Problems(string name, int value)
        {
            var health = new JsonObject { [name] = value }.Deserialize<HealthSettings>(
                new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });
            return AgentSettingsValidator.Check(new AgentSettings { Health = health }).Keys;
        }
    }

    private static void AssertSame(Type type, JsonNode schema, string path)
    {
        Assert.That((bool)schema["additionalProperties"]!, Is.False, path);
        var properties = type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .ToDictionary(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name), property => property.PropertyType, StringComparer.Ordinal);
        Assert.That(schema["properties"]!.AsObject().Select(field => field.Key), Is.EquivalentTo(properties.Keys), path);
        foreach (var (name, kind) in properties)
        {
            var field = schema["properties"]![name]!;
            var inner = $"{path}.{name}";
            Assert.That(field["description"], Is.Not.Null, inner);
            Assert.That((string)field["type"]![0]!, Is.EqualTo(TypeOf(kind)), inner);
            if (kind.Namespace == typeof(AgentSettings).Namespace)
                AssertSame(kind, field, inner);
        }
    }

    private static string TypeOf(Type type) =>
        type == typeof(string) ? "string"
        : type == typeof(int?) ? "integer"
        : type == typeof(bool?) ? "boolean"
        : type == typeof(IReadOnlyList<string>) ? "array"
        : "object";
}
