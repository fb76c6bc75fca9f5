using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackAgent.Application.Agents;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Stacks;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Stacks;
using StackAgent.Infrastructure.Persistence;
using StackAgent.Infrastructure.Persistence.Lists;

namespace StackAgent.Infrastructure.IntegrationTests.Lists;

/// <summary>The lists on 2,000 agents with a million reports behind them: what they answer, and how the database finds it.</summary>
[TestFixture(DatabaseProvider.Sqlite)]
[TestFixture(DatabaseProvider.PostgreSql)]
public sealed class ListTests(DatabaseProvider provider)
{
    private ManyAgents _many;
    private IAgentList _agents;
    private IStackList _stacks;

    [OneTimeSetUp]
    public async Task Fill()
    {
        _many = await ManyAgents.CreateAsync(provider);
        _agents = _many.Services.GetRequiredService<IAgentList>();
        _stacks = _many.Services.GetRequiredService<IStackList>();
    }

    [OneTimeTearDown]
    public async Task Drop() => await _many.DisposeAsync();

    [TestCase(1)]
    [TestCase(4)]
    public async Task Agents_WhenAPageIsExplained_WalksTheIndexOfActivity(int page)
    {
        var plan = await ExplainAsync(AgentList.Page(Agents(page, limit: 100), provider));

        Assert.That(plan, Does.Contain("ix_agent_activity_owner_id_last_activity_second_agent_id"));
        AssertNoScanOf(plan, "newest", "agent_activity");
        Assert.That(plan, Does.Contain("pk_agents").Or.Match("SEARCH agent USING INDEX sqlite_autoindex_agents_1"), "each agent of the page by its key");
    }

    [TestCase(1, 100)]
    [TestCase(2, 1000)]
    public async Task Agents_WhenAPageIsExplained_ReadsNoSessionAndNoReport(int page, int limit)
    {
        var plan = await ExplainAsync(AgentList.Page(Agents(page, limit) with { Status = AgentStatusFilter.Parse("running"), Search = "a" }, provider));

        Assert.That(plan, Does.Not.Contain("status_reports").And.Not.Contain("sessions"));
    }

    [Test]
    public async Task Stacks_WhenAPageIsExplained_CountsEachStacksAgentsInAnIndex()
    {
        var plan = await ExplainAsync(StackList.Page(Stacks(1, 20)));

        Assert.That(plan, Does.Contain("ix_agents_stack_id_name").And.Not.Contain("sessions").And.Not.Contain("status_reports"));
        AssertNoScanOf(plan, "agent", "agents");
    }

    [Test]
    public async Task Agents_WhenPaged_AreAllThereOnceThoseSeenLastFirst()
    {
        var pages = new[] { await _agents.ReadAsync(Agents(1, 1000), default), await _agents.ReadAsync(Agents(2, 1000), default) };
        var expected = await _many.WithDatabaseAsync(db => db.Agents
            .Where(agent => agent.OwnerId == _many.Owner)
            .OrderByDescending(agent => agent.Activity!.LastActivityAt).ThenByDescending(agent => agent.Id)
            .Select(agent => agent.Key)
            .ToListAsync());

        Assert.That(pages.Select(page => page.Total), Is.All.EqualTo(ManyAgents.Agents));
        Assert.That(pages.SelectMany(page => page.Items).Select(agent => agent.Key), Is.EqualTo(expected));
    }

    [Test]
    public async Task Agents_WhenThePageIsPastTheEnd_StillHaveTheirTotal()
    {
        var past = await _agents.ReadAsync(Agents(30, 100), default);
        var none = await _agents.ReadAsync(Agents(1, 100) with { OwnerId = Guid.CreateVersion7() }, default);

        Assert.That((past.Items.Count, past.Total, none.Items.Count, none.Total), Is.EqualTo((0, ManyAgents.Agents, 0, 0)));
    }

    [Test]
    public async Task Agents_WhenFiltered_AreCountedAsTheyAreShown()
    {
        var stack = (await _stacks.ReadAsync(Stacks(1, 1), default)).Items.Single();
        AgentListQuery all = Agents(1, 1000);
        AgentListQuery[] queries =
        [
            all with { Search = "GENT-1_" },
            all with { Search = "agent-199" },
            all with { Kind = AgentKind.Reported },
            all with { StackId = stack.Id },
            all with { Status = AgentStatusFilter.Parse("running"), Search = "agent-7" },
            all with { Status = AgentStatusFilter.Parse("success"), Kind = AgentKind.Deployed, StackId = stack.Id },
            all with { Status = AgentStatusFilter.Parse("expired") },
        ];

        var pages = new List<Page<AgentRow>>();
        foreach (var query in queries)
            pages.Add(await _agents.ReadAsync(query, default));

        // Numbers with the digits 199 in front: 199, and 1990 to 1999. Each stack has twenty of the thousand that are in one.
        Assert.That(pages.Select(page => page.Total), Is.EqualTo(new[] { 0, 11, 0, stack.AgentCount, 111, stack.AgentCount, 0 }));
        Assert.That(pages.Select(page => page.Items.Count), Is.EqualTo(pages.Select(page => page.Total)));
    }

