using System.Globalization;
using OpenTelemetry.Exporter;
using OpenTelemetry.Trace;

namespace StackAgent.WebApi.Configuration;

/// <summary>Where traces and metrics go, by OpenTelemetry's own variables. Null in <see cref="Settings"/>: nowhere, and then they cost nothing.</summary>
/// <param name="Endpoint">Of the collector; for http/protobuf without <c>/v1/traces</c> and <c>/v1/metrics</c>.</param>
/// <param name="Protocol">How it is spoken to.</param>
/// <param name="Headers">As the variable has them. May hold a credential: never log it.</param>
/// <param name="ServiceName">How this service is called there.</param>
/// <param name="ResourceAttributes">What else is known of this server.</param>
/// <param name="Sampler">Which requests are traced.</param>
/// <param name="MetricInterval">Between two exports of the metrics.</param>
public sealed record TelemetrySettings(
    Uri Endpoint,
    OtlpExportProtocol Protocol,
    string? Headers,
    string ServiceName,
    IReadOnlyList<KeyValuePair<string, object>> ResourceAttributes,
    Sampler Sampler,
    TimeSpan MetricInterval)
{
    public override string ToString() => $"{nameof(TelemetrySettings)} {Endpoint} {Protocol}";
}

/// <summary>Reads <see cref="TelemetrySettings"/>.</summary>
internal static class TelemetryParser
{
    private const string HeadersVariable = "OTEL_EXPORTER_OTLP_HEADERS";
    private const string AttributesVariable = "OTEL_RESOURCE_ATTRIBUTES";

    public static TelemetrySettings? Parse(EnvironmentReader reader)
    {
        var isOff = reader.Flag("OTEL_SDK_DISABLED", fallback: false);
        var endpoint = reader.BaseUrl("OTEL_EXPORTER_OTLP_ENDPOINT");
        var protocol = reader.Word("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "grpc");
        var headers = Pairs(reader, HeadersVariable) is null ? null : reader.Exact(HeadersVariable);
        var attributes = Pairs(reader, AttributesVariable) ?? [];
        var name = reader.Text("OTEL_SERVICE_NAME")
            ?? attributes.FirstOrDefault(attribute => attribute.Key == "service.name").Value as string
            ?? "stackagent";
        var sampler = ParseSampler(reader);
        var interval = TimeSpan.FromMilliseconds(reader.Number("OTEL_METRIC_EXPORT_INTERVAL", 60_000, 100, 3_600_000));
        if (isOff || endpoint is null)
            return null;

        return new TelemetrySettings(
            endpoint, protocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf, headers, name, attributes, sampler, interval);
    }

    /// <summary>Null when absent.</summary>
    private static List<KeyValuePair<string, object>>? Pairs(EnvironmentReader reader, string name)
    {
        if (reader.Text(name) is null)
            return null;

        var pairs = new List<KeyValuePair<string, object>>();
        foreach (var pair in reader.List(name))
        {
            if (pair.Split('=', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } key, var value])
                pairs.Add(new KeyValuePair<string, object>(key, Uri.UnescapeDataString(value)));
            else
                reader.Refuse($"{name} must be a list of name=value pairs, separated by commas.");
        }

        return pairs;
    }

    private static Sampler ParseSampler(EnvironmentReader reader)
    {
        const string RatioVariable = "OTEL_TRACES_SAMPLER_ARG";
        var word = reader.Word(
            "OTEL_TRACES_SAMPLER",
            "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio", "always_on", "always_off", "traceidratio");
        var ratio = 1.0;
        if (reader.Text(RatioVariable) is { } text
            && !(double.TryParse(text, CultureInfo.InvariantCulture, out ratio) && ratio is >= 0 and <= 1))
        {
            reader.Refuse($"{RatioVariable} must be a number from 0 to 1.");
            ratio = 1;
        }

        return word switch
        {
            "always_on" => new AlwaysOnSampler(),
            "always_off" => new AlwaysOffSampler(),
            "traceidratio" => new TraceIdRatioBasedSampler(ratio),
            "parentbased_always_off" => new ParentBasedSampler(new AlwaysOffSampler()),
            "parentbased_traceidratio" => new ParentBasedSampler(new TraceIdRatioBasedSampler(ratio)),
            _ => new ParentBasedSampler(new AlwaysOnSampler()),
        };
    }
}
