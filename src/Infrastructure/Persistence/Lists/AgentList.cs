using StackAgent.Application.Agents;
using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Domain.Agents;
using StackAgent.Domain.Sessions;

namespace StackAgent.Infrastructure.Persistence.Lists;

/// <summary>Walks the index of an owner's agents' activity from its newest end; reads no session and no report.</summary>
internal sealed class AgentList(ListDatabase database) : IAgentList
{
    private static readonly string Columns =
        "SELECT agent.id, agent.key, agent.kind, agent.stack_id, agent.name, agent.description, agent.source, agent.status, agent.status_reason, "
        + "agent.status_message, agent.revision, agent.created_at, agent.updated_at, "
        + People.Columns
        + ", activity.last_seen, activity.session_count, activity.active_session_count, activity.latest_status, activity.latest_message, agent.version, (";

    public Task<Page<AgentRow>> ReadAsync(AgentListQuery query, CancellationToken cancellationToken) =>
        database.ReadPageAsync(Page(query, database.Provider), Map, () => Total(query), query.Page, cancellationToken);

    internal static ListStatement Page(AgentListQuery query, DatabaseProvider provider)
    {
        var statement = new ListStatement();
        var owner = statement.Value(query.OwnerId);
        var filter = Filter(statement, query);
        var range = $" LIMIT {statement.Value(query.Page.Limit)} OFFSET {statement.Value(query.Page.Skip)}";
        statement.Add(Columns).Add(Count(query, owner, filter)).Add(") FROM ");
        return filter.Length > 0
            ? statement
                .Add("agent_activity activity JOIN agents agent ON agent.id = activity.agent_id").Add(People.Joins("agent"))
                .Add($" WHERE activity.owner_id = {owner}{filter}{Order("activity")}{range}")
            : statement
                .Add($"(SELECT * FROM agent_activity newest WHERE newest.owner_id = {owner}{Order("newest")}{range}) activity")
                .Add(AgentOfActivity(provider)).Add(People.Joins("agent"))
                .Add(Order("activity"));
    }

    private static string Order(string activity) =>
        $" ORDER BY {activity}.last_activity_second DESC, {activity}.last_activity_at DESC, {activity}.agent_id DESC";

    /// <summary>
    /// Where nothing but the order decides, the page is cut first, and its agents are looked up one by one. PostgreSQL has to be told so: where
    /// many agents reported in the same second, or few agents are in the table, it would join all of them to cut the page from that.
    /// </summary>
    private static string AgentOfActivity(DatabaseProvider provider) => provider == DatabaseProvider.PostgreSql
        ? " CROSS JOIN LATERAL (SELECT * FROM agents WHERE agents.id = activity.agent_id LIMIT 1) agent"
        : " JOIN agents agent ON agent.id = activity.agent_id";

    private static ListStatement Total(AgentListQuery query)
    {
        var statement = new ListStatement();
        var owner = statement.Value(query.OwnerId);
        return statement.Add(Count(query, owner, Filter(statement, query)));
    }

    /// <summary>Counted where rows seldom change, so that PostgreSQL finds them in the index alone; joined only if the filter asks for it.</summary>
    private static string Count(AgentListQuery query, string owner, string filter) =>
        "SELECT count(*) FROM agents agent"
        + (query.Status is null ? "" : " JOIN agent_activity activity ON activity.agent_id = agent.id")
        + $" WHERE agent.owner_id = {owner}{filter}";

    private static string Filter(ListStatement statement, AgentListQuery query)
    {
        var filter = "";
        if (query.Search is { } search)
        {
            var pattern = statement.Value(QueryExtensions.ContainsPattern(search));
            filter += $@" AND (lower(agent.key) LIKE {pattern} ESCAPE '\' OR lower(agent.name) LIKE {pattern} ESCAPE '\')";
        }

        if (query.Kind is { } kind)
            filter += $" AND agent.kind = {statement.Value(EnumWords<AgentKind>.ToWord(kind))}";
        if (query.StackId is { } stackId)
            filter += $" AND agent.stack_id = {statement.Value(stackId)}";
        return query.Status is { } status ? filter + StatusFilter(statement, status) : filter;
    }

    /// <summary>A word that is only one of the two is compared with that one only.</summary>
    private static string StatusFilter(ListStatement statement, AgentStatusFilter status)
    {
        List<string> either = [];
        if (status.Deployment is { } deployment)
            either.Add($"agent.status = {statement.Value(EnumWords<AgentStatus>.ToWord(deployment))}");
        if (status.Latest is { } latest)
            either.Add($"activity.latest_status = {statement.Value(EnumWords<SessionState>.ToWord(latest))}");
        return $" AND ({string.Join(" OR ", either)})";
    }

    private static AgentRow Map(ListRow row)
    {
        var id = row.Id();
        var key = row.Text();
        var kind = row.Word<AgentKind>();
        var stackId = row.IdOrNull();
        var name = row.Text();
        var description = row.TextOrNull();
        var source = row.TextOrNull();
        var status = row.Word<AgentStatus>();
        var reason = row.TextOrNull();
        var message = row.TextOrNull();
        var revision = row.Number();
        var createdAt = row.Moment();
        var updatedAt = row.Moment();
        var (creator, editor) = row.PeopleOf();
        return new AgentRow(
            id, key, kind, stackId, name, description, source, status, reason, message, revision, createdAt, creator, updatedAt, editor,
            row.MomentOrNull(), row.Number(), row.Number(), row.WordOrNull<SessionState>(), row.TextOrNull(), row.Number());
    }
}