    [Test]
    public async Task Lists_WhenSomebodyElseAsks_ShowTheirsAlone()
    {
        var agents = await _agents.ReadAsync(Agents(1, 1000) with { OwnerId = _many.Stranger }, default);
        var stacks = await _stacks.ReadAsync(Stacks(1, 100) with { OwnerId = _many.Stranger }, default);

        Assert.That((agents.Items.Count, agents.Total, stacks.Items.Count, stacks.Total), Is.EqualTo((10, 10, 1, 1)));
        Assert.That(agents.Items.Select(agent => agent.CreatedBy.FullName), Is.All.EqualTo("stranger"));
    }

    [Test]
    public async Task Stacks_WhenPagedAndFiltered_AreCountedAsTheyAreShown()
    {
        var last = await _stacks.ReadAsync(Stacks(5, 20), default);
        var found = await _stacks.ReadAsync(Stacks(1, 100) with { Search = "STACK 9", Status = StackStatus.Ready }, default);
        var past = await _stacks.ReadAsync(Stacks(9, 20) with { Status = StackStatus.Ready }, default);
        var none = await _stacks.ReadAsync(Stacks(1, 20) with { Status = StackStatus.Failed }, default);

        Assert.That((last.Items.Count, last.Total, last.Items[^1].Name), Is.EqualTo((20, ManyAgents.Stacks, "Stack 1")));
        Assert.That((found.Items.Count, found.Total, found.Items[0].Name), Is.EqualTo((11, 11, "Stack 99")));
        Assert.That((past.Items.Count, past.Total, none.Items.Count, none.Total), Is.EqualTo((0, ManyAgents.Stacks, 0, 0)));
    }

    [Test]
    public async Task Lists_WhenSomebodyElseMadeTheLastChange_NameBoth()
    {
        var changed = (await _stacks.ReadAsync(Stacks(1, 100), default)).Items[50];
        await _many.WithDatabaseAsync(db => db.Stacks.Where(stack => stack.Id == changed.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(stack => stack.UpdatedById, _many.Stranger)));

        var stacks = (await _stacks.ReadAsync(Stacks(1, 100), default)).Items;

        Assert.That(
            stacks.Select(stack => (stack.CreatedBy.FullName, stack.UpdatedBy.FullName, stack.UpdatedBy.Id)),
            Is.EqualTo(stacks.Select((_, i) => i == 50 ? ("owner", "stranger", _many.Stranger) : ("owner", "owner", _many.Owner))));
    }

    private AgentListQuery Agents(int page, int limit) =>
        new(_many.Owner, new PageRequest(page, limit), Search: null, Status: null, Kind: null, StackId: null);

    private StackListQuery Stacks(int page, int limit) => new(_many.Owner, new PageRequest(page, limit), Search: null, Status: null);

    private void AssertNoScanOf(string plan, string alias, string table)
    {
        // PostgreSQL: Seq Scan on agents agent. SQLite: SCAN agent, unless USING an index follows.
        if (provider == DatabaseProvider.PostgreSql)
            Assert.That(plan, Does.Not.Contain($"Seq Scan on {table}"));
        else
            Assert.That(plan, Does.Not.Match($@"(?m)^SCAN {alias}$"));
    }

    private Task<string> ExplainAsync(ListStatement statement) => _many.WithDatabaseAsync(async db =>
    {
        await db.Database.OpenConnectionAsync();
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = (provider == DatabaseProvider.PostgreSql ? "EXPLAIN " : "EXPLAIN QUERY PLAN ") + statement.Sql;
        for (var i = 0; i < statement.Values.Count; i++)
        {
            command.Parameters.Add(provider == DatabaseProvider.PostgreSql
                ? new NpgsqlParameter { Value = statement.Values[i] }
                : new SqliteParameter($"${i + 1}", statement.Values[i]));
        }

        await using var reader = await command.ExecuteReaderAsync();
        return string.Join('\n', await LinesAsync(reader));
    });

    private static async Task<List<string>> LinesAsync(DbDataReader reader)
    {
        var lines = new List<string>();
        while (await reader.ReadAsync())
            lines.Add(reader.GetString(reader.FieldCount - 1));
        return lines;
    }
}
