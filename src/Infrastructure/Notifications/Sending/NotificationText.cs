using System.Globalization;
using System.Text;
using System.Text.Json;
using StackAgent.Application.Events;

namespace StackAgent.Infrastructure.Notifications.Sending;

/// <summary>
/// Says an event to a person, in the form that kubeagents gave its one message: a title, an empty line, a line for each fact. For a session's
/// change it is that message to the letter.
/// </summary>
internal static class NotificationText
{
    private const string Seconds = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const string DurationField = "duration_seconds";
    private const string RepeatedField = "repeated";

    /// <summary>Composed of <paramref name="data"/>, whatever of it is there.</summary>
    public static string Compose(string type, DateTimeOffset at, JsonElement data)
    {
        var text = new StringBuilder();
        var isSessionChange = type == EventTypes.SessionStatusChanged;
        text.Append("🔔 ").Append(isSessionChange ? "Session Status Change" : Title(type)).Append('\n');
        AppendSubject(text, data);
        AppendStatus(text, data);
        AppendLine(text, "Timestamp", at.UtcDateTime.ToString(Seconds, CultureInfo.InvariantCulture));
        if (isSessionChange)
            AppendLine(text, "Duration", GoText.Duration(Duration(data)));
        AppendRest(text, data);
        AppendRepeated(text, data);
        return text.ToString();
    }

    private static void AppendSubject(StringBuilder text, JsonElement data)
    {
        if (Find(data, "agent") is { } agent)
        {
            AppendLine(text, "Agent ID", Scalar(Find(agent, "agent_id")) ?? "");
            AppendLine(text, "Agent Name", Scalar(Find(agent, "name")) ?? "");
        }

        if (Find(data, "stack") is { } stack)
        {
            AppendLine(text, "Stack ID", Scalar(Find(stack, "id")) ?? "");
            AppendLine(text, "Stack Name", Scalar(Find(stack, "name")) ?? "");
        }

        if (Find(data, "session") is { } session)
            AppendLine(text, "Session", Scalar(Find(session, "session_topic")) ?? "");
    }

    private static void AppendStatus(StringBuilder text, JsonElement data)
    {
        if (Scalar(Find(data, "status")) is not { } status)
            return;

        var previous = Scalar(Find(data, "previous_status"));
        AppendLine(text, "Status", previous is null || previous == status ? status : $"{previous} → {status}");
    }

    /// <summary>Every other fact in the order it has in the data, what is empty left out.</summary>
    private static void AppendRest(StringBuilder text, JsonElement data)
    {
        foreach (var field in data.EnumerateObject())
        {
            switch (field.Name)
            {
                case "agent" or "stack" or "session" or "status" or "previous_status" or DurationField or RepeatedField:
                    break;
                case "status_reason":
                    AppendFact(text, "Reason", field.Value);
                    break;
                case "status_message":
                    AppendFact(text, "Message", field.Value);
                    break;
                default:
                    AppendFact(text, Title(field.Name), field.Value);
                    break;
            }
        }
    }

    private static void AppendFact(StringBuilder text, string label, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var field in value.EnumerateObject())
                AppendFact(text, $"{label} {Title(field.Name)}", field.Value);
        }
        else if (Scalar(value) is { Length: > 0 } fact)
        {
            AppendLine(text, label, fact);
        }
    }

    private static void AppendRepeated(StringBuilder text, JsonElement data)
    {
        if (Find(data, RepeatedField) is { } repeated && Scalar(Find(repeated, "count")) is { } count)
            AppendLine(text, "Repeated", $"{count} times, {Scalar(Find(repeated, "first_at"))} to {Scalar(Find(repeated, "last_at"))}");
    }

    private static void AppendLine(StringBuilder text, string label, string value) => text.Append('\n').Append(label).Append(": ").Append(value);

    private static TimeSpan Duration(JsonElement data)
    {
        if (Find(data, DurationField) is not { ValueKind: JsonValueKind.Number } field || !field.TryGetDouble(out var seconds))
            return TimeSpan.Zero;

        // Whole microseconds, as they are stored: the fraction of a double would show otherwise.
        var microseconds = Math.Round(seconds * TimeSpan.MicrosecondsPerSecond);
        return Math.Abs(microseconds) < TimeSpan.MaxValue.TotalMicroseconds / 2
            ? TimeSpan.FromTicks((long)microseconds * TimeSpan.TicksPerMicrosecond)
            : TimeSpan.Zero;
    }

    /// <summary><c>agent.status_changed</c> → <c>Agent Status Changed</c>.</summary>
    private static string Title(string words) => string.Join(
        ' ',
        words.Split(['.', '_'], StringSplitOptions.RemoveEmptyEntries).Select(word => word switch
        {
            "id" => "ID",
            "url" => "URL",
            _ => string.Concat(char.ToUpperInvariant(word[0]).ToString(), word.AsSpan(1)),
        }));

    private static JsonElement? Find(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Null for what isn't one value.</summary>
    private static string? Scalar(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        { ValueKind: JsonValueKind.True } => "yes",
        { ValueKind: JsonValueKind.False } => "no",
        _ => null,
    };
}
