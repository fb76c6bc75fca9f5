using System.Runtime.ExceptionServices;
using FluentValidation;
using MediatR;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Sessions;

/// <summary>Takes an array of status reports in, each accepted or refused on its own. Answers once all accepted ones are durable.</summary>
/// <param name="Items">In the order of the array.</param>
public sealed record ReportStatusBatch(IReadOnlyList<ReportItem> Items) : IRequest<IReadOnlyList<ReportOutcome>>
{
    public const int MaxItems = 1000;
}

/// <summary>An item of the array, or why it couldn't even be read.</summary>
public readonly record struct ReportItem(ReportInput Report, Exception? Unreadable = null);

internal sealed class ReportStatusBatchValidator : AbstractValidator<ReportStatusBatch>
{
    public ReportStatusBatchValidator() => RuleFor(batch => batch.Items)
        .Must(items => items.Count is > 0 and <= ReportStatusBatch.MaxItems)
        .OverridePropertyName("reports")
        .WithMessage($"An array must hold 1 to {ReportStatusBatch.MaxItems} reports.");
}

internal sealed class ReportStatusBatchHandler(IStatusLog log, ICurrentUser user)
    : IRequestHandler<ReportStatusBatch, IReadOnlyList<ReportOutcome>>
{
    public async Task<IReadOnlyList<ReportOutcome>> Handle(ReportStatusBatch request, CancellationToken cancellationToken)
    {
        var (ownerId, boundAgentId) = (user.Id, user.BoundAgentId);
        var outcomes = new ReportOutcome[request.Items.Count];
        var entries = new List<StatusReportEntry>(outcomes.Length);
        var places = new List<int>(outcomes.Length);
        for (var i = 0; i < outcomes.Length; i++)
        {
            try
            {
                if (request.Items[i].Unreadable is { } unreadable)
                {
                    outcomes[i] = new ReportOutcome(unreadable);
                    continue;
                }

                entries.Add(ReportInputValidator.Parse(request.Items[i].Report, ownerId, boundAgentId));
                places.Add(i);
            }
            catch (Exception refusal) when (refusal is ValidationFailedException or ForbiddenException)
            {
                outcomes[i] = new ReportOutcome(refusal);
            }
        }

        if (entries.Count > 0)
        {
            var appended = await AppendAsync(entries, cancellationToken);
            for (var i = 0; i < places.Count; i++)
                outcomes[places[i]] = appended[i];
        }

        foreach (var outcome in outcomes)
            ReportMetrics.Count(outcome);

        // A server that can take nothing says so with one answer, which clients know how to retry.
        if (Array.TrueForAll(outcomes, outcome => outcome.Failure is UnavailableException))
            ExceptionDispatchInfo.Throw(outcomes[0].Failure!);

        return outcomes;
    }

    private async Task<IReadOnlyList<ReportOutcome>> AppendAsync(List<StatusReportEntry> entries, CancellationToken cancellationToken)
    {
        try
        {
            return await log.AppendAsync(entries, cancellationToken);
        }
        catch (UnavailableException full)
        {
            ReportMetrics.Count(new ReportOutcome(full), entries.Count);
            throw;
        }
    }
}
