using System.Diagnostics.Metrics;
using MediatR;
using StackAgent.Application.Common.Events;
using StackAgent.Application.Common.Telemetry;
using StackAgent.Domain.Agents;

namespace StackAgent.Application.Deployment;

/// <summary>Counts agents that come to fail, by the reason that their status gives.</summary>
internal sealed class CountFailures : INotificationHandler<DomainEventNotification<AgentStatusChanged>>
{
    private static readonly Counter<long> Failures = Instrumentation.Meter.CreateCounter<long>(
        "stackagent.agents.failures", "{failure}", "Agents that came to fail, or to fail for another reason.");

    public Task Handle(DomainEventNotification<AgentStatusChanged> notification, CancellationToken cancellationToken)
    {
        if (notification.Event is { Status: AgentStatus.Failed, Reason: var reason })
            Failures.Add(1, new KeyValuePair<string, object?>(Instrumentation.ErrorType, MetricWord.Of(reason)));
        return Task.CompletedTask;
    }
}
