namespace EdgeQinn.Runtime.Kernels.Movement;

/// <summary>
/// The past of a stream of columns. Each of <see cref="Rows"/> rows of X holds <see cref="New"/> columns that join the line, and others that do not. With
/// N columns in the line, these included, a row of Y is: all of Head; columns N − Lag − Length … N − Lag − 1 of the line; the <see cref="Tail"/> columns of X
/// that follow the new ones. Columns before number <see cref="Skip"/> are <see cref="Fill"/>.
/// </summary>
/// <remarks>
/// Rings hold the columns before this run's that may still be asked for, column n at n mod <see cref="Capacity"/>; the new ones are read from X. There are
/// <see cref="Phases"/> lines, and run r has line r mod Phases. What N is follows from the clock, so that no position is stored and no contents of the rings
/// can lead outside.
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
        int column = a->ColumnBytes, capacity = a->Capacity;
        byte* ring = a->Rings + (long)(runs % (uint)a->Phases) * a->Rows * capacity * column;

        // Columns first … last − 1 are asked for: some before Skip, some from the ring, where they may go round its end, some from X.
        long before = (long)visits * a->New, last = before + a->New - a->Lag, first = last - a->Length;
        int filled = (int)Math.Clamp(a->Skip - first, 0, a->Length);
        long start = first + filled;
        int old = (int)Math.Clamp(before - start, 0, last - start), fresh = (int)(last - start) - old, at = (int)Math.Max(0, start - before);
        int read = old > 0 ? (int)(start % capacity) : 0, leading = Math.Min(old, capacity - read);

        // Of the new columns the ring takes those that later runs may ask for.
        int taken = Math.Min(a->New, capacity), write = taken > 0 ? (int)((before + a->New - taken) % capacity) : 0, untilEnd = Math.Min(taken, capacity - write);
        long xRow = (long)a->XColumns * column, ringRow = (long)capacity * column;
        byte* x = a->X, head = a->Head, y = a->Y;
        for (int row = 0; row < a->Rows; row++, x += xRow, ring += ringRow)
        {
            Copy(ref y, head, a->HeadColumns * column);
            head += a->HeadColumns * column;
            if (filled > 0) FillColumns(ref y, filled * column, a->Fill);
            Copy(ref y, ring + (long)read * column, leading * column);
            if (old > leading) Copy(ref y, ring, (old - leading) * column);
            Copy(ref y, x + (long)at * column, fresh * column);
            Copy(ref y, x + (long)a->New * column, a->Tail * column);
            byte* to = ring + (long)write * column, from = x + (long)(a->New - taken) * column;
            Copy(ref to, from, untilEnd * column);
            if (taken > untilEnd) Buffer.MemoryCopy(from + (long)untilEnd * column, ring, ringRow, (long)(taken - untilEnd) * column);
        }
    }

    /// <summary>Copies and steps on. Most pieces are a few columns: there a loop is over before a call has begun.</summary>
    static void Copy(ref byte* to, byte* from, int bytes)
    {
        const int Short = 8 * sizeof(uint);
        if (bytes > Short || (bytes & 3) != 0) Buffer.MemoryCopy(from, to, bytes, bytes);
        else
            for (int i = 0; i < bytes; i += sizeof(uint)) *(uint*)(to + i) = *(uint*)(from + i);
        to += bytes;
    }

    static void FillColumns(ref byte* to, int bytes, float value)
    {
        if (value == 0) new Span<byte>(to, bytes).Clear();
        else new Span<float>(to, bytes / sizeof(float)).Fill(value);
        to += bytes;
    }
}
