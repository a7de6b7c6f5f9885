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
/// Rings hold the columns before this run's that may still be asked for, column n at n mod <see cref="Capacity"/>, or, where each run brings as many
/// as a ring holds, from its start; the new ones are read from X. There are
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

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Pieces(HistoryArgs* a)
        {
            // Unsigned divisions are cheaper than state that would have to be trusted.
            ulong runs = (ulong)*a->Clock, phases = (uint)a->Phases, visits = runs;
            if (phases != 1)
            {
                visits = runs / phases;
                Line = (long)(runs - visits * phases) * a->Rows * a->Capacity;
            }
            long before = (long)visits * a->New;
            int fresh = a->New, capacity = a->Capacity, asked = a->Length, reach = asked + a->Lag - fresh; // columns before this run's that are asked for
            if (a->Skip > before - reach)
            {
                Filled = (int)Math.Min(a->Skip - (before - reach), asked);
                (asked, reach) = (asked - Filled, reach - Filled);
            }
            Old = Math.Clamp(reach, 0, asked);
            Fresh = asked - Old;
            At = Math.Max(0, -reach);
            // Of the new columns the ring takes those that later runs may ask for.
            Taken = Math.Min(fresh, capacity);
            if (Taken == 0) return;
            // A ring that every run fills anew begins at its start each time: no division, and nothing lies in two pieces.
            Write = fresh >= capacity ? 0 : (int)((ulong)before % (uint)capacity);
            // All that is remembered begins here, a whole ring before column number "before".
            Read = Old > 0 ? Wrapped(Write + Filled, capacity) : 0;
        }

        static int Wrapped(int at, int capacity) => at < capacity ? at : at - capacity;
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

    /// <summary>Columns of whole floats. What is asked for lies in the ring in at most two pieces, and so does what is kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void RunLanes<V>(HistoryArgs* a) where V : unmanaged, ILanes<V>
    {
        if (a->ColumnBytes % sizeof(float) != 0)
        {
            Run(a);
            return;
        }
        var p = new Pieces(a);
        int floats = a->ColumnBytes / sizeof(float), rows = a->Rows, head = a->HeadColumns * floats, filled = p.Filled * floats, old = p.Old * floats, fresh = p.Fresh * floats, tail = a->Tail * floats;
        int read = p.Read * floats, write = p.Write * floats, taken = p.Taken * floats;
        nint pitch = (nint)a->Capacity * floats, xPitch = (nint)a->XColumns * floats, yPitch = head + (nint)(a->Length + a->Tail) * floats;
        int leading = (int)Math.Min(old, pitch - read), untilEnd = (int)Math.Min(taken, pitch - write);
        float* x = (float*)a->X, ring = (float*)a->Rings + p.Line * floats, y = (float*)a->Y;
        float* behind = x + (nint)a->New * floats, kept = behind - taken;
        // Piece by piece through all rows, so that how to copy is decided once per piece. The ring is read before it is written.
        CopyRows<V>((float*)a->Head, (nint)a->HeadPitch * floats, y, yPitch, rows, head);
        y += head;
        if (filled > 0)
            for (int row = 0; row < rows; row++) new Span<float>(y + row * yPitch, filled).Fill(a->Fill);
        y += filled;
        CopyRows<V>(ring + read, pitch, y, yPitch, rows, leading);
        CopyRows<V>(ring, pitch, y + leading, yPitch, rows, old - leading);
        CopyRows<V>(x + (nint)p.At * floats, xPitch, y + old, yPitch, rows, fresh);
        CopyRows<V>(behind, xPitch, y + old + fresh, yPitch, rows, tail);
        CopyRows<V>(kept, xPitch, ring + write, pitch, rows, untilEnd);
        CopyRows<V>(kept + untilEnd, xPitch, ring, pitch, rows, taken - untilEnd);
    }

    /// <summary>Copies n floats of each row; n is 0 more often than not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void CopyRows<V>(float* from, nint fromPitch, float* to, nint toPitch, int rows, int n) where V : unmanaged, ILanes<V>
    {
        if (n > 0) CopySome<V>(from, fromPitch, to, toPitch, rows, n);
    }

    /// <summary>Most pieces are short: two that may overlap cover any n up to twice a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CopySome<V>(float* from, nint fromPitch, float* to, nint toPitch, int rows, int n) where V : unmanaged, ILanes<V>
    {
        const int Short = 64;
        float* end = to + rows * toPitch;
        if (n > Short)
        {
            for (; to != end; from += fromPitch, to += toPitch) Buffer.MemoryCopy(from, to, n * (long)sizeof(float), n * (long)sizeof(float));
        }
        else if (n > 2 * V.Count)
        {
            int last = n - V.Count; // the last vector may write some floats once more
            for (; to != end; from += fromPitch, to += toPitch)
            {
                for (int i = 0; i < last; i += V.Count) V.Store(V.Load(from + i), to + i);
                V.Store(V.Load(from + last), to + last);
            }
        }
        else if (n >= V.Count)
        {
            int last = n - V.Count;
            for (; to != end; from += fromPitch, to += toPitch)
            {
                V first = V.Load(from), second = V.Load(from + last);
                V.Store(first, to);
                V.Store(second, to + last);
            }
        }
        else if (n >= 4)
        {
            int last = n - 4;
            for (; to != end; from += fromPitch, to += toPitch)
            {
                Vector128<float> first = Vector128.Load(from), second = Vector128.Load(from + last);
                Vector128.Store(first, to);
                Vector128.Store(second, to + last);
            }
        }
        else if (n >= 2)
        {
            int last = n - 2;
            for (; to != end; from += fromPitch, to += toPitch)
            {
                ulong first = *(ulong*)from, second = *(ulong*)(from + last);
                *(ulong*)to = first;
                *(ulong*)(to + last) = second;
            }
        }
        else
            for (; to != end; from += fromPitch, to += toPitch) *to = *from;
    }
}
