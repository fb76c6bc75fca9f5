using System.Globalization;
using System.Text.Json.Nodes;
using StackAgent.Testing;
using StackAgent.Testing.Contract;

namespace StackAgent.WebApi.FunctionalTests.OpenApi;

[TestFixture]
internal sealed class BreakingChangesTests
{
    private const string Released = """
        {
          "info": { "version": "0.1.0" },
          "paths": {
            "/things/{id}": {
              "put": {
                "operationId": "putThing",
                "security": [{ "bearer": [] }, { "apiKey": [] }],
                "parameters": [
                  { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
                  { "name": "wait", "in": "query", "schema": { "type": ["integer", "null"], "maximum": 60 } }
                ],
                "requestBody": {
                  "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } }, "text/plain": { "schema": { "type": "string" } } }
                },
                "responses": {
                  "200": {
                    "headers": { "ETag": { "required": true, "schema": { "type": "string" } } },
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Answer" } } }
                  },
                  "404": { "description": "Not found" }
                }
              }
            },
            "/open": { "get": { "operationId": "open", "security": [], "responses": { "204": { "description": "Fine." } } } }
          },
          "webhooks": { "thing.made": { "post": { "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Answer" } } } } } } },
          "components": { "schemas": {
            "Thing": {
              "type": "object",
              "required": ["name"],
              "properties": {
                "name": { "type": "string", "maxLength": 10, "minLength": 1 },
                "colour": { "type": ["string", "null"], "enum": ["red", "blue", null] },
                "parts": { "type": "array", "items": { "type": "string" }, "maxItems": 5 },
                "inner": { "$ref": "#/components/schemas/Thing" },
                "labels": { "type": "object", "additionalProperties": { "type": ["string", "null"] } }
              }
            },
            "Answer": {
              "allOf": [{ "$ref": "#/components/schemas/Base" }],
              "type": "object",
              "required": ["state"],
              "properties": {
                "state": { "type": "string", "enum": ["on", "off"] },
                "size": { "type": "integer", "format": "int32" },
                "shape": { "oneOf": [{ "$ref": "#/components/schemas/Round" }, { "type": "null" }] },
                "event": { "$ref": "#/components/schemas/Event" }
              }
            },
            "Base": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string", "format": "uuid" } } },
            "Round": { "type": "object", "required": ["radius"], "properties": { "radius": { "type": "number" } } },
            "Square": { "type": "object", "required": ["side"], "properties": { "side": { "type": "number" } } },
            "Event": { "oneOf": [{ "$ref": "#/components/schemas/Round" }, { "$ref": "#/components/schemas/Square" }], "discriminator": { "propertyName": "type" } },
            "Other": { "type": "object", "properties": { "other": { "type": "string" } } }
          } }
        }
        """;

    private const string Put = "paths|/things/{id}|put";
    private const string Thing = "components|schemas|Thing";
    private const string Answer = "components|schemas|Answer";

    [TestCase("paths|/open", null, "GET /open: the operation is gone")]
    [TestCase($"{Put}|operationId", "\"changeThing\"", "operationId was putThing")]
    [TestCase("paths|/open|get|security", """[{ "bearer": [] }]""", "it needs credentials now")]
    [TestCase($"{Put}|security", """[{ "bearer": [] }]""", "it doesn't take apiKey any more")]
    [TestCase($"{Put}|parameters|1", null, "the parameter wait (query) is gone")]
    [TestCase($"{Put}|parameters|1|required", "true", "the parameter wait (query) is required now")]
    [TestCase($"{Put}|parameters|2", """{ "name": "by", "in": "query", "required": true }""", "the new parameter by (query) is required")]
    [TestCase($"{Put}|parameters|1|schema|maximum", "30", "maximum is 30 now")]
    [TestCase($"{Put}|parameters|1|schema|type", "\"integer\"", "null isn't taken any more")]
    [TestCase($"{Put}|requestBody|required", "true", "a body is required now")]
    [TestCase($"{Put}|requestBody", null, "it takes no body any more")]
    [TestCase($"{Put}|requestBody|content|text/plain", null, "it doesn't take text/plain any more")]
    [TestCase($"{Thing}|required", """["name", "parts"]""", "body.parts: the field is required now")]
    [TestCase($"{Thing}|properties|inner", null, "body.inner: the field is gone")]
    [TestCase($"{Thing}|properties|name|maxLength", "9", "body.name: maxLength is 9 now")]
    [TestCase($"{Thing}|properties|name|minLength", "2", "body.name: minLength is 2 now")]
    [TestCase($"{Thing}|properties|name|pattern", "\"^a\"", "body.name: it has to match ^a now")]
    [TestCase($"{Thing}|properties|name|format", "\"uuid\"", "body.name: it has to be of the format uuid now")]
    [TestCase($"{Thing}|properties|name|enum", "[\"a\"]", "body.name: only \"a\" are taken now")]
    [TestCase($"{Thing}|properties|colour|enum", """["red", null]""", "body.colour: \"blue\" isn't taken any more")]
    [TestCase($"{Thing}|properties|parts|items|type", "\"integer\"", "body.parts[]: string isn't taken any more")]
    [TestCase($"{Thing}|properties|parts|minItems", "1", "body.parts: minItems is 1 now")]
    [TestCase($"{Thing}|properties|labels|additionalProperties|type", "\"string\"", "body.labels.*: null isn't taken any more")]
    [TestCase($"{Thing}|additionalProperties", "false", "body: fields that it doesn't know are refused now")]
    [TestCase($"{Put}|responses|200", null, "PUT /things/{id} 200: the status is gone")]
    [TestCase($"{Put}|responses|200|headers|ETag", null, "the header ETag is gone")]
    [TestCase($"{Put}|responses|200|headers|ETag|required", "false", "the header ETag may be missing now")]
    [TestCase($"{Put}|responses|200|content", """{ "text/plain": {} }""", "it isn't answered as application/json any more")]
    [TestCase($"{Answer}|required", "[]", "200.state: the field may be missing now")]
    [TestCase($"{Answer}|properties|state", null, "200.state: the field is gone")]
    [TestCase($"{Answer}|properties|state|type", """["string", "null"]""", "200.state: it may be null now")]
    [TestCase($"{Answer}|properties|state|enum", """["on", "off", "asleep"]""", "200.state: it may be \"asleep\" now")]
    [TestCase($"{Answer}|properties|state|enum", null, "200.state: it may be other than \"on\", \"off\" now")]
    [TestCase($"{Answer}|properties|size|format", "\"int64\"", "200.size: it isn't of the format int32 any more")]
    [TestCase($"{Answer}|properties|size|type", null, "200.size: it may be anything now")]
    [TestCase($"{Answer}|properties|shape|oneOf|2", """{ "type": "string" }""", "200.shape: it may be string now")]
    [TestCase($"{Answer}|properties|shape", """{ "$ref": "#/components/schemas/Square" }""", "200.shape")]
    [TestCase("components|schemas|Event|oneOf|1", null, "200.event: the alternative #/components/schemas/Square is gone")]
    [TestCase("components|schemas|Base|required", "[]", "200.id: the field may be missing now")]
    [TestCase("webhooks|thing.made", null, "webhook thing.made: it is gone")]
    [TestCase("webhooks", null, "webhook thing.made: it is gone")]
    public void Find_WhenAClientOfTheReleasedDocumentWouldFail_SaysWhere(string place, string? value, string expected)
    {
        var found = BreakingChanges.Find(Parse(Released), Changed(place, value));

        Assert.That(found, Has.Some.Contains(expected));
    }

