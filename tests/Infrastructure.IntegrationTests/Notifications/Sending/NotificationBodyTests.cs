using System.Text;
using System.Text.Json;
using StackAgent.Application.Events;
using StackAgent.Domain.Notifications;
using StackAgent.Infrastructure.Notifications.Sending;

namespace StackAgent.Infrastructure.IntegrationTests.Notifications.Sending;

public sealed class NotificationBodyTests
{
    private const string Agent = "\"agent\":{\"id\":\"0198\",\"agent_id\":\"a-1\",\"name\":\"Ada\",\"kind\":\"deployed\",\"stack_id\":\"0197\"}";
    private const string Session = "\"session\":{\"id\":\"0199\",\"session_topic\":\"nightly\"}";

    [Test]
    public void Compose_WhenASessionsChangeHasNothingMore_IsKubeAgentsShortestText() =>
        Assert.That(
            LarkText(EventTypes.SessionStatusChanged, $$"""{{{Agent}},{{Session}},"previous_status":"running","status":"failed","message":null}"""),
            Is.EqualTo("🔔 Session Status Change\n\nAgent ID: a-1\nAgent Name: Ada\nSession: nightly\nStatus: running → failed\nTimestamp: 2025-06-30T12:00:00Z\nDuration: 0s"));

    [TestCase("300", "5m0s")]
    [TestCase("3723.5", "1h2m3.5s")]
    [TestCase("0.1", "100ms")]
    [TestCase("1.1", "1.1s")]
    [TestCase("86400.123456", "24h0m0.123456s")]
    [TestCase("0", "0s")]
    [TestCase("null", "0s")]
    [TestCase("1e300", "0s")]
    [TestCase("\"1\"", "0s")]
    public void Compose_WhenASessionsChangeHasADuration_WritesItAsGoDoes(string seconds, string expected) =>
        Assert.That(
            LarkText(EventTypes.SessionStatusChanged, $$"""{{{Agent}},{{Session}},"previous_status":"running","status":"success","duration_seconds":{{seconds}}}"""),
            Does.EndWith($"\nDuration: {expected}"));

    [Test]
    public void Compose_WhenItIsASessionsFirstReport_HasNoArrow() =>
        Assert.That(
            LarkText(EventTypes.SessionStatusChanged, $$"""{{{Agent}},{{Session}},"previous_status":null,"status":"running","message":""}"""),
            Does.Contain("\nStatus: running\n").And.Not.Contain("Message"));

    [Test]
    public void Compose_WhenAnotherEventIsText_IsReadableInTheSameShape() =>
        Assert.That(
            LarkText(
                EventTypes.AgentStatusChanged,
                $$"""{{{Agent}},"previous_status":"deploying","status":"failed","status_reason":"ImagePullBackOff","status_message":"The image can't be pulled.","repeated":{"count":12,"first_at":"2025-06-30T11:58:00Z","last_at":"2025-06-30T12:00:00Z"} }"""),
            Is.EqualTo(
                "🔔 Agent Status Changed\n\nAgent ID: a-1\nAgent Name: Ada\nStatus: deploying → failed\nTimestamp: 2025-06-30T12:00:00Z\n"
                + "Reason: ImagePullBackOff\nMessage: The image can't be pulled.\nRepeated: 12 times, 2025-06-30T11:58:00Z to 2025-06-30T12:00:00Z"));

    [Test]
    public void Compose_WhenAnEndpointWasDisabled_NamesItsHost() =>
        Assert.That(
            LarkText(
                EventTypes.EndpointDisabled,
                """{"endpoint":{"id":"0200","kind":"user","host":"hooks.example.com","description":null},"reason":"failing","failing_since":"2025-06-25T12:00:00Z"}"""),
            Is.EqualTo(
                "🔔 Endpoint Disabled\n\nTimestamp: 2025-06-30T12:00:00Z\nEndpoint ID: 0200\nEndpoint Kind: user\nEndpoint Host: hooks.example.com\n"
                + "Reason: failing\nFailing Since: 2025-06-25T12:00:00Z"));

    [Test]
    public void Compose_WhenTheTypeIsAny_HasATextThatNamesItsSubject()
    {
        foreach (var type in EventTypes.Payloads.Keys)
        {
            var data = $$"""{{{Agent}},"stack":{"id":"0197","name":"Lab"},{{Session}},"status":"ready"}""";

            Assert.That(LarkText(type, data), Does.StartWith("🔔 ").And.Contain("Agent ID: a-1").And.Contain("Stack Name: Lab").And.Contain("Status: ready"), type);
        }
    }

    [Test]
    public void Compose_WhenThereIsNothingToSay_HasATitleAndATime() =>
        Assert.That(LarkText("endpoint.test", "{}"), Is.EqualTo("🔔 Endpoint Test\n\nTimestamp: 2025-06-30T12:00:00Z"));

    [Test]
    public void Compose_WhenItIsForSlack_EscapesWhatSlackReads()
    {
        var body = Compose(NotificationFormat.Slack, EventTypes.SessionExpired, $$"""{{{Agent}},{{Session}},"message":"<!channel> & <https://a.b|c>"}""");

        using var json = JsonDocument.Parse(body);
        Assert.Multiple(() =>
        {
            Assert.That(json.RootElement.EnumerateObject().Select(field => field.Name), Is.EqualTo(new[] { "text" }));
            Assert.That(
                json.RootElement.GetProperty("text").GetString(),
                Does.StartWith("🔔 Session Expired\n\n").And.EndWith("\nMessage: &lt;!channel&gt; &amp; &lt;https://a.b|c&gt;"));
        });
    }

    [Test]
    public void Compose_WhenItIsStandard_LeavesTheDataAsItIs()
    {
        const string Data = """{"message":"🔔 <é> \u0041","n":1.50}""";

        Assert.That(
            Encoding.UTF8.GetString(Compose(NotificationFormat.Standard, "agent.updated", Data)),
            Is.EqualTo("{\"type\":\"agent.updated\",\"timestamp\":\"2025-06-30T12:00:00.123456Z\",\"data\":" + Data + "}"));
    }

    private static string LarkText(string type, string data)
    {
        using var json = JsonDocument.Parse(Compose(NotificationFormat.Lark, type, data));
        Assert.That(json.RootElement.GetProperty("msg_type").GetString(), Is.EqualTo("text"));
        return json.RootElement.GetProperty("content").GetProperty("text").GetString()!;
    }

    private static byte[] Compose(NotificationFormat format, string type, string data) =>
        NotificationBody.Compose(SenderBed.Message(new Uri("https://hooks.example.com/")) with { Format = format, Type = type, Data = data });
}
