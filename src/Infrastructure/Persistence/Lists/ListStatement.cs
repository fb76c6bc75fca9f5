using System.Globalization;
using System.Text;

namespace StackAgent.Infrastructure.Persistence.Lists;

/// <summary>A SELECT with its values, in the SQL that both databases understand; parameters are <c>$1</c>, <c>$2</c> and so on.</summary>
internal sealed class ListStatement
{
    private readonly StringBuilder _sql = new(capacity: 2048);
    private readonly List<object> _values = [];

    public string Sql => _sql.ToString();

    public IReadOnlyList<object> Values => _values;

    public ListStatement Add(string sql)
    {
        _sql.Append(sql);
        return this;
    }

    /// <summary>A value to put into the SQL wherever it is wanted, any number of times.</summary>
    public string Value(object value)
    {
        _values.Add(value);
        return string.Create(CultureInfo.InvariantCulture, $"${_values.Count}");
    }
}
