using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using StackAgent.Testing.Contract;

namespace StackAgent.WebApi.FunctionalTests.OpenApi;

/// <summary>What a client refuses that compares answers with the document, by a planted fault for each.</summary>
[TestFixture]
internal sealed class DocumentedAnswersTests
{
    private const string Problem = """{ "detail": "Gone." }""";

    private static readonly ApiDocument Document = new(JsonNode.Parse("""
        {
          "paths": {
            "/api/things": {
              "post": { "responses": { "201": {
                "headers": { "Location": { "required": true, "schema": { "type": "string" } }, "Count": { "schema": { "type": "integer" } } },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } } } }
            },
            "/api/things/{id}": {
              "get": { "responses": {
                "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } },
                "404": { "$ref": "#/components/responses/NotFound" } } },
              "delete": { "responses": { "204": { "description": "Gone." } } }
            },
            "/api/things/newest": { "get": { "responses": { "204": { "description": "There is none." } } } },
            "/api/log": {
              "get": { "responses": { "200": { "content": {
                "application/x-ndjson": { "schema": { "$ref": "#/components/schemas/Thing" } },
                "text/event-stream": { "schema": { "$ref": "#/components/schemas/Thing" } } } } } }
            }
          },
          "components": {
            "schemas": {
              "Thing": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } },
              "Problem": { "type": "object", "required": ["detail"], "properties": { "detail": { "type": "string" } } }
            },
            "responses": { "NotFound": { "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } } }
          }
        }
        """)!.AsObject());

    [TestCase("GET", "/api/things/1", 200, "application/json", """{ "name": "a" }""")]
    [TestCase("GET", "/api/things/a%2Fb", 404, "application/problem+json", Problem)]
    [TestCase("GET", "/API/Things/newest/", 204, null, "")]
    [TestCase("DELETE", "/api/things/1", 204, null, "")]
    [TestCase("GET", "/api/nothing", 404, "application/problem+json", Problem)]
    [TestCase("PATCH", "/api/things/1", 405, "application/problem+json", Problem)]
    [TestCase("GET", "/elsewhere", 418, "text/plain", "hot")]
    [TestCase("OPTIONS", "/api/things/1", 204, null, "")]
    [TestCase("GET", "/api/log", 200, "application/x-ndjson", "{\"name\":\"a\"}\n{\"name\":\"b\"}\n")]
    [TestCase("GET", "/api/log", 200, "text/event-stream", ": hello\n\nid: 1\nevent: thing\ndata: {\"name\":\"a\"}\n\n")]
    public async Task Answer_WhenItIsAsTheDocumentSays_ComesThrough(string method, string path, int status, string? contentType, string body)
    {
        using var answer = await SendAsync(method, path, status, contentType, body);

        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo(body));
    }

    [TestCase("GET", "/api/things/1", 200, "application/json", """{ "nom": "a" }""", "$.name: the document says that it is always there")]
    [TestCase("GET", "/api/things/1", 200, "application/json", "{", "isn't JSON")]
    [TestCase("GET", "/api/things/1", 200, "text/plain", "a", "content type text/plain")]
    [TestCase("GET", "/api/things/1", 200, null, "", "content type (none)")]
    [TestCase("GET", "/api/things/1", 202, "application/json", """{ "name": "a" }""", "this status")]
    [TestCase("GET", "/api/things/1", 404, "application/problem+json", "{}", "$.detail")]
    [TestCase("DELETE", "/api/things/1", 204, "application/json", "{}", "knows no body")]
    [TestCase("GET", "/api/nothing", 200, "application/json", "{}", "this operation")]
    [TestCase("GET", "/api/nothing", 404, "application/problem+json", "{}", "$.detail")]
    [TestCase("PATCH", "/api/things/1", 200, "application/json", "{}", "this operation")]
    [TestCase("POST", "/api/things", 201, "application/json", """{ "name": "a" }""", "header Location is missing")]
    [TestCase("GET", "/api/log", 200, "application/x-ndjson", "{\"name\":\"a\"}\n{\"name\":1}\n", "$.name: 1 isn't string")]
    [TestCase("GET", "/api/log", 200, "text/event-stream", ": hello\n\ndata: {\"nom\":\"a\"}\n\n", "$.nom")]
    public void Answer_WhenItIsNotAsTheDocumentSays_IsRefused(string method, string path, int status, string? contentType, string body, string fault)
    {
        var refusal = Assert.CatchAsync(async () =>
        {
            using var answer = await SendAsync(method, path, status, contentType, body);
            await answer.Content.ReadAsStringAsync();
        });

        Assert.That(refusal, Is.InstanceOf<UndocumentedAnswerException>());
        Assert.That(refusal!.Message, Does.Contain(fault));
    }

    [TestCase("7", null)]
    [TestCase("many", "the header Count")]
    public void Header_WhenItIsDescribed_IsCompared(string count, string? fault)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.Created)
        {
            Headers = { { "Location", "/api/things/1" }, { "Count", count } },
            Content = new StringContent("", Encoding.UTF8, "application/json"),
        };
        var promise = Document.Find(HttpMethod.Post, "/api/things", 201, response.Content.Headers.ContentType)!;

        var faults = Document.CompareHead(promise, response);

        Assert.That(faults, fault is null ? Is.Empty : Has.One.Contains(fault));
    }

    private static async Task<HttpResponseMessage> SendAsync(string method, string path, int status, string? contentType, string body)
    {
        using var http = new HttpClient(new DocumentedAnswers(new Canned((HttpStatusCode)status, contentType, body), Document));
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri($"http://server.example{path}"));
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private sealed class Canned(HttpStatusCode status, string? contentType, string body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.ContentType = contentType is null ? null : new MediaTypeHeaderValue(contentType);
            return Task.FromResult(new HttpResponseMessage(status) { Content = content });
        }
    }
}
