namespace StackAgent.Bench;

/// <summary>A table for a terminal that can be pasted into Markdown.</summary>
internal sealed class Table(params string[] columns)
{
    private readonly List<string[]> _rows = [columns];

    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Columns in which every row is empty are left out.</summary>
    public void Print(string title)
    {
        var shown = Enumerable.Range(0, columns.Length).Where(column => _rows.Count == 1 || _rows.Skip(1).Any(row => row[column].Length > 0)).ToArray();
        var widths = shown.Select(column => _rows.Max(row => row[column].Length)).ToArray();
        Console.WriteLine($"\n## {title}\n");
        for (var i = 0; i < _rows.Count; i++)
        {
            Console.WriteLine($"| {string.Join(" | ", shown.Zip(widths, (column, width) => _rows[i][column].PadRight(width)))} |");
            if (i == 0)
                Console.WriteLine($"|{string.Join('|', widths.Select(width => new string('-', width + 2)))}|");
        }

        Console.WriteLine();
    }
}
