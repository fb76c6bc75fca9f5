using OpenTelemetry.Exporter;
using OpenTelemetry.Trace;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.FunctionalTests.Configuration;

[TestFixture]
internal sealed class TelemetrySettingsTests
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318;";

    [TestCase("")]
    [TestCase("OTEL_SERVICE_NAME=name")]
    [TestCase(Endpoint + "OTEL_SDK_DISABLED=true")]
    public void Parse_WhenNothingIsToBeSent_HasNone(string environment) => Assert.That(Parse(environment), Is.Null);

    [Test]
    public void Parse_WhenOnlyACollectorIsNamed_TakesOpenTelemetrysDefaults()
    {
        var telemetry = Parse(Endpoint)!;

        Assert.Multiple(() =>
        {
            Assert.That(telemetry.Endpoint, Is.EqualTo(new Uri("http://collector:4318")));
            Assert.That(telemetry.Protocol, Is.EqualTo(OtlpExportProtocol.HttpProtobuf));
            Assert.That(telemetry.Headers, Is.Null);
            Assert.That(telemetry.ServiceName, Is.EqualTo("stackagent"));
            Assert.That(telemetry.ResourceAttributes, Is.Empty);
            Assert.That(telemetry.Sampler, Is.InstanceOf<ParentBasedSampler>());
            Assert.That(telemetry.MetricInterval, Is.EqualTo(TimeSpan.FromMinutes(1)));
        });
    }

    [Test]
    public void Parse_WhenAllIsGiven_TakesIt()
    {
        var telemetry = Parse(
            Endpoint + "OTEL_EXPORTER_OTLP_PROTOCOL=grpc;OTEL_EXPORTER_OTLP_HEADERS=a=b,c=d%20e;OTEL_RESOURCE_ATTRIBUTES=service.name=mine,zone=a%2Cb;"
            + "OTEL_TRACES_SAMPLER=traceidratio;OTEL_TRACES_SAMPLER_ARG=0.25;OTEL_METRIC_EXPORT_INTERVAL=5000")!;

        Assert.Multiple(() =>
        {
            Assert.That(telemetry.Protocol, Is.EqualTo(OtlpExportProtocol.Grpc));
            Assert.That(telemetry.Headers, Is.EqualTo("a=b,c=d%20e"));
            Assert.That(telemetry.ServiceName, Is.EqualTo("mine"));
            Assert.That(telemetry.ResourceAttributes, Has.Some.EqualTo(new KeyValuePair<string, object>("zone", "a,b")));
            Assert.That(telemetry.Sampler.Description, Does.Contain("0.25"));
            Assert.That(telemetry.MetricInterval, Is.EqualTo(TimeSpan.FromSeconds(5)));
            Assert.That(telemetry.ToString(), Does.Not.Contain("d%20e"), "headers may hold a credential");
        });
    }

    [TestCase("OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318", "OTEL_EXPORTER_OTLP_ENDPOINT must be an address")]
    [TestCase("OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf or grpc.")]
    [TestCase("OTEL_EXPORTER_OTLP_HEADERS=nothing", "OTEL_EXPORTER_OTLP_HEADERS must be a list of name=value pairs")]
    [TestCase("OTEL_RESOURCE_ATTRIBUTES==x", "OTEL_RESOURCE_ATTRIBUTES must be a list of name=value pairs")]
    [TestCase("OTEL_TRACES_SAMPLER=some", "OTEL_TRACES_SAMPLER must be")]
    [TestCase("OTEL_TRACES_SAMPLER_ARG=2", "OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1.")]
    [TestCase("OTEL_METRIC_EXPORT_INTERVAL=1", "OTEL_METRIC_EXPORT_INTERVAL must be a whole number")]
    [TestCase("SHUTDOWN_DELAY_SECONDS=-1", "SHUTDOWN_DELAY_SECONDS must be a whole number from 0 to 300.")]
    public void Parse_WhenAValueIsBad_NamesTheVariable(string environment, string sentence) =>
        Assert.That(() => Parse(environment), Throws.TypeOf<SettingsException>().With.Message.Contains(sentence));

    private static TelemetrySettings? Parse(string environment) => SettingsParser.Parse(
        environment.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], string? (pair) => pair[1], StringComparer.Ordinal),
        "/srv/app",
        new FakeMachine()).Telemetry;
}
