using StackAgent.Application.Common;
using StackAgent.WebApi.Configuration;

namespace StackAgent.WebApi.Hosting;

/// <summary>
/// Between the wish to stop and the end of listening: while load balancers find out, by <see cref="ShutdownReadiness"/> or by what the
/// orchestrator tells them, requests that they still send here are answered.
/// </summary>
internal sealed class ShutdownDelay(ServerSettings settings, IHostApplicationLifetime lifetime, TimeProvider time) : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        lifetime.StopApplication();
        if (settings.ShutdownDelay > TimeSpan.Zero)
            await Task.Delay(settings.ShutdownDelay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>A server that shuts down wants no new requests.</summary>
internal sealed class ShutdownReadiness(IHostApplicationLifetime lifetime) : IReadinessCheck
{
    public string Name => "server";

    public Task<string?> CheckAsync(CancellationToken cancellationToken) => Task.FromResult(
        lifetime.ApplicationStopping.IsCancellationRequested ? "The server is shutting down." : null);
}
