using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Movement;

/// <summary>
/// The past of a stream of columns. Each of <see cref="Rows"/> rows of X holds <see cref="New"/> columns that join the line, and others that do not. With
/// N columns in the line, these included, a row of Y is: the columns of Head; columns N − Lag − Length … N − Lag − 1 of the line; the <see cref="Tail"/> columns of X
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

    /// <summary>Columns from one row of Head to the next.</summary>
    public int HeadPitch;

    /// <summary>Bytes of one column of a row.</summary>
    public int ColumnBytes;

    public long Skip;

    /// <summary>float32 unless zero.</summary>
    public float Fill;
}

static unsafe class HistoryKernels
{
    public static KernelFamily<HistoryArgs> Family { get; } =
        new KernelFamily<HistoryArgs>("history.b8", "y = [head | columns N − lag − length … N − lag − 1 of all x so far | tail of x]", &Run).With(Isa.Vector128, &RunLanes<Lanes4>).With(Isa.Avx2, &RunLanes<Lanes8>);

    /// <summary>Where a run's columns are, in columns: what is asked for begins with Filled made-up ones, goes on with Old from the ring and ends with Fresh from X.</summary>
    readonly struct Pieces
    {
        public readonly long Line;
        public readonly int Filled, Old, Read, Fresh, At, Taken, Write;

        public Pieces(HistoryArgs* a)
        {
            // Unsigned divisions, at most four per call, are cheaper than state that would have to be trusted.
            ulong runs = (ulong)*a->Clock, phases = (uint)a->Phases, visits = phases == 1 ? runs : runs / phases;
            Line = (long)(runs - visits * phases) * a->Rows * a->Capacity;
            long before = (long)visits * a->New, last = before + a->New - a->Lag, first = last - a->Length;
            Filled = (int)Math.Clamp(a->Skip - first, 0, a->Length);
            long start = first + Filled;
            Old = (int)Math.Clamp(before - start, 0, last - start);
            Fresh = (int)(last - start) - Old;
            At = (int)Math.Max(0, start - before);
            Read = Old > 0 ? (int)((ulong)start % (uint)a->Capacity) : 0;
            // Of the new columns the ring takes those that later runs may ask for.
            Taken = Math.Min(a->New, a->Capacity);
            Write = Taken > 0 ? (int)((ulong)(before + a->New - Taken) % (uint)a->Capacity) : 0;
        }
    }

    static void Run(HistoryArgs* a)
    {
        var p = new Pieces(a);
        for (int row = 0; row < a->Rows; row++)
        {
            byte* x = a->X + (long)row * a->XColumns * a->ColumnBytes, ring = a->Rings + (p.Line + (long)row * a->Capacity) * a->ColumnBytes;
            byte* y = a->Y + (long)row * (a->HeadColumns + a->Length + a->Tail) * a->ColumnBytes;
            for (int c = 0; c < a->HeadColumns; c++) Copy(a->Head, row * (long)a->HeadPitch + c);
            for (int c = 0; c < p.Filled; c++, y += a->ColumnBytes)
            {
                if (a->Fill == 0) new Span<byte>(y, a->ColumnBytes).Clear();
                else new Span<float>(y, a->ColumnBytes / sizeof(float)).Fill(a->Fill);
            }
            for (int c = 0; c < p.Old; c++) Copy(ring, (p.Read + c) % a->Capacity);
            for (int c = 0; c < p.Fresh; c++) Copy(x, p.At + c);
            for (int c = 0; c < a->Tail; c++) Copy(x, a->New + c);
            for (int c = 0; c < p.Taken; c++)
            {
                y = ring + (long)((p.Write + c) % a->Capacity) * a->ColumnBytes;
                Copy(x, a->New - p.Taken + c);
            }

            void Copy(byte* from, long column)
            {
                Buffer.MemoryCopy(from + column * a->ColumnBytes, y, a->ColumnBytes, a->ColumnBytes);
                y += a->ColumnBytes;
            }
        }
    }

    /// <summary>Columns of whole floats, a vector at a time. What is asked for lies in the ring in at most two pieces, and so does what is kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void RunLanes<V>(HistoryArgs* a) where V : unmanaged, ILanes<V>
    {
        if (a->ColumnBytes % sizeof(float) != 0)
        {
            Run(a);
            return;
        }
        var p = new Pieces(a);
        int floats = a->ColumnBytes / sizeof(float), capacity = a->Capacity * floats, read = p.Read * floats, old = p.Old * floats, leading = Math.Min(old, capacity - read);
        int fresh = p.Fresh * floats, head = a->HeadColumns * floats, filled = p.Filled * floats, tail = a->Tail * floats, xRow = a->XColumns * floats, headRow = a->HeadPitch * floats;
        int taken = p.Taken * floats, write = p.Write * floats, untilEnd = Math.Min(taken, capacity - write);
        float* x = (float*)a->X, ring = (float*)a->Rings + p.Line * floats, before = (float*)a->Head, y = (float*)a->Y;
        float* from = x + (long)p.At * floats, behind = x + (long)a->New * floats, kept = behind - taken;
        bool plain = head + filled + tail == 0 && leading == old && untilEnd == taken;
        for (int row = 0; row < a->Rows; row++, from += xRow, behind += xRow, kept += xRow, ring += capacity)
        {
            if (plain)
            {
                y = Copy<V>(ring + read, y, old);
                y = Copy<V>(from, y, fresh);
                Copy<V>(kept, ring + write, taken);
                continue;
            }
            y = Copy<V>(before, y, head);
            before += headRow;
            if (filled > 0) new Span<float>(y, filled).Fill(a->Fill);
            y = Copy<V>(ring + read, y + filled, leading);
            y = Copy<V>(ring, y, old - leading);
            y = Copy<V>(from, y, fresh);
            y = Copy<V>(behind, y, tail);
            Copy<V>(kept, ring + write, untilEnd);
            Copy<V>(kept + untilEnd, ring, taken - untilEnd);
        }
    }

    /// <summary>Copies n floats and returns the end. Most pieces are short: there a loop is over before a call has begun.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float* Copy<V>(float* from, float* to, int n) where V : unmanaged, ILanes<V>
    {
        const int Short = 64;
        if (n > Short) Buffer.MemoryCopy(from, to, n * (long)sizeof(float), n * (long)sizeof(float));
        else if (n >= V.Count)
        {
            int last = n - V.Count; // the last vector may write some floats once more
            for (int i = 0; i < last; i += V.Count) V.Store(V.Load(from + i), to + i);
            V.Store(V.Load(from + last), to + last);
        }
        else if (n >= 4)
        {
            Vector128<float> first = Vector128.Load(from), end = Vector128.Load(from + n - 4);
            Vector128.Store(first, to);
            Vector128.Store(end, to + n - 4);
        }
        else if (n >= 2)
        {
            ulong first = *(ulong*)from, end = *(ulong*)(from + n - 2);
            *(ulong*)to = first;
            *(ulong*)(to + n - 2) = end;
        }
        else if (n == 1) *to = *from;
        return to + n;
    }
}
