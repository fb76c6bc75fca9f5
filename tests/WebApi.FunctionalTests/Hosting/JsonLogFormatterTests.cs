using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackAgent.Testing;
using StackAgent.WebApi.Hosting;

namespace StackAgent.WebApi.FunctionalTests.Hosting;

[TestFixture]
internal sealed class JsonLogFormatterTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, 123, TimeSpan.Zero);

    [Test]
    public void Write_WithinASpan_NamesItsTrace()
    {
        using var span = new Activity("test").Start();

        var line = Write(LogLevel.Warning, "Agent {Name} has {Count} of {Part} \n", "ä\"1", 3, 0.5);

        Assert.Multiple(() =>
        {
            Assert.That(line.GetProperty("timestamp").GetString(), Is.EqualTo("2026-01-31T12:00:00.123000Z"));
            Assert.That(line.GetProperty("level").GetString(), Is.EqualTo("warning"));
            Assert.That(line.GetProperty("category").GetString(), Is.EqualTo("A.Category"));
            Assert.That(line.GetProperty("message").GetString(), Is.EqualTo("Agent ä\"1 has 3 of 0.5 \n"));
            Assert.That(line.GetProperty("trace_id").GetString(), Is.EqualTo(span.TraceId.ToHexString()));
            Assert.That(line.GetProperty("span_id").GetString(), Is.EqualTo(span.SpanId.ToHexString()));
            Assert.That(line.GetProperty("fields").GetRawText(), Is.EqualTo("""{"Name":"ä\"1","Count":3,"Part":0.5}"""));
        });
    }

    [Test]
    public void Write_OfNothingButAMessage_HasNothingElse()
    {
        Activity.Current = null;

        Assert.That(
            Write(LogLevel.Information, "Ready").EnumerateObject().Select(field => field.Name),
            Is.EqualTo(new[] { "timestamp", "level", "category", "message" }));
    }

    [Test]
    public void Write_WithAnException_TellsItApart()
    {
        var line = Write(new InvalidOperationException("broken"), "It failed");

        Assert.Multiple(() =>
        {
            Assert.That(line.GetProperty("exception").GetProperty("type").GetString(), Is.EqualTo("System.InvalidOperationException"));
            Assert.That(line.GetProperty("exception").GetProperty("message").GetString(), Is.EqualTo("broken"));
            Assert.That(line.GetProperty("exception").GetProperty("stack").GetString(), Does.Contain("broken"));
        });
    }

    private static JsonElement Write(LogLevel level, string template, params object[] values) => Write(level, exception: null, template, values);

    private static JsonElement Write(Exception exception, string template) => Write(LogLevel.Error, exception, template);

    private static JsonElement Write(LogLevel level, Exception? exception, string template, params object[] values)
    {
        using var text = new StringWriter();
        var logger = new FormatterLogger(new JsonLogFormatter(new ManualTimeProvider(Now)), text);
        logger.Log(level, exception, template, values);
        var written = text.ToString();
        Assert.That(written.TrimEnd().Split('\n'), Has.Length.EqualTo(1), "one line");
        return JsonDocument.Parse(written).RootElement;
    }

    private sealed class FormatterLogger(JsonLogFormatter formatter, TextWriter output) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter1) =>
            formatter.Write(new LogEntry<TState>(logLevel, "A.Category", eventId, state, exception, formatter1), scopeProvider: null, output);
    }
}
