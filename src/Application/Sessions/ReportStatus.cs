using System.Runtime.ExceptionServices;
using MediatR;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Sessions;

/// <summary>Takes one status report in. Answers once it is durable.</summary>
public sealed record ReportStatus(ReportInput Report) : IRequest;

internal sealed class ReportStatusHandler(IStatusLog log, ICurrentUser user) : IRequestHandler<ReportStatus>
{
    public async Task<Unit> Handle(ReportStatus request, CancellationToken cancellationToken)
    {
        var outcome = await AppendAsync(request.Report, cancellationToken);
        ReportMetrics.Count(outcome);
        if (outcome.Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);

        return Unit.Value;
    }

    private async Task<ReportOutcome> AppendAsync(ReportInput report, CancellationToken cancellationToken)
    {
        try
        {
            return (await log.AppendAsync([ReportInputValidator.Parse(report, user.Id, user.BoundAgentId)], cancellationToken))[0];
        }
        catch (Exception refusal) when (refusal is ValidationFailedException or ForbiddenException or UnavailableException)
        {
            return new ReportOutcome(refusal);
        }
    }
}
