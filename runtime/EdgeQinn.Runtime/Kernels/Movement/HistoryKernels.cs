namespace EdgeQinn.Runtime.Kernels.Movement;

/// <summary>
/// The past of a stream of columns. Each of <see cref="Rows"/> rows of X holds <see cref="New"/> columns that join the line, and others that do not. With
/// N columns in the line, these included, a row of Y is: all of Head; columns N − Lag − Length … N − Lag − 1 of the line; the <see cref="Tail"/> columns of X
/// that follow the new ones. Columns before number <see cref="Skip"/> are <see cref="Fill"/>.
/// </summary>
/// <remarks>
/// A line is a ring per row: column n lies at n mod <see cref="Capacity"/>. There are <see cref="Phases"/> lines, and run r has line r mod Phases. What N is
/// follows from the clock, so that no position is stored and no contents of the rings can lead outside.
/// </remarks>
unsafe struct HistoryArgs
{
    public byte* X, Head, Y, Rings;

    /// <summary>Runs before this one.</summary>
    public long* Clock;

    public int Rows, XColumns, New, HeadColumns, Length, Lag, Tail, Capacity, Phases;

    /// <summary>Bytes of one column of a row.</summary>
    public int ColumnBytes;

    public long Skip;

    /// <summary>float32 unless zero.</summary>
    public float Fill;
}

static unsafe class HistoryKernels
{
    public static KernelFamily<HistoryArgs> Family { get; } = new("history.b8", "y = [head | columns N − lag − length … N − lag − 1 of all x so far | tail of x]", &Run);

    static void Run(HistoryArgs* a)
    {
        // Unsigned 64-bit divisions, a few per call, are cheaper than state that would have to be trusted.
        ulong runs = (ulong)*a->Clock, visits = runs / (uint)a->Phases;
        byte* ring = a->Rings + (long)(runs % (uint)a->Phases) * a->Rows * a->Capacity * a->ColumnBytes;
        long before = (long)visits * a->New, first = before + a->New - a->Lag - a->Length;
        int column = a->ColumnBytes, capacity = a->Capacity;

        // The new columns go to [write, write + New) and, past the ring's end, to its start; so are the columns read.
        int write = (int)(before % capacity), written = Math.Min(a->New, capacity - write);
        int filled = (int)Math.Clamp(a->Skip - first, 0, a->Length), kept = a->Length - filled;
        int read = kept > 0 ? (int)((first + filled) % capacity) : 0, leading = Math.Min(kept, capacity - read);
        long xRow = (long)a->XColumns * column, yRow = ((long)a->HeadColumns + a->Length + a->Tail) * column, ringRow = (long)capacity * column;

        byte* x = a->X, head = a->Head, y = a->Y;
        for (int row = 0; row < a->Rows; row++, x += xRow, y += yRow, ring += ringRow)
        {
            Copy(ring + (long)write * column, x, written * column);
            Copy(ring, x + (long)written * column, (a->New - written) * column);
            byte* to = y;
            Copy(to, head, a->HeadColumns * column);
            head += a->HeadColumns * column;
            to += a->HeadColumns * column;
            if (filled > 0) FillColumns(to, filled * column, a->Fill);
            to += filled * column;
            Copy(to, ring + (long)read * column, leading * column);
            Copy(to + leading * column, ring, (kept - leading) * column);
            Copy(to + kept * column, x + (long)a->New * column, a->Tail * column);
        }
    }

    static void Copy(byte* to, byte* from, int bytes)
    {
        if (bytes > 0) Buffer.MemoryCopy(from, to, bytes, bytes);
    }

    static void FillColumns(byte* to, int bytes, float value)
    {
        if (value == 0) new Span<byte>(to, bytes).Clear();
        else new Span<float>(to, bytes / sizeof(float)).Fill(value);
    }
}
