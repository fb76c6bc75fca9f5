namespace StackAgent.Bench;

/// <summary>A table for a terminal that can be pasted into Markdown.</summary>
internal sealed class Table(params string[] columns)
{
    private readonly List<string[]> _rows = [columns];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Print(string title)
    {
        var widths = columns.Select((_, column) => _rows.Max(row => row[column].Length)).ToArray();
        Console.WriteLine($"\n## {title}\n");
        for (var i = 0; i < _rows.Count; i++)
        {
            Console.WriteLine($"| {string.Join(" | ", _rows[i].Select((cell, column) => cell.PadRight(widths[column])))} |");
            if (i == 0)
                Console.WriteLine($"|{string.Join('|', widths.Select(width => new string('-', width + 2)))}|");
        }

        Console.WriteLine();
    }
}
