using FluentValidation;

namespace StackAgent.Application.Sessions;

/// <summary>How much of a history one answer holds.</summary>
internal static class History
{
    /// <summary>Clients that don't page should see the whole of an ordinary session; one report can be 11,000 characters.</summary>
    public const int DefaultLimit = 100;

    public const int MaxLimit = 1000;

    public static void HistoryLimit<T>(this IRuleBuilderInitial<T, int> rule) => rule
        .InclusiveBetween(1, MaxLimit)
        .WithMessage($"This value must be between 1 and {MaxLimit}.");
}
