using System.Runtime.ExceptionServices;
using MediatR;
using StackAgent.Application.Common.Security;

namespace StackAgent.Application.Sessions;

/// <summary>Takes one status report in. Answers once it is durable.</summary>
public sealed record ReportStatus(ReportInput Report) : IRequest;

internal sealed class ReportStatusHandler(IStatusLog log, ICurrentUser user) : IRequestHandler<ReportStatus>
{
    public async Task<Unit> Handle(ReportStatus request, CancellationToken cancellationToken)
    {
        var entry = ReportInputValidator.Parse(request.Report, user.Id, user.BoundAgentId);
        var outcomes = await log.AppendAsync([entry], cancellationToken);
        if (outcomes[0].Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);

        return Unit.Value;
    }
}
