using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace StackAgent.Testing;

/// <summary>A span as it was exported: ids in hexadecimal, links as a trace's and a span's id joined by a dash.</summary>
public sealed record ReceivedSpan(
    string Scope, string Name, string TraceId, string SpanId, string ParentId, IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<string> Links);

/// <summary>A number of a metric as it was exported; of a histogram its sum, and the count, which is 1 for anything else.</summary>
public sealed record ReceivedMetric(
    string Scope, string Name, string Unit, IReadOnlyDictionary<string, string> Attributes, double Value, long Count);

/// <summary>A collector of OpenTelemetry's traces and metrics (OTLP over HTTP, protobuf) in this process, on a port of its own.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<ReceivedSpan> _spans = new();
    private readonly ConcurrentQueue<ReceivedMetric> _metrics = new();
    private readonly ConcurrentQueue<string> _headers = new();
    private readonly ConcurrentDictionary<string, string> _resource = new(StringComparer.Ordinal);
    private readonly WebApplication _server;

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.MapPost("/v1/traces", context => TakeAsync(context, TakeSpans));
        _server.MapPost("/v1/metrics", context => TakeAsync(context, TakeMetrics));
    }

    /// <summary>For <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>.</summary>
    public string Endpoint => _server.Urls.Single();

    public IReadOnlyList<ReceivedSpan> Spans => [.. _spans];

    /// <summary>Every number of every export, in their order.</summary>
    public IReadOnlyList<ReceivedMetric> Metrics => [.. _metrics];

    /// <summary>What came as <c>authorization</c>.</summary>
    public IReadOnlyList<string> Credentials => [.. _headers];

    /// <summary>What is known of the sender.</summary>
    public IReadOnlyDictionary<string, string> Resource => _resource;

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver._server.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context, Action<Protobuf> take)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _headers.Enqueue(context.Request.Headers.Authorization.ToString());
        take(new Protobuf(body.ToArray()));
        context.Response.ContentType = "application/x-protobuf";
    }

    private void TakeSpans(Protobuf export)
    {
        foreach (var part in export.Messages(1))
        {
            NoteResource(part);
            foreach (var scope in part.Messages(2))
            {
                var name = scope.Along(1).First().Text(1);
                foreach (var span in scope.Messages(2))
                {
                    _spans.Enqueue(new ReceivedSpan(
                        name,
                        span.Text(5),
                        span.Hex(1),
                        span.Hex(2),
                        span.Hex(4),
                        Attributes(span.Messages(9)),
                        [.. span.Messages(13).Select(link => $"{link.Hex(1)}-{link.Hex(2)}")]));
                }
            }
        }
    }

    private void TakeMetrics(Protobuf export)
    {
        foreach (var part in export.Messages(1))
        {
            NoteResource(part);
            foreach (var scope in part.Messages(2))
            {
                foreach (var metric in scope.Messages(2))
                    TakeMetric(scope.Along(1).First().Text(1), metric);
            }
        }
    }

    private void TakeMetric(string scope, Protobuf metric)
    {
        // A gauge or a sum has numbers, a histogram has its own kind of points.
        foreach (var point in metric.Along(5, 1).Concat(metric.Along(7, 1)))
        {
            var value = point.Has(4) ? point.Double(4) : point.Integer(6);
            _metrics.Enqueue(new ReceivedMetric(scope, metric.Text(1), metric.Text(3), Attributes(point.Messages(7)), value, 1));
        }

        foreach (var point in metric.Along(9, 1))
            _metrics.Enqueue(new ReceivedMetric(scope, metric.Text(1), metric.Text(3), Attributes(point.Messages(9)), point.Double(5), point.Integer(4)));
    }

    private void NoteResource(Protobuf part)
    {
        foreach (var (name, value) in Attributes(part.Along(1, 1)))
            _resource[name] = value;
    }

    private static Dictionary<string, string> Attributes(IEnumerable<Protobuf> pairs) => pairs.ToDictionary(
        pair => pair.Text(1),
        pair => pair.Messages(2).Select(Value).FirstOrDefault(""),
        StringComparer.Ordinal);

    private static string Value(Protobuf any) => any switch
    {
        _ when any.Has(1) => any.Text(1),
        _ when any.Has(2) => any.Integer(2) == 1 ? "true" : "false",
        _ when any.Has(3) => any.Integer(3).ToString(CultureInfo.InvariantCulture),
        _ when any.Has(4) => any.Double(4).ToString(CultureInfo.InvariantCulture),
        _ => "",
    };
}
