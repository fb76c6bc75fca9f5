using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common.Telemetry;
using StackAgent.Infrastructure.Persistence.Lists;
using StackAgent.Testing;
using StackAgent.WebApi.FunctionalTests.Hosting;

namespace StackAgent.WebApi.FunctionalTests.Telemetry;

[TestFixture]
internal sealed partial class DocumentedMetricsTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "docs");

    [Test]
    public async Task Metrics_WhenComparedWithTheCode_AreAllDocumentedWithTheirUnits()
    {
        await using var server = await RunningServer.StartAsync(services => services.AddAgentNumbers());
        var documented = Row().Matches(await File.ReadAllTextAsync(Path.Combine(Folder, "metrics.md")))
            .Select(row => $"{row.Groups["name"].Value} {row.Groups["kind"].Value} {row.Groups["unit"].Value}".TrimEnd())
            .Where(row => row.StartsWith("stackagent.", StringComparison.Ordinal));

        Assert.That(documented, Is.EquivalentTo(Instruments(server.Services).Select(Describe).Distinct()));
    }

    [Test]
    public async Task Alerts_WhenTheyNameMetrics_NameOnesThatExist()
    {
        await using var server = await RunningServer.StartAsync(services => services.AddAgentNumbers());
        var rules = await File.ReadAllTextAsync(Path.Combine(Folder, "alerts.yaml"));
        var exist = Instruments(server.Services).Select(instrument => instrument.Name.Replace('.', '_')).Distinct().ToList();

        var used = RuleMetric().Matches(rules).Select(match => match.Value).Distinct().ToList();

        Assert.Multiple(() =>
        {
            Assert.That(used, Is.Not.Empty);
            Assert.That(used.Where(name => !exist.Exists(known => name.StartsWith(known, StringComparison.Ordinal))), Is.Empty);
        });
    }

    private static List<Instrument> Instruments(IServiceProvider services)
    {
        var product = new[] { typeof(Instrumentation).Assembly, typeof(AgentNumbersRegistration).Assembly, typeof(Program).Assembly };
        var holders = product.SelectMany(assembly => assembly.GetTypes())
            .Where(type => !type.ContainsGenericParameters && type
                .GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
                .Any(field => field.FieldType.IsAssignableTo(typeof(Instrument))));
        foreach (var holder in holders)
            RuntimeHelpers.RunClassConstructor(holder.TypeHandle);

        using var meter = new Meter(Instrumentation.Name);
        foreach (var gauges in services.GetServices<IGauges>())
            gauges.AddTo(meter);

        var found = new List<Instrument>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == Instrumentation.Name)
                found.Add(instrument);
        };
        listener.Start();
        return found;
    }

    private static string Describe(Instrument instrument)
    {
        var kind = instrument.GetType().Name.Split('`')[0].Replace("Observable", "", StringComparison.Ordinal) switch
        {
            "Counter" => "counter",
            "UpDownCounter" => "up-down counter",
            "Histogram" => "histogram",
            _ => "gauge",
        };
        return $"{instrument.Name} {kind} {instrument.Unit}".TrimEnd();
    }

    [GeneratedRegex(@"^\| `(?<name>[a-z._]+)` \| (?<kind>[a-z -]+?) \|(?: `(?<unit>[^`]*)`)? \|", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Row();

    [GeneratedRegex("stackagent_[a-z_]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RuleMetric();
}
