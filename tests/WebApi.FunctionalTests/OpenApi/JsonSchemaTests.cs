using System.Text.Json.Nodes;
using StackAgent.Testing.Contract;

namespace StackAgent.WebApi.FunctionalTests.OpenApi;

/// <summary>Each rule of the comparison, by a value that breaks it and one that doesn't.</summary>
[TestFixture]
internal sealed class JsonSchemaTests
{
    private static readonly JsonObject Document = Parse("""
        {
          "components": {
            "schemas": {
              "Named": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } },
              "Sized": { "type": "object", "required": ["size"], "properties": { "size": { "type": "integer", "format": "int32" } } },
              "Red": { "type": "object", "required": ["kind"], "properties": { "kind": { "type": "string", "const": "red" }, "heat": { "type": "integer" } } },
              "Any": { "oneOf": [{ "$ref": "#/components/schemas/Red" }], "discriminator": { "propertyName": "kind", "mapping": { "red": "#/components/schemas/Red" } } }
            }
          }
        }
        """);

    [TestCase("""{ "type": "string" }""", "1", "isn't string")]
    [TestCase("""{ "type": ["string", "null"] }""", "false", "isn't string or null")]
    [TestCase("""{ "type": "string" }""", "null", "null isn't string")]
    [TestCase("""{ "type": "integer" }""", "1.5", "isn't integer")]
    [TestCase("""{ "enum": ["a", "b"] }""", "\"c\"", "isn't one of")]
    [TestCase("""{ "const": "a" }""", "\"b\"", "isn't \"a\"")]
    [TestCase("""{ "type": "string", "format": "uuid" }""", "\"0198C5A1-7D1E-7C3A-9B57-2F6D3A1C9E10\"", "format uuid")]
    [TestCase("""{ "type": "string", "format": "date-time" }""", "\"2026-01-31T12:00:00+01:00\"", "format date-time")]
    [TestCase("""{ "type": "string", "format": "date-time" }""", "\"2026-01-31\"", "format date-time")]
    [TestCase("""{ "type": "string", "format": "uri" }""", "\"no address\"", "format uri")]
    [TestCase("""{ "type": "string", "format": "colour" }""", "\"red\"", "format colour")]
    [TestCase("""{ "type": "integer", "format": "int32" }""", "2147483648", "format int32")]
    [TestCase("""{ "type": "integer", "format": "int64" }""", "9223372036854775808", "format int64")]
    [TestCase("""{ "type": "integer", "minimum": 1 }""", "0", "limits")]
    [TestCase("""{ "type": "integer", "maximum": 1 }""", "2", "limits")]
    [TestCase("""{ "type": "string", "maxLength": 1 }""", "\"ab\"", "2 characters")]
    [TestCase("""{ "type": "string", "minLength": 1 }""", "\"\"", "0 characters")]
    [TestCase("""{ "type": "string", "pattern": "^a" }""", "\"b\"", "doesn't match")]
    [TestCase("""{ "type": "array", "items": { "type": "string" } }""", "[1]", "$[0]: 1 isn't string")]
    [TestCase("""{ "type": "array", "minItems": 1 }""", "[]", "0 items")]
    [TestCase("""{ "type": "array", "maxItems": 1 }""", "[1, 2]", "2 items")]
    [TestCase("""{ "$ref": "#/components/schemas/Named" }""", "{}", "$.name: the document says that it is always there")]
    [TestCase("""{ "$ref": "#/components/schemas/Named" }""", """{ "name": null }""", "$.name: null isn't string")]
    [TestCase("""{ "$ref": "#/components/schemas/Named" }""", """{ "name": "a", "age": 1 }""", "$.age: the document doesn't know this field")]
    [TestCase("""{ "type": "object" }""", """{ "age": 1 }""", "$.age: the document doesn't know this field")]
    [TestCase("""{ "type": "object", "additionalProperties": { "type": "string" } }""", """{ "a": 1 }""", "$.a: 1 isn't string")]
    [TestCase("""{ "allOf": [{ "$ref": "#/components/schemas/Named" }, { "$ref": "#/components/schemas/Sized" }] }""", """{ "name": "a" }""", "$.size: the document says")]
    [TestCase("""{ "allOf": [{ "$ref": "#/components/schemas/Named" }, { "$ref": "#/components/schemas/Sized" }] }""", """{ "name": "a", "size": 1, "age": 1 }""", "$.age")]
    [TestCase("""{ "oneOf": [{ "$ref": "#/components/schemas/Named" }, { "type": "null" }] }""", """{ "name": 1 }""", "nearest of 2 alternatives")]
    [TestCase("""{ "oneOf": [{ "type": "integer" }, { "type": "number" }] }""", "1", "2 of the alternatives fit")]
    [TestCase("""{ "$ref": "#/components/schemas/Any" }""", """{ "kind": "blue" }""", "doesn't know kind \"blue\"")]
    [TestCase("""{ "$ref": "#/components/schemas/Any" }""", """{ "kind": "red", "heat": "high" }""", "$.heat: \"high\" isn't integer")]
    [TestCase("""{ "type": "string", "not": { "const": "a" } }""", "\"b\"", "keyword not isn't understood")]
    public void Compare_WhenTheValueBreaksTheRule_SaysSo(string schema, string value, string fault)
    {
        var faults = new JsonSchema(Document).Compare(JsonNode.Parse(value), Parse(schema));

        Assert.That(faults, Has.Count.EqualTo(1).And.All.Contains(fault));
    }

    [TestCase("""{ "type": ["string", "null"] }""", "null")]
    [TestCase("""{ "type": "integer", "format": "int32" }""", "1.0")]
    [TestCase("""{ "type": "string", "format": "uuid" }""", "\"0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e10\"")]
    [TestCase("""{ "type": "string", "format": "date-time" }""", "\"2026-01-31T12:00:00.123456Z\"")]
    [TestCase("""{ "type": "string", "maxLength": 1 }""", "\"🔔\"")]
    [TestCase("""{ }""", """{ "anything": [1, { "goes": true }] }""")]
    [TestCase("""{ "type": "object", "additionalProperties": true }""", """{ "anything": 1 }""")]
    [TestCase("""{ "type": "object", "additionalProperties": { "type": ["string", "null"] } }""", """{ "a": null }""")]
    [TestCase("""{ "$ref": "#/components/schemas/Named", "description": "Who." }""", """{ "name": "a" }""")]
    [TestCase("""{ "allOf": [{ "$ref": "#/components/schemas/Named" }, { "$ref": "#/components/schemas/Sized" }] }""", """{ "name": "a", "size": 1 }""")]
    [TestCase("""{ "oneOf": [{ "$ref": "#/components/schemas/Named" }, { "$ref": "#/components/schemas/Sized" }] }""", """{ "size": 1 }""")]
    [TestCase("""{ "anyOf": [{ "type": "integer" }, { "type": "number" }] }""", "1")]
    [TestCase("""{ "$ref": "#/components/schemas/Any" }""", """{ "kind": "red", "heat": 1 }""")]
    public void Compare_WhenTheValueFits_FindsNothing(string schema, string value) =>
        Assert.That(new JsonSchema(Document).Compare(JsonNode.Parse(value), Parse(schema)), Is.Empty);

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
