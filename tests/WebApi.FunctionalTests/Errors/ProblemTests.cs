using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.WebApi.Errors;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.FunctionalTests.Errors;

[TestFixture]
internal sealed class ProblemTests
{
    private WebApplication _app = null!;
    private HttpClient _client = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddErrorHandling();
        builder.Services.AddApiControllers().ConfigureApplicationPartManager(parts =>
        {
            parts.ApplicationParts.Clear();
            parts.ApplicationParts.Add(new AssemblyPart(typeof(FaultyController).Assembly));
        });
        _app = builder.Build();
        _app.UseErrorHandling();
        _app.MapControllers();
        await _app.StartAsync();
        _client = _app.GetTestClient();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    [TestCase("validation", 422, "validation_failed", "name: A name is required.")]
    [TestCase("not-found", 404, "not_found", "There is no such stack.")]
    [TestCase("conflict", 409, "conflict", "The name is taken.")]
    [TestCase("forbidden", 403, "forbidden", "This key has no scope write.")]
    [TestCase("bad-request", 400, "bad_request", "The request couldn't be understood.")]
    public async Task Exception_WhenThrownByAnAction_BecomesItsProblem(string kind, int status, string error, string detail)
    {
        using var response = await _client.GetAsync($"/faulty/throw/{kind}");
        var problem = await ReadAsync(response, status);

        Assert.Multiple(() =>
        {
            Assert.That(problem.GetProperty("error").GetString(), Is.EqualTo(error));
            Assert.That(problem.GetProperty("detail").GetString(), Is.EqualTo(detail));
            Assert.That(problem.TryGetProperty("errors", out _), Is.EqualTo(kind == "validation"));
        });
    }

    [Test]
    public async Task Exception_WhenNobodyExpectedIt_IsAnInternalErrorWithoutItsText()
    {
        using var response = await _client.GetAsync("/faulty/throw/anything");
        var problem = await ReadAsync(response, 500);

        Assert.That(problem.GetProperty("error").GetString(), Is.EqualTo("internal_error"));
        Assert.That(problem.GetRawText(), Does.Not.Contain("secret").And.Not.Contain("/srv"));
    }

    [Test]
    public async Task Exception_WhenTheDiskIsFull_SaysSoWithoutItsText()
    {
        using var response = await _client.GetAsync("/faulty/throw/full-disk");
        var problem = await ReadAsync(response, 503);

        Assert.That(problem.GetProperty("message").GetString(), Is.EqualTo("The server's disk is full; try again when its operator has made room."));
        Assert.That(problem.GetRawText(), Does.Not.Contain("secret"));
    }

    [TestCase(401, "unauthorized")]
    [TestCase(403, "forbidden")]
    [TestCase(404, "not_found")]
    [TestCase(409, "conflict")]
    [TestCase(413, "payload_too_large")]
    [TestCase(415, "unsupported_media_type")]
    [TestCase(429, "rate_limited")]
    [TestCase(503, "unavailable")]
    [TestCase(418, "bad_request")]
    public async Task BareStatus_WhenAnActionAnswersIt_GetsAProblem(int status, string error)
    {
        using var response = await _client.GetAsync($"/faulty/status/{status}");
        var problem = await ReadAsync(response, status);

        Assert.That(problem.GetProperty("error").GetString(), Is.EqualTo(error));
        Assert.That(response.Headers.WwwAuthenticate.Count != 0, Is.EqualTo(status == 401));
    }

