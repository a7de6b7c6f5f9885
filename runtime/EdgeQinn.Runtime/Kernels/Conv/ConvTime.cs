using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>One vector's worth of consecutive outputs of a row of the output volume.</summary>
/// <param name="X">Offset of the first output's window from the group's input.</param>
/// <param name="Y">Offset of the first output from its channel's plane.</param>
/// <param name="Count">Outputs, at most the kernel's lanes.</param>
public readonly record struct ConvSlot(int X, int Y, int Count);

/// <summary>Arguments of <see cref="ConvTime"/>. Sizes and strides are in elements.</summary>
public unsafe struct ConvTimeArgs
{
    /// <summary>Input prepared by <see cref="ConvPad"/>; readable for a full vector at every slot and tap.</summary>
    public float* X;

    /// <summary>Weights [Groups, ⌈Rows / block⌉, Taps, block], block being the kernel's panel.</summary>
    public float* W;

    /// <summary>Bias [Groups, ⌈Rows / block⌉·block].</summary>
    public float* Bias;

    /// <summary>Output [Batch, Groups·Rows, Plane].</summary>
    public float* Y;

    /// <summary>Scratch of <see cref="ConvTime.ScratchLength"/> floats.</summary>
    public float* Scratch;

    /// <summary>The distance of each tap from its window's first element, [Taps].</summary>
    public int* Offsets;

    public ConvSlot* Slots;

    public int Batch, Groups, Rows, Taps, SlotCount;

    /// <summary>Outputs per channel, after pooling.</summary>
    public int Plane;

    /// <summary>Distance between groups, and between images, in X.</summary>
    public int XGroup, XImage;

    /// <summary>Max-pool length over the slots, which then form one row; 1 for none.</summary>
    public int Pool;

    public float Lo, Hi;
}

/// <summary>A register tile of <see cref="ConvTime"/>: all taps of <see cref="Rows"/> output channels × 2 or 3 vectors of time.</summary>
/// <remarks>Each writes clamp(b + Σ w·x) of row r and vector i to d_i + r·pitch.</remarks>
unsafe interface IConvTimeTile
{
    static abstract int Rows { get; }

    static abstract void Two(ConvTimeArgs* a, float* w, float* bias, float* x0, float* x1, float* d0, float* d1, nint pitch);

    static abstract void Three(ConvTimeArgs* a, float* w, float* bias, float* x0, float* x1, float* x2, float* d0, float* d1, float* d2, nint pitch);
}

/// <summary>
/// Direct convolution with time on the SIMD lanes: y[o,t] = clamp(b[o] + Σ_tap w[o,tap]·x[slot(t) + offset(tap)]), max-pooled along time.
/// Lanes are consecutive outputs of the last axis; weights are broadcast. A tile keeps a block of channels × 2 or 3 vectors in registers
/// over all taps. Vectors that hold fewer outputs than lanes compute garbage in the rest, which is never stored.
/// </summary>
static unsafe partial class ConvTime
{
    public const string Contract = "y[o,t] = maxpool(clamp(b[o] + Σ_tap w[o,tap]·x[slot(t) + offset(tap)])); packed [block][tap][panel]";

    public static KernelFamily<ConvTimeArgs> Family { get; } = new KernelFamily<ConvTimeArgs>("conv.time.f32", Contract, &Reference)
        .With(Isa.Vector128, &Run<ConvTimeTile4<Lanes4>, Lanes4>, 4, 4)
        .With(Isa.Neon, &Run<ConvTimeTile8<Lanes4>, Lanes4>, 8, 4)
        .With(Isa.Avx2, &Run<ConvTimeTile4<Lanes8>, Lanes8>, 4, 8)
        .With(Isa.Avx512, &Run<ConvTimeTile8<Lanes16>, Lanes16>, 8, 16);

    /// <summary>Floats of scratch for a kernel with <paramref name="panel"/> rows and <paramref name="lanes"/> lanes.</summary>
    public static long ScratchLength(int panel, int lanes, int slots, int pool) => (long)panel * lanes * (pool > 1 ? slots : 3);

