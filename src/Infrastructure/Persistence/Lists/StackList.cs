using StackAgent.Application.Common.Paging;
using StackAgent.Application.Common.Persistence;
using StackAgent.Application.Stacks;
using StackAgent.Domain.Stacks;

namespace StackAgent.Infrastructure.Persistence.Lists;

/// <summary>Walks the index of an owner's stacks from its newest end.</summary>
internal sealed class StackList(ListDatabase database) : IStackList
{
    private static readonly string Columns =
        "SELECT stack.id, stack.name, stack.description, stack.status, stack.status_reason, stack.status_message, stack.created_at, stack.updated_at, "
        + People.Columns
        + ", (SELECT count(*) FROM agents agent WHERE agent.stack_id = stack.id), (";

    private static readonly string Source = ") FROM stacks stack" + People.Joins("stack");

    public Task<Page<StackListItem>> ReadAsync(StackListQuery query, CancellationToken cancellationToken) =>
        database.ReadPageAsync(Page(query), Map, () => Total(query), query.Page, cancellationToken);

    internal static ListStatement Page(StackListQuery query)
    {
        var statement = new ListStatement();
        var filter = Filter(statement, query);
        return statement
            .Add(Columns).Add("SELECT count(*) FROM stacks stack").Add(filter)
            .Add(Source).Add(filter)
            .Add(" ORDER BY stack.created_at DESC, stack.id DESC LIMIT ").Add(statement.Value(query.Page.Limit))
            .Add(" OFFSET ").Add(statement.Value(query.Page.Skip));
    }

    private static ListStatement Total(StackListQuery query)
    {
        var statement = new ListStatement();
        return statement.Add("SELECT count(*) FROM stacks stack").Add(Filter(statement, query));
    }

    private static string Filter(ListStatement statement, StackListQuery query)
    {
        var filter = $" WHERE stack.owner_id = {statement.Value(query.OwnerId)}";
        if (query.Search is { } search)
            filter += $@" AND lower(stack.name) LIKE {statement.Value(QueryExtensions.ContainsPattern(search))} ESCAPE '\'";
        if (query.Status is { } status)
            filter += $" AND stack.status = {statement.Value(EnumWords<StackStatus>.ToWord(status))}";
        return filter;
    }

    private static StackListItem Map(ListRow row)
    {
        var id = row.Id();
        var name = row.Text();
        var description = row.TextOrNull();
        var status = row.Word<StackStatus>();
        var reason = row.TextOrNull();
        var message = row.TextOrNull();
        var createdAt = row.Moment();
        var updatedAt = row.Moment();
        var (creator, editor) = row.PeopleOf();
        return new StackListItem(
            id, name, description, Stack.NamespaceFor(id), status, reason, message, createdAt, creator, updatedAt, editor, row.Count());
    }
}
