using System.Net;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Testing;

namespace StackAgent.WebApi.FunctionalTests.Telemetry;

/// <summary>
/// What a collector gets of a real server. Alone, because the framework's metrics of all servers of a process are one to OpenTelemetry, and end with the first
/// of these servers.
/// </summary>
[TestFixture]
[NonParallelizable]
internal sealed class TelemetryTests
{
    private OtlpReceiver _collector = null!;
    private ProductServer _server = null!;
    private Caller _caller = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _collector = await OtlpReceiver.StartAsync();
        _server = await ProductServer.StartAsync(DatabaseProvider.Sqlite, environment: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _collector.Endpoint,
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=Bearer%20collector-secret",
            ["OTEL_SERVICE_NAME"] = "the-tests",
            ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=ci,region=a%20b",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
        });
        _caller = await _server.NewCallerAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _caller.Dispose();
        await _server.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [Test]
    public async Task Report_WhenTraced_LinksItsCommitToItsRequest()
    {
        var traceId = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray());
        var reply = await _caller.SendAsync(
            HttpMethod.Post,
            "/webhook/status?token=query-secret",
            new { agent_id = "traced", session_topic = "topic", status = "running" },
            ("traceparent", $"00-{traceId}-00f067aa0ba902b7-01"));
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));

        var request = await SpanAsync(span => span.TraceId == traceId && span.Scope == "Microsoft.AspNetCore");
        var commit = await SpanAsync(span => span.Name == "commit status reports" && span.Links.Contains($"{traceId}-{request.SpanId}"));

        Assert.Multiple(() =>
        {
            Assert.That(request.Name, Is.EqualTo("POST webhook/status"));
            Assert.That(request.Attributes["http.response.status_code"], Is.EqualTo("200"));
            Assert.That(request.Attributes.Keys, Does.Not.Contain("url.query"));
            Assert.That(commit.TraceId, Is.Not.EqualTo(traceId), "one commit serves many requests");
            Assert.That(commit.ParentId, Is.Empty);
            Assert.That(int.Parse(commit.Attributes["stackagent.reports.batch.size"]), Is.GreaterThanOrEqualTo(1));
            Assert.That(_collector.Spans.SelectMany(span => span.Attributes.Values), Has.None.Contains("query-secret"));
            Assert.That(_collector.Spans.Select(span => span.Attributes.GetValueOrDefault("url.path")), Has.None.StartsWith("/health"));
        });
    }

    [Test]
    public async Task Problem_WhenTraced_NamesTheTrace()
    {
        var reply = await _caller.GetAsync("/api/agents/there-is-none");
        var span = await SpanAsync(span => span.TraceId == reply.Text("trace_id"));

        Assert.That(span.Attributes["http.route"], Is.EqualTo("api/agents/{agent_id}"));
    }

    [Test]
    public async Task AgentsPages_WhenTraced_KeepTheirPathsToThemselves()
    {
        var traceId = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray());
        await _caller.SendAsync(
            HttpMethod.Get, $"/stacks/{Guid.NewGuid()}/agents/{Guid.NewGuid()}/reset/path-secret", body: null, ("traceparent", $"00-{traceId}-00f067aa0ba902b7-01"));

        var span = await SpanAsync(span => span.TraceId == traceId && span.Scope == "Microsoft.AspNetCore");

        Assert.That(span.Attributes.Values, Has.None.Contains("path-secret"));
    }

    [Test]
    public async Task Metrics_WhenReportsCome_CountThemByOutcome()
    {
        var key = await _caller.NewKeyAsync("report");
        using var reporter = _server.Anonymous(key);
        object[] reports =
        [
            new { agent_id = "counted", session_topic = "topic", status = "running", event_id = "once" },
            new { agent_id = "counted", session_topic = "topic", status = "running", event_id = "once" },
            new { agent_id = "counted", session_topic = "topic", status = "no such status" },
        ];
        await reporter.PostAsync("/webhook/status", reports);

        await MetricAsync("stackagent.reports.received", ("outcome", "accepted"));
        await MetricAsync("stackagent.reports.received", ("outcome", "duplicate"));
        var refused = await MetricAsync("stackagent.reports.received", ("outcome", "refused"), ("error.type", "invalid"));
        var batch = await MetricAsync("stackagent.reports.batch.size");
        var duration = await MetricAsync("stackagent.reports.commit.duration", ("outcome", "committed"));

        Assert.Multiple(() =>
        {
            Assert.That(refused, Has.Property(nameof(ReceivedMetric.Unit)).EqualTo("{report}"));
            Assert.That(batch.Count, Is.Positive);
            Assert.That(duration.Unit, Is.EqualTo("s"));
        });
    }

    [Test]
    public async Task Metrics_WhenTheServerRuns_TellOfReconcilerAgentsAndRequests()
    {
        var stack = await _caller.CreateStackAsync();
        await _caller.UntilAsync($"/api/stacks/{stack}", "ready");
        await _caller.UploadAsync(stack, "refused", [1, 2, 3, 4]);
        await _caller.PostAsync("/api/auth/login", new { email = _caller.Email, password = "Wrong-password-1" });

        await MetricAsync("stackagent.uploads", ("outcome", "refused"), ("error.type", "code"));
        await MetricAsync("stackagent.logins", ("outcome", "failed"));
        await MetricAsync("stackagent.reconcile.key.duration", ("kind", "stack"), ("outcome", "done"));
        await MetricAsync("stackagent.reconcile.passes", ("outcome", "done"));
        await MetricAsync("stackagent.agents", ("status", "running"));
        await MetricAsync("http.server.request.duration", ("http.route", "api/stacks/{stack_id}"));
        await FoundAsync(() => _collector.Metrics.FirstOrDefault(metric => metric is { Name: "stackagent.leader", Value: 1 }), "the server to act");
        var age = await MetricAsync("stackagent.reconcile.pass.age");
        await SpanAsync(span => span.Name == "reconcile stack" && span.Attributes["stackagent.reconcile.id"] == stack.ToString());

        Assert.That(age.Value, Is.GreaterThanOrEqualTo(0));
    }

    [Test]
    public async Task Exports_Always_SayWhoSendsThem()
    {
        await MetricAsync("stackagent.reports.waiting");

        Assert.Multiple(() =>
        {
            Assert.That(_collector.Resource["service.name"], Is.EqualTo("the-tests"));
            Assert.That(_collector.Resource["service.version"], Is.Not.Empty);
            Assert.That(_collector.Resource["service.instance.id"], Is.Not.Empty);
            Assert.That(_collector.Resource["deployment.environment.name"], Is.EqualTo("ci"));
            Assert.That(_collector.Resource["region"], Is.EqualTo("a b"));
            Assert.That(_collector.Credentials, Has.All.EqualTo("Bearer collector-secret"));
        });
    }

    [Test]
    public async Task Metrics_OfAllParts_NameNobody()
    {
        await _caller.ReportAsync("named-agent");
        await MetricAsync("stackagent.reports.received", ("outcome", "accepted"));

        Assert.That(
            _collector.Metrics.Where(metric => metric.Scope == "StackAgent").SelectMany(metric => metric.Attributes.Values),
            Has.None.Matches<string>(value => Guid.TryParse(value, out _) || value.Contains("named-agent", StringComparison.Ordinal) || value.Contains('@', StringComparison.Ordinal)));
    }

    private Task<ReceivedSpan> SpanAsync(Func<ReceivedSpan, bool> isWanted) =>
        FoundAsync(() => _collector.Spans.FirstOrDefault(isWanted), "the span");

    private Task<ReceivedMetric> MetricAsync(string name, params (string Name, string Value)[] attributes) => FoundAsync(
        () => _collector.Metrics.LastOrDefault(metric =>
            metric.Name == name && attributes.All(attribute => metric.Attributes.GetValueOrDefault(attribute.Name) == attribute.Value)),
        $"{name} {string.Join(", ", attributes)}, of {string.Join(' ', _collector.Metrics.Select(metric => $"{metric.Scope}:{metric.Name}").Distinct())}");

    private static async Task<T> FoundAsync<T>(Func<T?> find, string what)
        where T : class => (await Eventually.GetAsync(() => Task.FromResult(find()), found => found is not null, what))!;
}
