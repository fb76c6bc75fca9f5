using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackAgent.Application.Deployment;

namespace StackAgent.Infrastructure.CodeStorage;

/// <summary>Gives agents from before there were revisions their first one, when the schema is there and before anything acts on agents.</summary>
internal sealed class CodeAdoptionStartup(IServiceScopeFactory scopes) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new AdoptStoredCode(), cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