    [TestCase("info|version", "\"0.1.1\"")]
    [TestCase("paths|/new", """{ "get": { "responses": {} } }""")]
    [TestCase("paths|/open|get|description", "\"Says more.\"")]
    [TestCase($"{Put}|security|2", """{ "cookie": [] }""")]
    [TestCase($"{Put}|security", "[]")]
    [TestCase($"{Put}|parameters|2", """{ "name": "by", "in": "query", "schema": { "type": "string" } }""")]
    [TestCase($"{Put}|parameters|1|schema|maximum", "90")]
    [TestCase($"{Put}|parameters|1|schema|maximum", null)]
    [TestCase($"{Put}|responses|404", null)]
    [TestCase($"{Put}|responses|503", """{ "description": "Busy" }""")]
    [TestCase($"{Thing}|required", "[]")]
    [TestCase($"{Thing}|properties|new", """{ "type": "string" }""")]
    [TestCase($"{Thing}|properties|name|maxLength", "11")]
    [TestCase($"{Thing}|properties|name|type", """["string", "null"]""")]
    [TestCase($"{Thing}|properties|colour|enum", """["red", "blue", "green", null]""")]
    [TestCase($"{Answer}|required", """["state", "size"]""")]
    [TestCase($"{Answer}|properties|new", """{ "type": "string" }""")]
    [TestCase($"{Answer}|properties|state|enum", """["on"]""")]
    [TestCase($"{Answer}|properties|shape", """{ "$ref": "#/components/schemas/Round" }""")]
    [TestCase("components|schemas|Event|oneOf|2", """{ "$ref": "#/components/schemas/Other" }""")]
    [TestCase("webhooks|thing.lost", """{ "post": {} }""")]
    public void Find_WhenTheApiGrew_FindsNothing(string place, string? value) =>
        Assert.That(BreakingChanges.Find(Parse(Released), Changed(place, value)), Is.Empty);

    [TestCase("0.1.0", "0.1.9", false)]
    [TestCase("0.1.0", "0.2.0", true)]
    [TestCase("1.4.0", "1.5.0", false)]
    [TestCase("1.4.0", "2.0.0", true)]
    public void AreAllowed_WhenTheVersionSaysSo_IsTrue(string released, string present, bool expected) =>
        Assert.That(BreakingChanges.AreAllowed(released, present), Is.EqualTo(expected));

    [Test]
    public void Document_ComparedWithTheLastRelease_BreaksNothing()
    {
        var released = Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "openapi-released.json")));
        var present = Parse(File.ReadAllText(ApiDocument.CommittedPath));

        if (!BreakingChanges.AreAllowed(Version(released), Version(present)))
            Assert.That(BreakingChanges.Find(released, present), Is.Empty, "docs/api-changes.md says what to do about it.");

        static string Version(JsonObject document) => document["info"]!["version"]!.GetValue<string>();
    }

    /// <summary>The released document with another value at a place, given by names and indexes between bars; null takes it away.</summary>
    private static JsonObject Changed(string place, string? value)
    {
        var document = Parse(Released);
        JsonNode node = document;
        var steps = place.Split('|');
        foreach (var step in steps.SkipLast(1))
            node = node is JsonArray list ? list[int.Parse(step, CultureInfo.InvariantCulture)]! : node[step]!;

        var parsed = value is null ? null : JsonNode.Parse(value);
        if (node is JsonObject fields)
        {
            fields.Remove(steps[^1]);
            if (value is not null)
                fields[steps[^1]] = parsed;
        }
        else if (node is JsonArray items)
        {
            var index = int.Parse(steps[^1], CultureInfo.InvariantCulture);
            if (index < items.Count)
                items.RemoveAt(index);
            if (value is not null)
                items.Insert(index, parsed);
        }

        return document;
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
