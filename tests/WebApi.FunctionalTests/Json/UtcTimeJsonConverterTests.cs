using System.Globalization;
using System.Text.Json;
using StackAgent.WebApi.Json;

namespace StackAgent.WebApi.FunctionalTests.Json;

public sealed class UtcTimeJsonConverterTests
{
    private static readonly JsonSerializerOptions Options = JsonDefaults.Create();

    [TestCase("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z")]
    [TestCase("2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.1Z")]
    [TestCase("2026-01-02T03:04:05.123456Z", "2026-01-02T03:04:05.123456Z")]
    [TestCase("2026-01-02T03:04:05.0000010Z", "2026-01-02T03:04:05.000001Z")]
    [TestCase("2026-01-02T03:04:05.1234567Z", "2026-01-02T03:04:05.1234567Z")]
    [TestCase("2026-01-02T03:04:05+05:30", "2026-01-01T21:34:05Z")]
    public void Serialize_WhenGivenAMoment_WritesItInUtcWithTheDecimalsItHas(string moment, string expected) =>
        Assert.That(
            JsonSerializer.Serialize(DateTimeOffset.Parse(moment, CultureInfo.InvariantCulture), Options),
            Is.EqualTo($"\"{expected}\""));
}
