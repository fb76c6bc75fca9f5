using System.Text.Json;
using StackAgent.Infrastructure.Notifications.Sending;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Sending;

public sealed class GoTextTests
{
    // What Go 1.22 prints for the same durations; a tick is 100 ns.
    [TestCase(0, "0s")]
    [TestCase(1, "100ns")]
    [TestCase(9, "900ns")]
    [TestCase(10, "1µs")]
    [TestCase(11, "1.1µs")]
    [TestCase(9_999, "999.9µs")]
    [TestCase(10_000, "1ms")]
    [TestCase(15_000, "1.5ms")]
    [TestCase(9_999_999, "999.9999ms")]
    [TestCase(10_000_000, "1s")]
    [TestCase(10_000_001, "1.0000001s")]
    [TestCase(35_000_000, "3.5s")]
    [TestCase(599_999_999, "59.9999999s")]
    [TestCase(600_000_000, "1m0s")]
    [TestCase(3_000_000_000, "5m0s")]
    [TestCase(3_005_000_000, "5m0.5s")]
    [TestCase(35_990_000_000, "59m59s")]
    [TestCase(36_000_000_000, "1h0m0s")]
    [TestCase(36_600_000_000, "1h1m0s")]
    [TestCase(37_235_000_000, "1h2m3.5s")]
    [TestCase(864_000_000_000, "24h0m0s")]
    [TestCase(36_000_000_000_000, "1000h0m0s")]
    [TestCase(-15_000_000, "-1.5s")]
    [TestCase(-37_235_000_000, "-1h2m3.5s")]
    [TestCase(long.MaxValue, "256204778h48m5.4775807s")]
    [TestCase(long.MinValue, "-256204778h48m5.4775808s")]
    public void Duration_Always_IsWrittenAsGoDoes(long ticks, string expected) =>
        Assert.That(GoText.Duration(TimeSpan.FromTicks(ticks)), Is.EqualTo(expected));

    [TestCase("", "\"\"")]
    [TestCase("plain é 🔔 →", "\"plain é 🔔 →\"")]
    [TestCase("\"\\/", "\"\\\"\\\\/\"")]
    [TestCase("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"")]
    [TestCase("\u0001\u001f\u007f", "\"\\u0001\\u001f\u007f\"")]
    [TestCase("<&>", "\"\\u003c\\u0026\\u003e\"")]
    [TestCase("\u2028\u2029", "\"\\u2028\\u2029\"")]
    public void Json_Always_IsEscapedAsGoDoes(string text, string expected) =>
        Assert.Multiple(() =>
        {
            Assert.That(GoText.Json(text), Is.EqualTo(expected));
            Assert.That(JsonSerializer.Deserialize<string>(GoText.Json(text)), Is.EqualTo(text));
        });
}
