using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackAgent.Application.Common.Events;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Persistence;

namespace StackAgent.Bench;

/// <summary>
/// Rows written straight into the database of a stopped server: by default 2,000 agents that run nothing, as the server finds no code of
/// theirs. Each has two sessions, a live one and an expired one.
/// </summary>
internal static class SampleData
{
    public const int Stacks = 100;
    public const int AgentsInStack = 20;

    // What the server itself would say of them, so that it has nothing to change.
    private static readonly AgentObservation NoCode =
        AgentObservation.Failed("CodeMissing", "The agent's code is not on this server's disk. Delete the agent and upload it again.");

    public static async Task AddAsync(DatabaseOptions database, Guid owner, int stacks = Stacks, int agentsInStack = AgentsInStack)
    {
        await using var services = new ServiceCollection()
            .AddPersistence(database)
            .AddSingleton<IDomainEventDispatcher, NoDispatcher>()
            .BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        var context = scope.ServiceProvider.GetRequiredService<ApplicationDbContext>();

        var now = new DateTimeOffset(DateTime.UtcNow.Date.AddHours(DateTime.UtcNow.Hour), TimeSpan.Zero);
        for (var i = 0; i < stacks; i++)
        {
            AddStack(context, owner, i, agentsInStack, now.AddMinutes(i - stacks));
            await context.SaveChangesAsync();
            context.ChangeTracker.Clear();
        }

        // PostgreSQL does so by itself, a minute later.
        if (database.Provider == DatabaseProvider.PostgreSql)
            await context.Database.ExecuteSqlRawAsync("ANALYZE");
    }

    private static void AddStack(ApplicationDbContext context, Guid owner, int index, int agents, DateTimeOffset at)
    {
        var stack = Stack.Create(owner, $"Stack {index}", $"Everything that team {index} runs.", at);
        stack.MarkReady();
        context.Stacks.Add(stack);
        for (var i = 0; i < agents; i++)
        {
            var seen = at.AddSeconds(i);
            var agent = stack.AddAgent(Guid.CreateVersion7(), $"agent-{i}", "Answers questions about invoices.", owner, seen);
            agent.Observe(NoCode, seen);
            context.Agents.Add(agent);
            AddSession(context, agent, "yesterday", new ReportContent(SessionStatus.Success, "All invoices read."), seen.AddDays(-2));
            AddSession(context, agent, "today", new ReportContent(SessionStatus.Running, "Reading invoice 17.", TtlMinutes: Session.MaxTtlMinutes), seen);
        }
    }

    private static void AddSession(ApplicationDbContext context, Agent agent, string topic, ReportContent content, DateTimeOffset at)
    {
        var session = Session.Open(agent.Id, topic, at);
        context.StatusReports.Add(session.Record(content, at));
        agent.Activity?.Follow(session, isNew: true, isRevived: false);
        context.Sessions.Add(session);
    }
}
