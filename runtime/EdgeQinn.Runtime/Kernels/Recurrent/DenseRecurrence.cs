using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

/// <summary>Arguments of <see cref="GruDense"/> and <see cref="LstmDense"/>: sequences independent of each other, G gates of H units in ONNX's order.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct DenseRecurrenceArgs
{
    /// <summary>The inputs' part of the gates, W xₜ + Wb [Steps, G · H] of each stream.</summary>
    public float* X;

    /// <summary>The recurrent weights as <see cref="DenseRecurrence.Pack"/> laid them out for the kernel's panel.</summary>
    public float* R;

    /// <summary>The recurrent biases [G · H].</summary>
    public float* B;

    /// <summary>The states to start from [Streams, H]; null for zero.</summary>
    public float* InitialState, InitialCell;

    /// <summary>The final hidden state and, for an LSTM, cell state [Streams, H].</summary>
    public float* State, Cell;

    /// <summary>The hidden state after every step, <see cref="YStep"/> floats apart; null for nowhere.</summary>
    public float* Y;

    /// <summary>Room for <see cref="DenseRecurrence.WorkLength"/> floats.</summary>
    public float* Work;

    /// <summary>The number of steps to run [Streams], at most <see cref="Steps"/>; null for all. Y is zero after them.</summary>
    public int* Length;

    /// <summary>Floats from one step's X, and Y, to the next.</summary>
    public long XStep, YStep;

    /// <summary>Floats from one stream's X, and Y, to the next.</summary>
    public long XStream, YStream;

    /// <summary>The number of sequences.</summary>
    public int Streams;

    /// <summary>Steps that X and Y have room for.</summary>
    public int Steps;

    /// <summary>Units.</summary>
    public int H;

    /// <summary>Whether time runs backwards.</summary>
    public bool Reverse;
}

/// <summary>The streams that step together, known when it is compiled.</summary>
interface IStreamCount
{
    static abstract int Count { get; }
}

readonly struct Streams2 : IStreamCount { public static int Count => 2; }
readonly struct Streams3 : IStreamCount { public static int Count => 3; }
readonly struct Streams4 : IStreamCount { public static int Count => 4; }

/// <summary>A cell that <see cref="DenseRecurrence.Run"/> steps through time, block by block of as many units as a register has lanes.</summary>
unsafe interface IDenseCell
{
    /// <summary>Gates per unit.</summary>
    static abstract int Gates { get; }

    /// <summary>The most streams whose sums, and the weights they share, fit the registers.</summary>
    static abstract int MostStreams { get; }

    /// <summary>Writes R h + b of the units u … to <paramref name="sums"/> [Gates, lanes]; <paramref name="back"/> tells the way through the weights.</summary>
    static abstract void Sums<V>(DenseRecurrenceArgs* a, int u, bool back, float* state, float* sums) where V : unmanaged, ILanes<V>;

    /// <summary>As Sums for S streams, whose states are <paramref name="stride"/> floats apart, to [S, Gates, lanes]: weights are loaded once for all.</summary>
    static abstract void SumsOf<V, S>(DenseRecurrenceArgs* a, int u, bool back, float* state, nint stride, float* sums) where V : unmanaged, ILanes<V> where S : struct, IStreamCount;

    /// <summary>Writes the new hidden state of the units u … to <paramref name="next"/> and, unless null, <paramref name="y"/>; updates those of <paramref name="cell"/>.</summary>
    static abstract void Update<V>(DenseRecurrenceArgs* a, int u, float* sums, float* x, float* state, float* next, float* cell, float* y) where V : unmanaged, ILanes<V>;

    /// <summary>As Update on Arm64, of the first <paramref name="blocks"/> blocks of four of the <paramref name="h"/> units; <paramref name="constants"/> are those of <see cref="GateActivations"/>.</summary>
    static abstract void NeonUpdates(float* constants, int h, int blocks, float* sums, float* x, float* state, float* next, float* cell, float* y);
}

/// <summary>What the dense recurrences share: the layout of the weights and the way in and out of the time loop.</summary>
/// <remarks>
/// The units are cut into blocks of L = <see cref="Kernel{TArgs}.Panel"/> lanes, the last filled up with zeros; weights are stored
/// [block][n][gate][lane], so that one pass over a block gives all gates of its units. Every other step runs backwards over the weights:
/// where they are somewhat larger than the first-level cache, the part still in it is used first instead of being evicted first.
/// Up to four streams step together: the weights are then loaded once for all.
/// </remarks>
public static unsafe partial class DenseRecurrence
{
    const int MostGates = 4, MostStreams = 4;

    /// <summary>
    /// Floats of <see cref="DenseRecurrenceArgs.Work"/>: for each stream that steps at once two hidden states and a cell state, filled up to whole
    /// registers, and room for sums: those of one block of units, or, on Arm64 with their biases, of all.
    /// </summary>
    public static int WorkLength(int units, int panel, int streams) =>
        3 * Math.Clamp(streams, 1, MostStreams) * Padded(units, panel) + Math.Max(MostStreams * MostGates * panel, panel == 4 ? 2 * MostGates * Padded(units, panel) : 0);

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

    /// <summary>All streams: as many together as the cell takes, shared out evenly; one by one where their lengths differ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run<C, V>(DenseRecurrenceArgs* a) where C : struct, IDenseCell where V : unmanaged, ILanes<V>
    {
        for (int first = 0, together; first < a->Streams; first += together)
        {
            var some = Stream(a, first);
            int left = a->Streams - first, rounds = (left + C.MostStreams - 1) / C.MostStreams;
            together = a->Length != null ? 1 : (left + rounds - 1) / rounds;
            if (together == 4) Several<C, V, Streams4>(&some);
            else if (together == 3) Several<C, V, Streams3>(&some);
            else if (together == 2) Several<C, V, Streams2>(&some);
            else if (AdvSimd.Arm64.IsSupported && V.Count == 4) NeonOne<C>(&some);
            else One<C, V>(&some);
        }
    }

