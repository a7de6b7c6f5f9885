using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

/// <summary>Arguments of <see cref="GruDense"/> and <see cref="LstmDense"/>: one sequence, G gates of H units in ONNX's order.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct DenseRecurrenceArgs
{
    /// <summary>The inputs' part of the gates, W xₜ + Wb [Steps, G · H].</summary>
    public float* X;

    /// <summary>The recurrent weights as <see cref="DenseRecurrence.Pack"/> laid them out for the kernel's panel.</summary>
    public float* R;

    /// <summary>The recurrent biases [G · H].</summary>
    public float* B;

    /// <summary>The states to start from [H]; null for zero.</summary>
    public float* InitialState, InitialCell;

    /// <summary>The final hidden state and, for an LSTM, cell state [H].</summary>
    public float* State, Cell;

    /// <summary>The hidden state after every step, <see cref="YStep"/> floats apart; null for nowhere.</summary>
    public float* Y;

    /// <summary>Room for <see cref="DenseRecurrence.WorkLength"/> floats.</summary>
    public float* Work;

    /// <summary>The number of steps to run, at most <see cref="Steps"/>; null for all. Y is zero after them.</summary>
    public int* Length;

    /// <summary>Floats from one step's Y to the next.</summary>
    public long YStep;

    /// <summary>Steps that X and Y have room for.</summary>
    public int Steps;

    /// <summary>Units.</summary>
    public int H;

    /// <summary>Whether time runs backwards.</summary>
    public bool Reverse;
}

/// <summary>A cell that <see cref="DenseRecurrence.Run"/> steps through time, block by block of as many units as a register has lanes.</summary>
unsafe interface IDenseCell
{
    /// <summary>Gates per unit.</summary>
    static abstract int Gates { get; }

    /// <summary>Writes R h + b of the units u … to <paramref name="sums"/> [Gates, lanes]; <paramref name="back"/> tells the way through the weights.</summary>
    static abstract void Sums<V>(DenseRecurrenceArgs* a, int u, bool back, float* state, float* sums) where V : unmanaged, ILanes<V>;

    /// <summary>Writes the new hidden state of the units u … to <paramref name="next"/> and, unless null, <paramref name="y"/>.</summary>
    static abstract void Update<V>(DenseRecurrenceArgs* a, int u, float* sums, float* x, float* state, float* next, float* y) where V : unmanaged, ILanes<V>;
}

/// <summary>What the dense recurrences share: the layout of the weights and the way in and out of the time loop.</summary>
/// <remarks>
/// The units are cut into blocks of L = <see cref="Kernel{TArgs}.Panel"/> lanes, the last filled up with zeros; weights are stored
/// [block][n][gate][lane], so that one pass over a block gives all gates of its units. Every other step runs backwards over the weights:
/// where they are somewhat larger than the first-level cache, the part still in it is used first instead of being evicted first.
/// </remarks>
public static unsafe class DenseRecurrence
{
    const int MostGates = 4;

    /// <summary>Floats of <see cref="DenseRecurrenceArgs.Work"/>: two hidden states and a cell state, filled up to whole registers, and two blocks' sums.</summary>
    public static int WorkLength(int units, int panel) => 3 * Padded(units, panel) + 2 * MostGates * panel;

    /// <summary>Floats that <see cref="Pack"/> writes.</summary>
    public static long PackedLength(int gates, int units, int panel) => (long)gates * units * Padded(units, panel);

    /// <summary>Lays R [gates · units, units] out for a kernel with that panel.</summary>
    public static void Pack(ReadOnlySpan<float> weights, int gates, int units, int panel, Span<float> packed)
    {
        for (int u = 0; u < units; u++)
            for (int n = 0; n < units; n++)
                for (int g = 0; g < gates; g++)
                    packed[((u / panel * units + n) * gates + g) * panel + u % panel] = weights[(g * units + u) * units + n];
    }

    /// <summary>
    /// The time loop. Two blocks at a time: their updates are long chains of dependent instructions, which then overlap each other and the
    /// next blocks' sums.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run<C, V>(DenseRecurrenceArgs* a) where C : struct, IDenseCell where V : unmanaged, ILanes<V>
    {
        int h = a->H, padded = Padded(h, V.Count), steps = Start(a, padded), last = padded - V.Count;
        float* state = a->Work, next = a->Work + padded, sums = a->Work + 3 * padded;
        for (int s = 0; s < steps; s++)
        {
            int t = a->Reverse ? steps - 1 - s : s;
            float* x = a->X + (long)t * C.Gates * h, y = a->Y == null ? null : a->Y + t * a->YStep;
            bool back = (s & 1) != 0;
            for (int u = 0; u <= last; u += 2 * V.Count)
            {
                int first = back ? last - u : u, second = back ? first - V.Count : first + V.Count;
                bool both = u < last;
                C.Sums<V>(a, first, back, state, sums);
                if (both) C.Sums<V>(a, second, back, state, sums + MostGates * V.Count);
                C.Update<V>(a, first, sums, x, state, next, y);
                if (both) C.Update<V>(a, second, sums + MostGates * V.Count, x, state, next, y);
            }
            float* swap = state;
            state = next;
            next = swap;
        }
        Finish(a, state, a->Work + 2 * padded, steps);
    }

    /// <summary>The first <paramref name="units"/> floats at p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Load<V>(float* p, int units) where V : unmanaged, ILanes<V> => units == V.Count ? V.Load(p) : V.LoadFirst(p, units);

    internal static int Padded(int units, int panel) => (units + panel - 1) / panel * panel;

    /// <summary>Sets the states to start from, zero beyond the units, and returns the number of steps to run.</summary>
    internal static int Start(DenseRecurrenceArgs* a, int padded)
    {
        var work = new Span<float>(a->Work, 3 * padded);
        work.Clear();
        if (a->InitialState != null) new ReadOnlySpan<float>(a->InitialState, a->H).CopyTo(work);
        if (a->InitialCell != null) new ReadOnlySpan<float>(a->InitialCell, a->H).CopyTo(work[(2 * padded)..]);
        return a->Length == null ? a->Steps : Math.Clamp(*a->Length, 0, a->Steps);
    }

    /// <summary>Hands the final states out and zeroes the outputs of steps that did not run.</summary>
    internal static void Finish(DenseRecurrenceArgs* a, float* state, float* cell, int steps)
    {
        new ReadOnlySpan<float>(state, a->H).CopyTo(new Span<float>(a->State, a->H));
        if (a->Cell != null) new ReadOnlySpan<float>(cell, a->H).CopyTo(new Span<float>(a->Cell, a->H));
        if (a->Y == null) return;
        for (int t = steps; t < a->Steps; t++) new Span<float>(a->Y + t * a->YStep, a->H).Clear();
    }
}
