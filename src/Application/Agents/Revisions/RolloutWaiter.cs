using Microsoft.EntityFrameworkCore;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Common.Security;
using StackAgent.Application.Events;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Common;

namespace StackAgent.Application.Agents.Revisions;

/// <summary>
/// Waits for the end of a rollout: the agent runs, or has failed for good, or something else is wanted of it by now. Whichever server sees that writes it
/// into the agent's row and says so in the event log, which every server follows.
/// </summary>
internal sealed class RolloutWaiter(IApplicationDbContext db, IEventHub hub, ICurrentUser user, TimeProvider time)
{
    /// <summary>The row is looked at so often in any case: not every end of a rollout is an event, and there may be no place for one more stream.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(2);

    private static readonly HashSet<string> Types =
        new([EventTypes.AgentStatusChanged, EventTypes.AgentUpdated, EventTypes.AgentDeleted], StringComparer.Ordinal);

    /// <summary>Returns at the end of the rollout, after <paramref name="patience"/> (null: at once), or when the server is stopping.</summary>
    public async Task WaitAsync(Guid agentId, int rollout, TimeSpan? patience, CancellationToken cancellationToken)
    {
        if (patience is not { } limit)
            return;

        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var subscription = Open(agentId);
            if (subscription is not null)
                await subscription.StartAsync(either.Token);
            await WaitAsync(agentId, rollout, subscription, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // As it stands, then.
        }
        catch (UnavailableException)
        {
            // What was asked for is done; only its end can't be followed, since the server is stopping or its database away.
        }
    }

    private async Task WaitAsync(Guid agentId, int rollout, IEventSubscription? subscription, CancellationToken cancellationToken)
    {
        Task<bool>? news = null;
        while (!await HasEndedAsync(agentId, rollout, cancellationToken))
        {
            var look = Task.Delay(LookInterval, time, cancellationToken);
            if (subscription is null)
            {
                await look;
                continue;
            }

            news ??= subscription.Items.WaitToReadAsync(cancellationToken).AsTask();
            await await Task.WhenAny(news, look);
            if (!news.IsCompleted)
                continue;
            if (!await news)
                return;

            news = null;
            while (subscription.Items.TryRead(out _))
            {
                // However much happened, one look tells how it stands.
            }
        }
    }

    private IEventSubscription? Open(Guid agentId)
    {
        try
        {
            return hub.Open(new EventFilter(user.Id) { AgentKey = agentId.ToString(), Types = Types });
        }
        catch (UnavailableException)
        {
            return null;
        }
    }

    private async Task<bool> HasEndedAsync(Guid agentId, int rollout, CancellationToken cancellationToken)
    {
        var agent = await db.Agents.AsNoTracking()
            .Where(agent => agent.Id == agentId)
            .Select(agent => new { agent.Status, agent.Rollout, agent.RolloutSince })
            .SingleOrDefaultAsync(cancellationToken);
        return agent is null
            || agent.Rollout != rollout
            || agent.Status is AgentStatus.Stopped or AgentStatus.Deleting
            || (agent.Status != AgentStatus.Pending && agent.RolloutSince is null);
    }
}
