using System.Diagnostics.CodeAnalysis;
using StackAgent.Application.Common.Runtimes;
using StackAgent.Application.Deployment;
using StackAgent.Domain.Agents;
using StackAgent.Infrastructure.IntegrationTests.Reconciliation;
using StackAgent.Infrastructure.Runtimes;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

public sealed class AgentEndpointFinderTests
{
    private static readonly Uri Address = new("http://127.0.0.1:8000");

    private ReconcilerTestBed _bed;
    private AnsweringAgents _running;

    [SetUp]
    public async Task SetUpAsync()
    {
        _bed = await ReconcilerTestBed.CreateAsync();
        _running = [];
    }

    [TearDown]
    public async Task TearDownAsync() => await _bed.DisposeAsync();

    [Test]
    public async Task Find_WhenTheAgentAnswers_NeedsNoRow()
    {
        var agent = new AgentRef(Guid.CreateVersion7(), Guid.CreateVersion7());
        _running[agent] = Address;

        Assert.That(await FindAsync(agent), Is.EqualTo(new AgentEndpoint.Found(Address)));
    }

    [Test]
    public async Task Find_WhenItDoesNotAnswer_SaysWhyByItsRow()
    {
        var (stack, id) = await _bed.AddAsync();
        var agent = new AgentRef(stack, id);
        Assert.That(await FindAsync(agent), Is.EqualTo(new AgentEndpoint.NotReady("The agent is being deployed.")));

        foreach (var (observation, sentence) in new[]
        {
            (AgentObservation.Running, "The agent doesn't answer at the moment."),
            (AgentObservation.Failed("CrashLoopBackOff", "a secret from its log"), "The agent has failed; its status says why."),
        })
        {
            await _bed.SendAsync(new ObserveAgent(new ObservedAgent(agent, observation)));
            Assert.That(await FindAsync(agent), Is.EqualTo(new AgentEndpoint.NotReady(sentence)));
        }

        await _bed.DeleteAgentAsync(id);
        Assert.That(await FindAsync(agent), Is.EqualTo(new AgentEndpoint.NotReady("The agent is being deleted.")));
        Assert.That(await FindAsync(agent with { StackId = Guid.CreateVersion7() }), Is.EqualTo(new AgentEndpoint.Unknown()));
    }

    private Task<AgentEndpoint> FindAsync(AgentRef agent) =>
        _bed.WithDatabaseAsync(db => new AgentEndpointFinder(_running, db).FindAsync(agent, CancellationToken.None));

    private sealed class AnsweringAgents : Dictionary<AgentRef, Uri>, IRunningAgents
    {
        public bool TryGetEndpoint(AgentRef agent, [NotNullWhen(true)] out Uri? endpoint) => TryGetValue(agent, out endpoint);
    }
}
