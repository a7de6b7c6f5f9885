namespace EdgeQinn.Cli.Demo;

/// <summary>A drawing of dots, two by four to a character cell, in Unicode braille.</summary>
sealed class BrailleCanvas(int columns, int rows)
{
    readonly byte[] _cells = new byte[columns * rows];

    /// <summary>Dots across.</summary>
    public int Width => columns * 2;

    /// <summary>Dots down.</summary>
    public int Height => rows * 4;

    /// <summary>Draws the dots of one column from <paramref name="top"/> to <paramref name="bottom"/>, both included.</summary>
    public void Column(int x, int top, int bottom)
    {
        for (int y = Math.Max(top, 0); y <= Math.Min(bottom, Height - 1); y++) _cells[y / 4 * columns + x / 2] |= Dot(x & 1, y & 3);
    }

    /// <summary>The character of a cell; a space where it is empty.</summary>
    public char this[int column, int row] => _cells[row * columns + column] is var dots and not 0 ? (char)(0x2800 + dots) : ' ';

    /// <summary>Braille numbers its dots down the left, down the right, then the bottom row.</summary>
    static byte Dot(int x, int y) => (byte)(y == 3 ? 0x40 << x : 1 << (y + 3 * x));
}
