using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FluentValidation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using StackAgent.Application.Events;
using StackAgent.Testing.Contract;
using StackAgent.WebApi.FunctionalTests.Hosting;
using StackAgent.WebApi.OpenApi;

namespace StackAgent.WebApi.FunctionalTests.OpenApi;

[TestFixture]
internal sealed class DocumentTests
{
    private RunningServer _server = null!;
    private byte[] _json = [];
    private ReadResult _read = null!;

    [OneTimeSetUp]
    public async Task ReadDocumentAsync()
    {
        _server = await RunningServer.StartAsync(services =>
        {
            foreach (var validator in AssemblyScanner.FindValidatorsInAssembly(typeof(Application.DependencyInjection).Assembly, includeInternalTypes: true))
                services.AddTransient(validator.InterfaceType, validator.ValidatorType);
        });
        _json = await _server.Client.GetByteArrayAsync("/openapi.json");
        using var stream = new MemoryStream(_json);
        _read = await OpenApiDocument.LoadAsync(stream, "json", new OpenApiReaderSettings());
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    private IEnumerable<(string Name, OpenApiOperation Operation)> Operations =>
        from path in _read.Document?.Paths ?? []
        from operation in path.Value.Operations ?? []
        select ($"{operation.Key} {path.Key}", operation.Value);

    [Test]
    public void Document_WhenRead_IsOpenApi31WithoutFaults()
    {
        Assert.Multiple(() =>
        {
            Assert.That(_read.Diagnostic?.SpecificationVersion, Is.EqualTo(OpenApiSpecVersion.OpenApi3_1));
            Assert.That(_read.Diagnostic?.Errors, Is.Empty);
            Assert.That(_read.Diagnostic?.Warnings, Is.Empty);
            Assert.That(Operations.Count(), Is.GreaterThanOrEqualTo(3));
        });
    }

    [Test]
    public void Document_WhenCommitted_IsTheServers() => Assert.That(
        Encoding.UTF8.GetString(_json),
        Is.EqualTo(File.ReadAllText(ApiDocument.CommittedPath)),
        "The API has changed. Write its document anew and commit it: dotnet run --project src/WebApi -p:BuildWebUi=false -- openapi > docs/openapi.json");

    [TestCase(OpenApiSpecVersion.OpenApi3_1)]
    [TestCase(OpenApiSpecVersion.OpenApi3_0, "--version", "3.0")]
    public async Task Command_WhenRun_PrintsTheDocumentWithoutAServer(OpenApiSpecVersion version, params string[] options)
    {
        using var output = new MemoryStream();
        var exitCode = await PrintedDocument.RunAsync(options, output, TextWriter.Null);
        output.Position = 0;
        var read = await OpenApiDocument.LoadAsync(output, "json", new OpenApiReaderSettings());

        Assert.Multiple(() =>
        {
            Assert.That(exitCode, Is.Zero);
            Assert.That(read.Diagnostic?.SpecificationVersion, Is.EqualTo(version));
            Assert.That(read.Diagnostic?.Errors, Is.Empty);
            Assert.That(read.Document?.Paths.Keys, Is.EqualTo(_read.Document?.Paths.Keys));
            if (options is [])
                Assert.That(output.ToArray(), Is.EqualTo(_json));
        });
    }

    [Test]
    public async Task Command_WhenItsOptionsAreNone_SaysHowItIsUsed()
    {
        using var output = new MemoryStream();
        using var errors = new StringWriter();

        Assert.That(await PrintedDocument.RunAsync(["--version", "2"], output, errors), Is.EqualTo(64));
        Assert.That(errors.ToString(), Does.StartWith("Usage: openapi"));
        Assert.That(output.Length, Is.Zero);
    }

    [Test]
    public void Descriptions_Each_SpeakOfTheApiAndNotOfItsCode() =>
        Assert.That(Encoding.UTF8.GetString(_json), Does.Not.Match(@"StackAgent\.[A-Z]\w+\."));

    [Test]
    public void Operations_ThatTakeABody_DescribeItWithAnExample() => Assert.Multiple(() =>
    {
        string[] withBody = [
            "register", "login", "updateMe", "changePassword", "createApiKey", "createStack", "updateStack", "createAgent", "updateAgent", "reportStatus",
            "createNotificationEndpoint", "updateNotificationEndpoint", "muteAgent", "muteStack"];
        foreach (var (name, operation) in Operations.Where(operation => withBody.Contains(operation.Operation.OperationId)))
        {
            var content = operation.RequestBody?.Content?.Values.SingleOrDefault();
            Assert.That(content?.Schema, Is.Not.Null, name);
            Assert.That(content?.Example, Is.Not.Null, name);
        }

        Assert.That(Operations.Count(operation => withBody.Contains(operation.Operation.OperationId)), Is.EqualTo(withBody.Length));
    });

    [Test]
    public void Schemas_Each_BelongToTheApi() =>
        Assert.That(_read.Document?.Components?.Schemas?.Keys, Has.None.Matches("Exception|MethodInfo|^Type$|ReportItem"));

    [Test]
    public void Operations_Each_HaveIdSummaryTagErrorsAndExamples() => Assert.Multiple(() =>
    {
        var ids = Operations.Select(operation => operation.Operation.OperationId).ToList();
        Assert.That(ids, Is.Unique.And.All.Match("^[a-z][a-zA-Z]*$"));
        foreach (var (name, operation) in Operations)
        {
            Assert.That(operation.Summary, Is.Not.Null.And.Not.Empty, name);
            Assert.That(operation.Tags, Is.Not.Null.And.Not.Empty, name);

            var responses = operation.Responses ?? [];
            Assert.That(responses.Keys, Has.Some.StartsWith("2"), name);
            Assert.That(responses.Keys, Has.Some.StartsWith("4").Or.Some.StartsWith("5"), name);
            foreach (var (status, response) in responses)
            {
                if (status[0] is '4' or '5')
                    Assert.That(response.Content?.Keys, Is.EqualTo(new[] { "application/problem+json" }), $"{name} {status}");
                foreach (var content in response.Content?.Values ?? [])
                    Assert.That(content.Example, Is.Not.Null, $"{name} {status}");
            }

            foreach (var content in operation.RequestBody?.Content?.Values ?? [])
                Assert.That(content.Example, Is.Not.Null, name);
        }
    });

    [Test]
    public void Examples_Each_FitTheirSchema() => Assert.Multiple(() =>
    {
        foreach (var (name, operation) in Operations)
        {
            var contents = (operation.RequestBody?.Content?.Values ?? [])
                .Concat((operation.Responses ?? []).SelectMany(response => response.Value.Content?.Values ?? []));
            foreach (var content in contents)
                Check(content.Schema, content.Example, name);
        }
    });

    [Test]
    public void Schemas_Each_SpeakTheContractsNames() => Assert.Multiple(() =>
    {
        foreach (var (name, schema) in _read.Document?.Components?.Schemas ?? new Dictionary<string, IOpenApiSchema>())
        {
            Assert.That(name, Does.Not.Contain("ProblemDetails").And.Not.Contain("Optional").And.Not.Contain("`"));
            Assert.That(schema.Properties?.Keys ?? [], Is.All.Match("^[a-z][a-z0-9_]*$"), name);
        }
    });

    [Test]
    public void Requiredness_OfRequestsAndAnswers_IsWhatTheServerDoes()
    {
        var schemas = _read.Document?.Components?.Schemas ?? new Dictionary<string, IOpenApiSchema>();
        Assert.Multiple(() =>
        {
            Assert.That(schemas["LogIn"].Required, Is.EquivalentTo(new[] { "email", "password" }));
            Assert.That(schemas["LogIn"].Properties?["email"].Type, Is.EqualTo(JsonSchemaType.String));
            Assert.That(schemas["CreateApiKey"].Required, Is.EquivalentTo(new[] { "name" }));
            Assert.That(schemas["CreateApiKey"].Properties?["expires_in"].Type, Is.EqualTo(JsonSchemaType.Integer | JsonSchemaType.Null));
            Assert.That(schemas["LoginResponse"].Required, Does.Contain("expires_in").And.Not.Contain("refresh_token"));
            Assert.That(schemas["LoginResponse"].Properties?["refresh_token"].Type, Is.EqualTo(JsonSchemaType.String));
            Assert.That(schemas["ApiKeyResponse"].Required, Does.Contain("expires_at").And.Contain("revoked"));
            Assert.That(schemas["ApiKeyResponse"].Properties?["expires_at"].Type, Is.EqualTo(JsonSchemaType.String | JsonSchemaType.Null));
            Assert.That(schemas["Problem"].Required, Does.Contain("trace_id").And.Not.Contain("errors"));
        });
    }

    [Test]
    public void DryRuns_OfUploads_AreDescribedBesideWhatUploadsAnswer()
    {
        var operations = Operations.ToDictionary(operation => operation.Operation.OperationId ?? "", operation => operation.Operation);
        var created = operations["createAgent"].Responses!;
        var replaced = operations["replaceAgentCode"].Responses!["200"];
        var choices = replaced.Content!.Values.Single().Schema!.OneOf!;

        Assert.Multiple(() =>
        {
            Assert.That(Id(created["200"].Content!.Values.Single().Schema), Is.EqualTo("CodePreview"));
            Assert.That(Id(created["201"].Content!.Values.Single().Schema), Is.EqualTo("Agent"));
            Assert.That(choices.Select(Id), Is.EqualTo(["Revision", "CodePreview"]));
            Assert.That(replaced.Description, Does.Contain("dry_run"));

            // One of them exactly: each has to have something that the other needn't.
            Assert.That(choices[0].Required!.Except(choices[1].Properties!.Keys), Is.Not.Empty);
            Assert.That(choices[1].Required!.Except(choices[0].Properties!.Keys), Is.Not.Empty);
        });

        static string? Id(IOpenApiSchema? schema) => (schema as OpenApiSchemaReference)?.Reference.Id;
    }

    [TestCase("environment")]
    [TestCase("secrets")]
    public void ConfigPatch_Variables_MayBeNullToRemoveThem(string field)
    {
        var variables = _read.Document!.Components!.Schemas!["AgentConfigPatch"].Properties![field];

        Assert.That(variables.AdditionalProperties?.Type, Is.EqualTo(JsonSchemaType.String | JsonSchemaType.Null));
    }

    [Test]
    public void Security_OfEachOperation_FollowsItsPolicy()
    {
        var operations = Operations.ToDictionary(operation => operation.Operation.OperationId ?? "", operation => operation.Operation);

        Assert.That(operations["login"].Security ?? [], Is.Empty);
        Assert.That(operations["listApiKeys"].Security, Has.Count.EqualTo(1));
        Assert.That(operations["listApiKeys"].Responses?.Keys, Does.Contain("401").And.Contain("403"));
        Assert.That(_read.Document?.Components?.SecuritySchemes?.Keys, Is.EquivalentTo(new[] { "bearer", "apiKey" }));
    }

    [Test]
    public void Webhooks_Each_DescribeTheBodyOfOneTypeOfEvent()
    {
        var webhooks = _read.Document?.Webhooks ?? new Dictionary<string, IOpenApiPathItem>();
        Assert.That(webhooks.Keys, Is.EquivalentTo(EventTypes.Payloads.Keys.Append(EventTypes.EndpointTest)));
        Assert.Multiple(() =>
        {
            foreach (var (type, item) in webhooks)
            {
                var (method, operation) = item.Operations!.Single();
                var schema = operation.RequestBody?.Content?["application/json"].Schema;
                Assert.That(method, Is.EqualTo(HttpMethod.Post), type);
                Assert.That(schema?.Required, Is.EquivalentTo(new[] { "type", "timestamp", "data" }), type);
                Assert.That(schema?.Properties?["type"].Const, Is.EqualTo(type));
                Assert.That(operation.Parameters?.Select(parameter => parameter.Name), Is.EqualTo(["webhook-id", "webhook-timestamp", "webhook-signature"]), type);
            }

            var data = webhooks["session.status_changed"].Operations!.Values.Single().RequestBody!.Content!["application/json"].Schema!.Properties!["data"];
            Assert.That(
                data.AllOf?.SelectMany(part => part.Properties?.Keys ?? []),
                Is.SupersetOf(["agent", "session", "previous_status", "status", "message", "content", "duration_seconds", "repeated"]));
        });
    }

    [Test]
    public async Task Docs_WhenOpened_LoadNothingFromElsewhere()
    {
        using var redirect = await _server.Client.GetAsync("/docs");
        using var page = await _server.Client.GetAsync("/docs/index.html");
        var html = await page.Content.ReadAsStringAsync();
        using var script = await _server.Client.GetAsync("/docs/swagger-ui-bundle.js");

        Assert.Multiple(() =>
        {
            Assert.That(redirect.StatusCode, Is.EqualTo(HttpStatusCode.MovedPermanently).Or.EqualTo(HttpStatusCode.Redirect).Or.EqualTo(HttpStatusCode.OK));
            Assert.That(page.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("script-src 'self';"));
            Assert.That(html, Does.Not.Match("""(src|href)\s*=\s*["'](https?:)?//"""));
            Assert.That(Regex.Matches(html, "<script[^>]*>", RegexOptions.NonBacktracking).Select(match => match.Value), Is.All.Contain("src="), "an inline script is refused by the policy");
            Assert.That(script.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        });
    }

    /// <summary>As much of JSON Schema as examples need.</summary>
    private static void Check(IOpenApiSchema? schema, JsonNode? value, string where)
    {
        if (schema is null)
            return;
        var choices = schema.OneOf is { Count: > 0 } oneOf ? oneOf : schema.AnyOf ?? [];
        if (choices.Count > 0)
        {
            if (value is not null)
                Check(choices.First(choice => choice.Type != JsonSchemaType.Null), value, where);
            return;
        }

        if (schema.Type is { } type)
        {
            var actual = value switch
            {
                null => JsonSchemaType.Null,
                JsonObject => JsonSchemaType.Object,
                JsonArray => JsonSchemaType.Array,
                _ => value.GetValueKind() switch
                {
                    System.Text.Json.JsonValueKind.String => JsonSchemaType.String,
                    System.Text.Json.JsonValueKind.Number => JsonSchemaType.Number | JsonSchemaType.Integer,
                    System.Text.Json.JsonValueKind.Null => JsonSchemaType.Null,
                    _ => JsonSchemaType.Boolean,
                },
            };
            Assert.That(type & actual, Is.Not.Zero, $"{where}: {value?.ToJsonString()} isn't {type}");
        }

        if (value is JsonObject fields)
        {
            foreach (var required in schema.Required ?? new HashSet<string>())
                Assert.That(fields.ContainsKey(required), Is.True, $"{where}: {required} is missing");
            foreach (var (name, field) in fields)
            {
                if (schema.Properties?.TryGetValue(name, out var property) == true)
                    Check(property, field, $"{where}.{name}");
            }
        }

        if (value is JsonArray items)
        {
            foreach (var item in items)
                Check(schema.Items, item, $"{where}[]");
        }

        if (value is not null && schema.Enum is { Count: > 0 } words)
            Assert.That(words.Select(word => word.ToJsonString()), Does.Contain(value.ToJsonString()), where);
    }
}
