namespace EdgeQinn.Cli.Output;

/// <summary>Lines up columns: text to the left, numbers to the right.</summary>
sealed class TextTable
{
    readonly bool[] _right;
    readonly List<string[]> _rows = [];

    /// <param name="headings">Column headings; one that starts with <c>&gt;</c> stands over a column aligned to the right.</param>
    public TextTable(params ReadOnlySpan<string> headings)
    {
        _right = new bool[headings.Length];
        var row = new string[headings.Length];
        for (int i = 0; i < row.Length; i++)
        {
            _right[i] = headings[i].StartsWith('>');
            row[i] = headings[i].TrimStart('>');
        }
        _rows.Add(row);
    }

    /// <summary>Adds a row with a cell per column.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Prints heading and rows.</summary>
    public void Write(TextWriter output)
    {
        int[] widths = [.. Enumerable.Range(0, _right.Length).Select(c => _rows.Max(r => r[c].Length))];
        foreach (string[] row in _rows)
            output.WriteLine(string.Join("  ", row.Select((cell, c) => _right[c] ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]))).TrimEnd());
    }
}