    /// <summary>
    /// The time loop of one stream. Two blocks at a time: their updates are long chains of dependent instructions, which then overlap each other
    /// and the next blocks' sums.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void One<C, V>(DenseRecurrenceArgs* a) where C : struct, IDenseCell where V : unmanaged, ILanes<V>
    {
        int h = a->H, padded = Padded(h, V.Count), steps = Start(a, a->Work, 0, padded), last = padded - V.Count;
        float* state = a->Work, next = a->Work + padded, cell = a->Work + 2 * padded, sums = a->Work + 3 * padded;
        for (int s = 0; s < steps; s++)
        {
            int t = a->Reverse ? steps - 1 - s : s;
            float* x = a->X + t * a->XStep, y = a->Y == null ? null : a->Y + t * a->YStep;
            bool back = (s & 1) != 0;
            for (int u = 0; u <= last; u += 2 * V.Count)
            {
                int first = back ? last - u : u, second = back ? first - V.Count : first + V.Count;
                bool both = u < last;
                C.Sums<V>(a, first, back, state, sums);
                if (both) C.Sums<V>(a, second, back, state, sums + MostGates * V.Count);
                C.Update<V>(a, first, sums, x, state, next, cell, y);
                if (both) C.Update<V>(a, second, sums + MostGates * V.Count, x, state, next, cell, y);
            }
            float* swap = state;
            state = next;
            next = swap;
        }
        Finish(a, 0, state, cell, steps);
    }

    /// <summary>The time loop of S streams of one length, block by block: their updates overlap each other and the next block's sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Several<C, V, S>(DenseRecurrenceArgs* a) where C : struct, IDenseCell where V : unmanaged, ILanes<V> where S : struct, IStreamCount
    {
        int padded = Padded(a->H, V.Count), last = padded - V.Count, stride = 3 * padded, steps = a->Steps;
        for (int i = 0; i < S.Count; i++) Start(a, a->Work + i * stride, i, padded);
        float* state = a->Work, next = a->Work + padded, cell = a->Work + 2 * padded, sums = a->Work + S.Count * stride;
        for (int s = 0; s < steps; s++)
        {
            int t = a->Reverse ? steps - 1 - s : s;
            float* x = a->X + t * a->XStep, y = a->Y == null ? null : a->Y + t * a->YStep;
            bool back = (s & 1) != 0;
            for (int u = 0; u <= last; u += V.Count)
            {
                int block = back ? last - u : u;
                C.SumsOf<V, S>(a, block, back, state, stride, sums);
                for (int i = 0; i < S.Count; i++)
                    C.Update<V>(a, block, sums + i * C.Gates * V.Count, x + i * a->XStream, state + i * stride, next + i * stride, cell + i * stride, y == null ? null : y + i * a->YStream);
            }
            float* swap = state;
            state = next;
            next = swap;
        }
        for (int i = 0; i < S.Count; i++) Finish(a, i, state + i * stride, cell + i * stride, steps);
    }

    /// <summary>The first <paramref name="units"/> floats at p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static V Load<V>(float* p, int units) where V : unmanaged, ILanes<V> => units == V.Count ? V.Load(p) : V.LoadFirst(p, units);

    internal static int Padded(int units, int panel) => (units + panel - 1) / panel * panel;

    /// <summary>The arguments that begin with stream <paramref name="i"/>.</summary>
    internal static DenseRecurrenceArgs Stream(DenseRecurrenceArgs* a, int i)
    {
        var from = *a;
        nint states = (nint)i * a->H;
        from.X += i * a->XStream;
        from.State += states;
        if (a->Cell != null) from.Cell += states;
        if (a->InitialState != null) from.InitialState += states;
        if (a->InitialCell != null) from.InitialCell += states;
        if (a->Y != null) from.Y += i * a->YStream;
        if (a->Length != null) from.Length += i;
        return from;
    }

    /// <summary>Sets the states that stream <paramref name="i"/> starts from, zero beyond the units, and returns the number of steps to run.</summary>
    internal static int Start(DenseRecurrenceArgs* a, float* states, int i, int padded)
    {
        var work = new Span<float>(states, 3 * padded);
        work.Clear();
        if (a->InitialState != null) new ReadOnlySpan<float>(a->InitialState + (nint)i * a->H, a->H).CopyTo(work);
        if (a->InitialCell != null) new ReadOnlySpan<float>(a->InitialCell + (nint)i * a->H, a->H).CopyTo(work[(2 * padded)..]);
        return a->Length == null ? a->Steps : Math.Clamp(a->Length[i], 0, a->Steps);
    }

    /// <summary>Hands the final states of stream <paramref name="i"/> out and zeroes the outputs of steps that did not run.</summary>
    internal static void Finish(DenseRecurrenceArgs* a, int i, float* state, float* cell, int steps)
    {
        nint at = (nint)i * a->H;
        new ReadOnlySpan<float>(state, a->H).CopyTo(new Span<float>(a->State + at, a->H));
        if (a->Cell != null) new ReadOnlySpan<float>(cell, a->H).CopyTo(new Span<float>(a->Cell + at, a->H));
        if (a->Y == null) return;
        for (int t = steps; t < a->Steps; t++) new Span<float>(a->Y + t * a->YStep + i * a->YStream, a->H).Clear();
    }
}