    public static void Reference(ConvTimeArgs* a)
    {
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int o = 0; o < a->Rows; o++)
                {
                    float* x = a->X + n * a->XImage + g * a->XGroup, w = a->W + (g * a->Rows + o) * a->Taps;
                    float* y = a->Y + ((n * a->Groups + g) * a->Rows + o) * a->Plane;
                    for (int t = 0; t < a->Plane; t++)
                    {
                        float best = float.NegativeInfinity;
                        for (int s = t * a->Pool; s < (t + 1) * a->Pool; s++)
                        {
                            float sum = a->Bias[g * a->Rows + o];
                            for (int tap = 0; tap < a->Taps; tap++) sum += w[tap] * x[a->Slots[s].X + a->Offsets[tap]];
                            best = MathF.Max(best, MathF.Min(a->Hi, MathF.Max(a->Lo, sum)));
                        }
                        y[t] = best;
                    }
                }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<TTile, V>(ConvTimeArgs* a) where TTile : struct, IConvTimeTile where V : unmanaged, ILanes<V>
    {
        int blocks = (a->Rows + TTile.Rows - 1) / TTile.Rows;
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int b = 0; b < blocks; b++)
                {
                    float* w = a->W + (nint)(g * blocks + b) * a->Taps * TTile.Rows, bias = a->Bias + (g * blocks + b) * TTile.Rows;
                    float* x = a->X + (nint)n * a->XImage + (nint)g * a->XGroup;
                    float* y = a->Y + (nint)((n * a->Groups + g) * a->Rows + b * TTile.Rows) * a->Plane;
                    int rows = Math.Min(TTile.Rows, a->Rows - b * TTile.Rows);
                    Block<TTile, V>(a, w, bias, x, y, rows);
                    if (a->Pool > 1) PoolRows<V>(a, y, rows);
                }
    }

    /// <summary>All slots of one block of channels: three at a time, then two; a single one is computed twice over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Block<TTile, V>(ConvTimeArgs* a, float* w, float* bias, float* x, float* y, int rows)
        where TTile : struct, IConvTimeTile where V : unmanaged, ILanes<V>
    {
        for (int s = 0, left = a->SlotCount; left > 0;)
        {
            int take = left is 1 or 2 or 4 ? Math.Min(left, 2) : 3;
            ConvSlot* slot = a->Slots + s;
            ConvSlot* second = slot + (take > 1 ? 1 : 0);
            ConvSlot* third = slot + take - 1;
            bool whole = rows == TTile.Rows && slot->Count == V.Count && second->Count == V.Count && third->Count == V.Count;
            float* d = a->Scratch;
            nint to0 = 0, to1 = take > 1 ? V.Count : 0, to2 = (take - 1) * V.Count, pitch = 3 * V.Count;
            if (a->Pool > 1)
                (to0, to1, to2, pitch) = (slot->Y, second->Y, third->Y, a->SlotCount * V.Count);
            else if (whole)
            {
                d = y;
                (to0, to1, to2, pitch) = (slot->Y, second->Y, third->Y, a->Plane);
            }
            if (take == 3) TTile.Three(a, w, bias, x + slot->X, x + second->X, x + third->X, d + to0, d + to1, d + to2, pitch);
            else TTile.Two(a, w, bias, x + slot->X, x + second->X, d + to0, d + to1, pitch);
            if (a->Pool == 1 && !whole)
                for (int i = 0; i < take; i++)
                    for (int r = 0; r < rows; r++)
                        V.StoreFirst(V.Load(a->Scratch + r * pitch + i * V.Count), y + (nint)r * a->Plane + slot[i].Y, slot[i].Count);
            s += take;
            left -= take;
        }
    }

    static void PoolRows<V>(ConvTimeArgs* a, float* y, int rows) where V : unmanaged, ILanes<V>
    {
        for (int r = 0; r < rows; r++) PoolRow<V>(a->Scratch + (nint)r * a->SlotCount * V.Count, y + (nint)r * a->Plane, a->Plane, a->Pool);
    }

    /// <summary>y[t] = max_i x[t·pool + i] for t &lt; count; NaN where any is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PoolRow<V>(float* x, float* y, int count, int pool) where V : unmanaged, ILanes<V>
    {
        int t = 0;
        if (pool == 2)
            for (; t + V.Count <= count; t += V.Count)
            {
                V early = V.Load(x + 2 * t), late = V.Load(x + 2 * t + V.Count);
                V.Store(Lanes.Maximum(V.Evens(early, late), V.Odds(early, late)), y + t);
            }
        for (; t < count; t++)
        {
            float best = x[t * pool];
            for (int i = 1; i < pool; i++) best = MathF.Max(best, x[t * pool + i]);
            y[t] = best;
        }
    }
}
