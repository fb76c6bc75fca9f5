using FluentValidation;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Sessions;

namespace StackAgent.Application.Sessions;

/// <summary>One status report as it came over the wire; absent fields are null.</summary>
public sealed record ReportInput
{
    /// <summary>A deployed agent's UUID, or any text of 1…100 characters: an unknown one registers an agent.</summary>
    public string? AgentId { get; init; }

    /// <summary>At most 200 characters; overwrites the name when not empty.</summary>
    public string? AgentName { get; init; }

    /// <summary>Where the agent runs, at most 200 characters; overwrites when not empty.</summary>
    public string? AgentSource { get; init; }

    /// <summary>What the agent works on, 1…500 characters: an unknown one opens a session.</summary>
    public string? SessionTopic { get; init; }

    /// <summary>How the work stands.</summary>
    public string? Status { get; init; }

    /// <summary>The reporter's own time (RFC 3339), kept beside the server's, which decides order and expiry.</summary>
    public string? Timestamp { get; init; }

    /// <summary>At most 1,000 characters.</summary>
    public string? Message { get; init; }

    /// <summary>At most 10,000 characters.</summary>
    public string? Content { get; init; }

    /// <summary>After so long without a report the session expires: 1…1440; 0 or absent leaves it as it is (30 at first).</summary>
    public int? TtlMinutes { get; init; }

    /// <summary>At most 100 characters; a second report of the agent with the same one is acknowledged and stored once.</summary>
    public string? EventId { get; init; }
}

internal sealed class ReportInputValidator : AbstractValidator<ReportInput>
{
    private static readonly Dictionary<string, SessionStatus> Statuses =
        Enum.GetValues<SessionStatus>().ToDictionary(status => ValidatorExtensions.WireName(status.ToString()), StringComparer.Ordinal);

    // Building a validator costs far more than running it, and this one runs for every report.
    private static readonly ReportInputValidator Instance = new();

    public ReportInputValidator()
    {
        RuleFor(report => report.AgentId).RequiredText(Agent.KeyMaxLength);
        RuleFor(report => report.AgentName).OptionalText(Agent.ReportedTextMaxLength);
        RuleFor(report => report.AgentSource).OptionalText(Agent.ReportedTextMaxLength);
        RuleFor(report => report.SessionTopic).RequiredText(Session.TopicMaxLength);
        RuleFor(report => report.Status)
            .Must(status => status is not null && Statuses.ContainsKey(status))
            .WithMessage($"This field is required and must be one of {string.Join(", ", Statuses.Keys)}.");
        RuleFor(report => report.Timestamp)
            .Must(timestamp => TryParseTimestamp(timestamp, out _))
            .WithMessage("This field must be a time as RFC 3339 writes it, for example 2026-01-31T12:00:00Z.");
        RuleFor(report => report.Message).OptionalText(StatusReport.MessageMaxLength);
        RuleFor(report => report.Content).OptionalText(StatusReport.ContentMaxLength);
        RuleFor(report => report.TtlMinutes)
            .Must(ttl => ttl is null or 0 or (>= Session.MinTtlMinutes and <= Session.MaxTtlMinutes))
            .WithMessage($"This field must be 0 (unchanged) or {Session.MinTtlMinutes} to {Session.MaxTtlMinutes} minutes.");
        RuleFor(report => report.EventId).OptionalText(StatusReport.EventIdMaxLength);
    }

    /// <summary>
    /// True for nearly every good report, at a twentieth of what asking the rules costs; false says nothing. The timestamp is the caller's. Stricter than they are
    /// (it counts UTF-16 units): what it lets pass passes them.
    /// </summary>
    private static bool IsPlainlyValid(ReportInput report) =>
        IsPlainText(report.AgentId, Agent.KeyMaxLength) && !string.IsNullOrWhiteSpace(report.AgentId)
        && IsPlainText(report.SessionTopic, Session.TopicMaxLength) && !string.IsNullOrWhiteSpace(report.SessionTopic)
        && report.Status is { } status && Statuses.ContainsKey(status)
        && IsPlainText(report.AgentName, Agent.ReportedTextMaxLength)
        && IsPlainText(report.AgentSource, Agent.ReportedTextMaxLength)
        && IsPlainText(report.Message, StatusReport.MessageMaxLength)
        && IsPlainText(report.Content, StatusReport.ContentMaxLength)
        && IsPlainText(report.EventId, StatusReport.EventIdMaxLength)
        && report.TtlMinutes is null or 0 or (>= Session.MinTtlMinutes and <= Session.MaxTtlMinutes);

    /// <summary>Null for none; false for what isn't a time.</summary>
    private static bool TryParseTimestamp(string? timestamp, out DateTimeOffset? moment)
    {
        moment = null;
        if (string.IsNullOrEmpty(timestamp))
            return true;
        if (!Rfc3339.TryParse(timestamp, out var parsed))
            return false;

        moment = parsed;
        return true;
    }

    private static bool IsPlainText(string? text, int maxLength) => text is null || (text.Length <= maxLength && Text.IsStorable(text));

    /// <summary>
    /// The report as the log takes it. Throws <see cref="ValidationFailedException"/> with a sentence for each bad field, and
    /// <see cref="ForbiddenException"/> for an agent that the credential may not speak for.
    /// </summary>
    public static StatusReportEntry Parse(ReportInput input, Guid ownerId, Guid? boundAgentId)
    {
        var hasGoodTime = TryParseTimestamp(input.Timestamp, out var reportedAt);
        if (!(hasGoodTime && IsPlainlyValid(input)) && Instance.Validate(input) is { IsValid: false } result)
        {
            throw new ValidationFailedException(result.Errors
                .GroupBy(failure => failure.PropertyName, StringComparer.Ordinal)
                .ToDictionary(field => field.Key, field => field.Select(failure => failure.ErrorMessage).ToArray(), StringComparer.Ordinal));
        }

        if (boundAgentId is not null && AgentLookup.AsId(input.AgentId!) != boundAgentId)
            throw new ForbiddenException("This API key may report for its own agent only; agent_id names another one.");

        var content = new ReportContent(
            Statuses[input.Status!], input.Message, input.Content, input.TtlMinutes ?? 0, reportedAt, input.EventId);
        return new StatusReportEntry(
            ownerId, boundAgentId, input.AgentId!, input.AgentName, input.AgentSource, input.SessionTopic!, content);
    }
}
