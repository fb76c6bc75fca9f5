using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using StackAgent.Application.Common.Telemetry;

namespace StackAgent.Infrastructure.Runtimes.Kubernetes.Api;

/// <summary>One call of the API server, as a metric and a span. A default one measures nothing.</summary>
internal readonly struct ClusterTelemetry : IDisposable
{
    private static readonly Histogram<double> Duration = Instrumentation.Meter.CreateHistogram(
        "stackagent.cluster.request.duration",
        "s",
        "How long the cluster's API server took; of a watch or a log that is followed, until it began.",
        tags: null,
        Instrumentation.Seconds);

    private readonly Call? _call;

    private ClusterTelemetry(Call call) => _call = call;

    /// <summary>Begins to measure a request.</summary>
    /// <param name="method">Of the request.</param>
    /// <param name="uri">Relative to the server's address.</param>
    public static ClusterTelemetry Begin(HttpMethod method, string uri)
    {
        if (!Duration.Enabled && !Instrumentation.Activities.HasListeners())
            return default;

        var path = uri.AsSpan(0, uri.IndexOf('?', StringComparison.Ordinal) is var end and >= 0 ? end : uri.Length).ToString();
        var resource = ResourceOf(path);
        var span = Instrumentation.Activities.StartActivity($"{method.Method} {resource}", ActivityKind.Client);
        span?.SetTag("http.request.method", method.Method).SetTag("k8s.api.path", path);
        return new ClusterTelemetry(new Call(method.Method, resource, span));
    }

    public void Answered(HttpResponseMessage response)
    {
        if (_call is not null)
            _call.Status = (int)response.StatusCode;
    }

    public void Dispose() => _call?.End();

    /// <summary>The kind in the plural, with a sub-resource after a slash: <c>deployments</c>, <c>pods/log</c>. Names of objects aren't in it.</summary>
    internal static string ResourceOf(string path)
    {
        // api/v1/… or apis/{group}/{version}/…
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var rest = parts.AsSpan(Math.Min(parts.Length, parts is ["apis", ..] ? 3 : 2));
        if (rest is ["namespaces", _, _, ..])
            rest = rest[2..];

        return rest switch
        {
            [var plural, _, var part, ..] => $"{plural}/{part}",
            [var plural, ..] => plural,
            _ => MetricWord.Other,
        };
    }

    private sealed class Call(string method, string resource, Activity? span)
    {
        private readonly long _started = Stopwatch.GetTimestamp();

        public int? Status { get; set; }

        public void End()
        {
            var isGood = Status is >= 200 and < 400;
            var tags = new TagList
            {
                { "http.request.method", method },
                { "resource", resource },
            };
            if (Status is { } status)
                tags.Add("http.response.status_code", status);
            if (!isGood)
                tags.Add(Instrumentation.ErrorType, Status?.ToString(CultureInfo.InvariantCulture) ?? "connection");
            Duration.Record(Stopwatch.GetElapsedTime(_started).TotalSeconds, tags);

            if (Status is { } code)
                span?.SetTag("http.response.status_code", code);
            if (!isGood)
                span?.SetStatus(ActivityStatusCode.Error);
            span?.Dispose();
        }
    }
}
