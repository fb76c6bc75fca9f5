using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Common.Storage;
using StackAgent.Infrastructure.Runtimes;
using StackAgent.Infrastructure.Runtimes.Local;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

internal sealed class LocalRuntimeRegistrationTests
{
    [Test]
    public async Task AddLocalRuntime_WhenTheContainerIsDisposed_EndsTheOneRuntime()
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(Substitute.For<ICodeFolders>());
        services.AddLocalRuntime(new LocalRuntimeOptions("/unused"));
        var provider = services.BuildServiceProvider(validateScopes: true);
        var runtime = provider.GetRequiredService<IAgentRuntime>();
        Assert.That(provider.GetRequiredService<IRunningAgents>(), Is.SameAs(runtime));
        Assert.That(await runtime.CheckHealthAsync(CancellationToken.None), Is.Null);

        await provider.DisposeAsync();

        Assert.That(await runtime.CheckHealthAsync(CancellationToken.None), Is.Not.Null);
    }
}
