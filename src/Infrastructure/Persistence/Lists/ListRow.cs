using System.Data.Common;
using StackAgent.Application.Common.Models;

namespace StackAgent.Infrastructure.Persistence.Lists;

/// <summary>The columns of a row, one after another in the order of the SELECT.</summary>
internal sealed class ListRow(DbDataReader reader, DatabaseProvider provider)
{
    private int _next;
    private UserInfo? _lastCreator;
    private UserInfo? _lastEditor;

    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        _next = 0;
        return await reader.ReadAsync(cancellationToken);
    }

    public Guid Id() => reader.GetGuid(_next++);

    public Guid? IdOrNull() => IsNull() ? null : Id();

    public string Text() => reader.GetString(_next++);

    public string? TextOrNull() => IsNull() ? null : Text();

    public int Number() => reader.GetInt32(_next++);

    /// <summary>What <c>count(*)</c> returns.</summary>
    public int Count() => (int)reader.GetInt64(_next++);

    public DateTimeOffset Moment() => provider == DatabaseProvider.Sqlite
        ? SqliteMoments.ToMoment(reader.GetInt64(_next++))
        : new DateTimeOffset(reader.GetDateTime(_next++));

    public DateTimeOffset? MomentOrNull() => IsNull() ? null : Moment();

    public TEnum Word<TEnum>()
        where TEnum : struct, Enum => EnumWords<TEnum>.ToValue(Text());

    public TEnum? WordOrNull<TEnum>()
        where TEnum : struct, Enum => IsNull() ? null : Word<TEnum>();

    /// <summary>Who made something, and who changed it last, from the columns of <see cref="People.Columns"/>.</summary>
    public (UserInfo Creator, UserInfo Editor) PeopleOf()
    {
        var creator = Person(ref _lastCreator);
        if (!IsNull())
            return (creator, Person(ref _lastEditor));

        _next += People.ColumnsOfOne - 1;
        return (creator, creator);
    }

    /// <summary>On a page it is nearly always the person of the row before, whose texts needn't be read again.</summary>
    private UserInfo Person(ref UserInfo? last)
    {
        var id = Id();
        if (last?.Id == id)
            _next += People.ColumnsOfOne - 1;
        else
            last = new UserInfo(id, Text(), Text());
        return last;
    }

    private bool IsNull()
    {
        if (!reader.IsDBNull(_next))
            return false;

        _next++;
        return true;
    }
}

/// <summary>The part of a SELECT that says who made something and who changed it last; the second is null where it is the first.</summary>
internal static class People
{
    public const int ColumnsOfOne = 3;

    public const string Columns = "creator.id, creator.full_name, creator.email, editor.id, editor.full_name, editor.email";

    /// <summary>What <see cref="Columns"/> needs after the FROM.</summary>
    /// <param name="item">The alias of the table that has <c>created_by_id</c> and <c>updated_by_id</c>.</param>
    public static string Joins(string item) =>
        $" JOIN users creator ON creator.id = {item}.created_by_id"
        + $" LEFT JOIN users editor ON editor.id = {item}.updated_by_id AND {item}.updated_by_id <> {item}.created_by_id";
}
