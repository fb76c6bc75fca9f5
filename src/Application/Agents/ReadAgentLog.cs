using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Security;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents;

/// <summary>
/// What one of the caller's deployed agents wrote, and writes. The lines come while the answer is read, and when it is followed they come until
/// the reader stops or the agent is removed. See <see cref="LogQuery"/>.
/// </summary>
/// <param name="AgentId">Its <c>agent_id</c>.</param>
/// <param name="Tail">0…<see cref="MaxTail"/>; null: <see cref="DefaultTail"/>, or everything since <paramref name="Since"/>.</param>
/// <param name="Since">Only from this moment on.</param>
/// <param name="Follow">Go on with what comes.</param>
/// <param name="Previous">Only the processes before the present ones.</param>
/// <param name="Search">Only lines with this text.</param>
/// <param name="Pod">Only this pod's.</param>
public sealed record ReadAgentLog(string AgentId, int? Tail, DateTimeOffset? Since, bool Follow, bool Previous, string? Search, string? Pod)
    : IRequest<IAsyncEnumerable<LogLine>>
{
    public const int MaxTail = 100_000;
    public const int DefaultTail = 1_000;
    public const int SearchMaxLength = 1_000;
    public const int PodMaxLength = 253;
}

internal sealed class ReadAgentLogValidator : AbstractValidator<ReadAgentLog>
{
    public ReadAgentLogValidator()
    {
        RuleFor(query => query.Tail).InclusiveBetween(0, ReadAgentLog.MaxTail).WithMessage($"This has to be a number from 0 to {ReadAgentLog.MaxTail}.");
        RuleFor(query => query.Search).OptionalText(ReadAgentLog.SearchMaxLength);
        RuleFor(query => query.Pod).OptionalText(ReadAgentLog.PodMaxLength);
        RuleFor(query => query.Previous).Must((query, previous) => !(previous && query.Follow))
            .WithMessage("What previous processes wrote doesn't go on: ask for previous or follow, not for both.");
    }
}

internal sealed class ReadAgentLogHandler(IApplicationDbContext db, IAgentRuntime runtime, ICurrentUser user)
    : IRequestHandler<ReadAgentLog, IAsyncEnumerable<LogLine>>
{
    public async Task<IAsyncEnumerable<LogLine>> Handle(ReadAgentLog request, CancellationToken cancellationToken)
    {
        var agent = await db.Agents.WithKey(user.Id, request.AgentId)
            .Select(agent => new { agent.Id, agent.StackId })
            .FirstOrDefaultAsync(cancellationToken) ?? throw GetAgentHandler.AgentNotFound();
        if (agent.StackId is not { } stackId)
            throw new ConflictException("This agent runs elsewhere and only reports here; its log is where it runs.");

        var query = new LogQuery
        {
            Tail = request.Tail ?? (request.Since is null ? ReadAgentLog.DefaultTail : null),
            Since = request.Since,
            Follow = request.Follow,
            Previous = request.Previous,
            Search = string.IsNullOrEmpty(request.Search) ? null : request.Search,
            Pod = string.IsNullOrEmpty(request.Pod) ? null : request.Pod,
        };

        // The reader brings the token that ends the lines; this one is the request's for the query above.
        return runtime.ReadLogAsync(new AgentRef(stackId, agent.Id), query, CancellationToken.None);
    }
}
