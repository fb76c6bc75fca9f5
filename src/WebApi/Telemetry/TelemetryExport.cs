using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using StackAgent.Application.Common.Telemetry;
using StackAgent.WebApi.Configuration;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.Telemetry;

/// <summary>
/// Sends traces and metrics to a collector while the server runs. Registered before everything else: it is there before anything happens, and
/// what happens last is sent too.
/// </summary>
internal sealed class TelemetryExport(TelemetrySettings settings, IEnumerable<IGauges> gauges) : IHostedService, IDisposable
{
    /// <summary>A collector that is away must not hold up the server's end.</summary>
    private const int FlushMilliseconds = 1500;

    private const int ExportTimeoutMilliseconds = 5000;

    private readonly Meter _meter = new(Instrumentation.Name);
    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var resource = ResourceBuilder.CreateEmpty()
            .AddService(settings.ServiceName, serviceVersion: StartupBlock.Version, serviceInstanceId: Guid.NewGuid().ToString())
            .AddTelemetrySdk()
            .AddAttributes(settings.ResourceAttributes.Where(attribute => attribute.Key != "service.name"));

        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .SetSampler(new RootSampler(settings.Sampler))
            .AddSource(Instrumentation.Name, "Npgsql")
            .AddAspNetCoreInstrumentation(options =>
            {
                options.Filter = context => !context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal);
                options.EnrichWithHttpResponse = (activity, response) => RequestSpans.Redact(activity, response.HttpContext);
            })
            .AddOtlpExporter(options => Configure(options, "v1/traces"))
            .Build();

        foreach (var part in gauges)
            part.AddTo(_meter);
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Instrumentation.Name, "Npgsql", "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
            .AddOtlpExporter((options, reader) =>
            {
                Configure(options, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)settings.MetricInterval.TotalMilliseconds;
            })
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            _traces?.Shutdown(FlushMilliseconds);
            _metrics?.Shutdown(FlushMilliseconds);
        },
        cancellationToken);

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
        _meter.Dispose();
    }

    private void Configure(OtlpExporterOptions options, string path)
    {
        options.TimeoutMilliseconds = ExportTimeoutMilliseconds;
        options.Protocol = settings.Protocol;

        // Given by code, the address is taken as it is.
        options.Endpoint = settings.Protocol == OtlpExportProtocol.HttpProtobuf ? new Uri($"{settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}") : settings.Endpoint;
        options.Headers = settings.Headers;
    }
}

internal static class TelemetryRegistration
{
    /// <summary>Register it before everything that starts with the server. Without settings nothing is registered, and nothing listens.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, TelemetrySettings? settings)
    {
        if (settings is null)
            return services;

        services.AddSingleton(settings);
        services.AddHostedService<TelemetryExport>();
        return services;
    }
}
