using StackAgent.Application.Common.Runtimes;

namespace StackAgent.Infrastructure.IntegrationTests.Runtimes;

/// <summary>
/// A server that runs one local agent until it is killed: <c>local-server BASE_PATH STACK_ID AGENT_ID</c>. The tests run it as a process of its own,
/// because nothing else shows what happens to agents when their server dies.
/// </summary>
internal static class LocalServerProgram
{
    public const string Command = "local-server";

    public static async Task<int> Main(string[] args)
    {
        if (args is not [Command, var basePath, var stackId, var agentId])
            return 2;

        await using var bed = new LocalTestBed(basePath: basePath);
        await bed.Runtime.AcquireAsync(CancellationToken.None);
        await bed.Runtime.ApplyAgentAsync(bed.Add(new AgentRef(Guid.Parse(stackId), Guid.Parse(agentId))), CancellationToken.None);
        await Task.Delay(TimeSpan.FromMinutes(1));
        return 0;
    }
}
