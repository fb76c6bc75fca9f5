namespace StackAgent.Domain.Notifications;

/// <summary>How the body of a notification is written.</summary>
public enum NotificationFormat
{
    /// <summary><c>{type, timestamp, data}</c>, as Standard Webhooks has it.</summary>
    Standard,

    /// <summary>A text message for a bot of Lark or Feishu, as kubeagents sent it.</summary>
    Lark,

    /// <summary>A text message for an incoming webhook of Slack, and what else takes its <c>{text}</c>.</summary>
    Slack,
}
