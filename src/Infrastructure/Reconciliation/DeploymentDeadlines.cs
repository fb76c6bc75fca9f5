using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackAgent.Application.Deployment;
using StackAgent.Infrastructure.Common;

namespace StackAgent.Infrastructure.Reconciliation;

/// <summary>Ends deployments that take too long. Apart from the <see cref="Reconciler"/>, which may have to wait for a runtime that is away.</summary>
internal sealed class DeploymentDeadlines(
    IServiceScopeFactory scopes, DeploymentOptions options, ReconcilerOptions pace, TimeProvider time, ILogger<DeploymentDeadlines> logger)
    : ResilientBackgroundService(time, logger)
{
    private readonly TimeProvider _time = time;

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        // What became ready while no server looked is no failure: the runtime says first how it stands.
        await Task.Delay(options.Grace, _time, cancellationToken);
        using var timer = new PeriodicTimer(pace.PollInterval, _time);
        do
        {
            await using var scope = scopes.CreateAsyncScope();
            var failed = await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new FailOverdueDeployments(), cancellationToken);
            if (failed > 0)
                logger.LogWarning("{Count} agents weren't running in time", failed);
            Progress();
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