    [Test]
    public async Task Routing_WhenNothingMatches_AnswersProblems()
    {
        using var missing = await _client.GetAsync("/nothing/here");
        using var method = await _client.DeleteAsync("/faulty/body");
        using var type = await _client.PostAsync("/faulty/body", new StringContent("name=x", Encoding.UTF8, "text/plain"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/faulty/query");
        request.Headers.Accept.ParseAdd("application/xml");
        using var format = await _client.SendAsync(request);

        await ReadAsync(missing, 404);
        Assert.That((await ReadAsync(method, 405)).GetProperty("error").GetString(), Is.EqualTo("method_not_allowed"));
        Assert.That(method.Content.Headers.Allow, Is.EquivalentTo(new[] { "POST" }));
        await ReadAsync(type, 415);
        await ReadAsync(format, 406);
    }

    [TestCase("{\"full_name\": 5}", "full_name", "This must be text.")]
    [TestCase("{\"count\": \"five\"}", "count", "This must be a whole number.")]
    [TestCase("{\"count\": \"5\"}", "count", "This must be a whole number.")]
    [TestCase("{\"count\": 99999999999999}", "count", "This must be a whole number.")]
    [TestCase("{\"flag\": 1}", "flag", "This must be true or false.")]
    [TestCase("{\"agent_id\": \"nope\"}", "agent_id", "This must be a UUID, such as 0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e10.")]
    [TestCase("{\"at\": \"yesterday\"}", "at", "This must be a time in RFC 3339, such as 2025-06-30T12:00:00Z.")]
    [TestCase("{\"items\": 1}", "items", "This must be a list.")]
    [TestCase("{\"items\": [{}, {\"title\": []}]}", "items[1].title", "This must be text.")]
    [TestCase("{\"items\": [1]}", "items[0]", "This must be a JSON object.")]
    [TestCase("[]", "body", "This must be a JSON object.")]
    [TestCase("{\"full_name\": ", "body", "The body isn't valid JSON.")]
    [TestCase("nonsense", "body", "The body isn't valid JSON.")]
    [TestCase("", "body", "This call needs a JSON body.")]
    [TestCase("null", "body", "This call needs a JSON body.")]
    [TestCase("{\"full_name\": \"\\ud800\"}", "full_name", "This text holds broken Unicode.")]
    public async Task Body_WhenItCannotBeRead_Is400WithTheFieldsWireName(string json, string field, string sentence)
    {
        using var response = await PostAsync("/faulty/body", json);
        var problem = await ReadAsync(response, 400);

        Assert.Multiple(() =>
        {
            Assert.That(problem.GetProperty("error").GetString(), Is.EqualTo("validation_failed"));
            Assert.That(problem.GetProperty("errors").GetProperty(field)[0].GetString(), Is.EqualTo(sentence));
            Assert.That(problem.GetProperty("detail").GetString(), Is.EqualTo($"{field}: {sentence}"));
            Assert.That(problem.GetRawText(), Does.Not.Contain("System.").And.Not.Contain("LineNumber").And.Not.Contain("$"));
        });
    }

    [Test]
    public async Task Body_WhenItIsNotUtf8_Is400()
    {
        using var content = new ByteArrayContent([.. "{\"full_name\":\""u8, 0xff, 0xfe, .. "\"}"u8]);
        content.Headers.ContentType = new("application/json");
        using var response = await _client.PostAsync("/faulty/body", content);

        await ReadAsync(response, 400);
    }

    [Test]
    public async Task Body_WhenAWordIsNotOneOfAnEnums_Is422()
    {
        using var response = await PostAsync("/faulty/body", """{"status": "sleeping"}""");
        var problem = await ReadAsync(response, 422);

        Assert.That(
            problem.GetProperty("errors").GetProperty("status")[0].GetString(),
            Is.EqualTo("This must be one of: pending, deploying, running, failed, stopped, deleting, external."));
    }

    [Test]
    public async Task Body_WhenFine_RoundTripsInTheContractsWords()
    {
        using var response = await PostAsync(
            "/faulty/body",
            """{"full_name": "Zoë <b>", "at": "2025-06-30T14:00:00.123456789+02:00", "status": "running", "unknown": 1, "items": []}""");

        Assert.That(
            await response.Content.ReadAsStringAsync(),
            Is.EqualTo("""{"full_name":"Zoë <b>","count":null,"agent_id":null,"at":"2025-06-30T12:00:00.1234567Z","status":"running","items":[],"flag":null}"""));
    }

    [TestCase("""{}""", """{"is_present":false,"value":null,"count_present":false}""")]
    [TestCase("""{"description": null}""", """{"is_present":true,"value":null,"count_present":false}""")]
    [TestCase("""{"description": "x", "count": 1}""", """{"is_present":true,"value":"x","count_present":true}""")]
    public async Task Optional_WhenAbsentNullOrGiven_IsToldApart(string json, string expected)
    {
        using var response = await PostAsync("/faulty/patch", json);

        Assert.That(await response.Content.ReadAsStringAsync(), Is.EqualTo(expected));
    }

    [TestCase("""{"description": 5}""", "description", "This must be text.")]
    [TestCase("""{"count": null}""", "count", "This must be a whole number.")]
    public async Task Optional_WhenOfTheWrongType_NamesTheField(string json, string field, string sentence)
    {
        using var response = await PostAsync("/faulty/patch", json);
        var problem = await ReadAsync(response, 400);

        Assert.That(problem.GetProperty("errors").GetProperty(field)[0].GetString(), Is.EqualTo(sentence));
    }

    [TestCase("/faulty/by-id/nope", 400, "id", "This must be a UUID, such as 0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e10.")]
    [TestCase("/faulty/query?page=two", 400, "page", "This must be a whole number.")]
    [TestCase("/faulty/query?stack_id=5", 400, "stack_id", "This must be a UUID, such as 0198c5a1-7d1e-7c3a-9b57-2f6d3a1c9e10.")]
    [TestCase("/faulty/query?status=Running", 422, "status", "This must be one of: pending, deploying, running, failed, stopped, deleting, external.")]
    [TestCase("/faulty/query?status=2", 422, "status", "This must be one of: pending, deploying, running, failed, stopped, deleting, external.")]
    public async Task PathOrQuery_WhenItCannotBeRead_NamesTheField(string path, int status, string field, string sentence)
    {
        using var response = await _client.GetAsync(path);
        var problem = await ReadAsync(response, status);

        Assert.That(problem.GetProperty("error").GetString(), Is.EqualTo("validation_failed"));
        Assert.That(problem.GetProperty("errors").GetProperty(field)[0].GetString(), Is.EqualTo(sentence));
    }

    [Test]
    public async Task Query_WhenAnEnumIsGivenInWireWords_IsRead()
    {
        var answer = await _client.GetFromJsonAsync<JsonElement>("/faulty/query?status=running&page=3");

        Assert.That(answer.GetRawText(), Is.EqualTo("""{"page":3,"stack_id":null,"status":"running"}"""));
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        return await _client.PostAsync(path, content);
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response, int status)
    {
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo((HttpStatusCode)status));
            Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
            Assert.That(problem.GetProperty("status").GetInt32(), Is.EqualTo(status));
            Assert.That(problem.GetProperty("title").GetString(), Is.Not.Empty);
            Assert.That(problem.GetProperty("type").GetString(), Is.Not.Empty);
            Assert.That(problem.GetProperty("message").GetString(), Is.EqualTo(problem.GetProperty("detail").GetString()));
            Assert.That(problem.GetProperty("trace_id").GetString(), Is.Not.Empty);
        });
        return problem;
    }
}
