using System.Text.Json;
using FluentValidation;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Events;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;
using StackAgent.Domain.Notifications;
using StackAgent.Domain.Sessions;
using StackAgent.Domain.Stacks;

namespace StackAgent.Application.Notifications.Endpoints;

/// <summary>What an endpoint may be, for those who make one and those who change one.</summary>
internal static class EndpointRules
{
    /// <summary>A list this long repeats itself.</summary>
    private const int MaxWords = 100;

    private static readonly IReadOnlyList<string> StatusWords =
        [.. Words<SessionState>().Concat(Words<AgentStatus>()).Concat(Words<StackStatus>()).Distinct(StringComparer.Ordinal)];

    public static void WebhookUrl<T>(this IRuleBuilder<T, string?> rule, NotificationOptions options) => rule.Custom((url, context) =>
    {
        if (url is not null && Domain.Notifications.WebhookUrl.FindFault(url.Trim(), options.AllowPrivate) is { } fault)
            context.AddFailure(fault);
    });

    public static IRuleBuilderOptions<T, string?> Description<T>(this IRuleBuilder<T, string?> rule) => rule.OptionalText(NotificationEndpoint.DescriptionMaxLength);

    public static IRuleBuilderOptions<T, string?> AgentId<T>(this IRuleBuilder<T, string?> rule) => rule.OptionalText(NotificationEndpoint.AgentIdMaxLength);

    public static void EventTypes<T>(this IRuleBuilder<T, IReadOnlyList<string?>?> rule) => rule
        .Must(words => words is null || words.Count <= MaxWords && words.All(word => word is not null && TypeWords.IsWord(word)))
        .WithMessage($"This must be a list of {TypeWords.Known}; leave it out, or empty, for all.");

    public static void Statuses<T>(this IRuleBuilder<T, IReadOnlyList<string?>?> rule) => rule
        .Must(words => words is null || words.Count <= MaxWords && words.All(word => word is not null && StatusWords.Contains(word, StringComparer.Ordinal)))
        .WithMessage($"This must be a list of {string.Join(", ", StatusWords)}; leave it out, or empty, for all.");

    /// <summary>The words without repeats; none for null.</summary>
    public static IReadOnlyList<string> Distinct(IReadOnlyList<string?>? words) => [.. (words ?? []).OfType<string>().Distinct(StringComparer.Ordinal)];

    public static string? OrNull(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    /// <summary>Throws unless the stack is the user's: an endpoint for another's would wait for ever.</summary>
    public static async Task RequireStackAsync(this IApplicationDbContext db, Guid? stackId, Guid ownerId, CancellationToken cancellationToken)
    {
        if (stackId is { } id && !await db.Stacks.AnyAsync(stack => stack.Id == id && stack.OwnerId == ownerId, cancellationToken))
            throw new ValidationFailedException("stack_id", "There is no such stack.");
    }

    private static IEnumerable<string> Words<TEnum>()
        where TEnum : struct, Enum => Enum.GetNames<TEnum>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName);
}
