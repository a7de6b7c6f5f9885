using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>One vector's worth of consecutive outputs of a row of the output volume, after pooling.</summary>
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

    /// <summary>The distance of each tap from its window's first element, [Pool, Taps]: for each of the outputs that become one.</summary>
    public int* Offsets;

    public ConvSlot* Slots;

    public int Batch, Groups, Rows, Taps, SlotCount;

    /// <summary>Whether the output is one row: each slot is known to follow the one before it, in the input, too.</summary>
    public bool IsOneRow;

    /// <summary>Outputs per channel, after pooling.</summary>
    public int Plane;

    /// <summary>Distance between groups, and between images, in X.</summary>
    public int XGroup, XImage;

    /// <summary>Max-pool length along the last axis; 1 for none.</summary>
    public int Pool;

    public float Lo, Hi;
}

/// <summary>A register tile of <see cref="ConvTime"/>: all taps of <see cref="Rows"/> output channels × 1, 2 or 3 vectors of time.</summary>
/// <remarks>Each writes clamp(b + Σ w·x) of row r and vector i to d_i + r·pitch.</remarks>
unsafe interface IConvTimeTile
{
    static abstract int Rows { get; }

    static abstract void One(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch);

    static abstract void Two(ConvTimeArgs* a, float* w, float* bias, float* x0, float* x1, float* d0, float* d1, nint pitch);

    /// <summary>Writes the greater of two outputs per lane, whose taps lie at offsets of their own, to d + r·pitch; of them and what is there if there is more.</summary>
    static abstract void Pooled(ConvTimeArgs* a, float* w, float* bias, float* x, int* early, int* late, float* d, nint pitch, bool more);

    static abstract void Three(ConvTimeArgs* a, float* w, float* bias, float* x0, float* x1, float* x2, float* d0, float* d1, float* d2, nint pitch);
}

/// <summary>
/// Direct convolution with time on the SIMD lanes: y[o,t] = clamp(b[o] + Σ_tap w[o,tap]·x[slot(t) + offset(tap)]), max-pooled along time.
/// Lanes are consecutive outputs of the last axis; weights are broadcast. A tile keeps a block of channels × 1 to 3 vectors in registers
/// over all taps; with a pool, the outputs that become one lie at offsets of their own and meet in registers. Vectors that hold fewer outputs than lanes compute garbage in the rest, which is never stored.
/// </summary>
static unsafe partial class ConvTime
{
    public const string Contract = "y[o,t] = maxpool(clamp(b[o] + Σ_tap w[o,tap]·x[slot(t) + offset(tap)])); packed [block][tap][panel]";

    public static KernelFamily<ConvTimeArgs> Family { get; } = new KernelFamily<ConvTimeArgs>("conv.time.f32", Contract, &Reference)
        .With(Isa.Vector128, &Run<ConvTimeTile4<Lanes4>, Lanes4>, 4, 4)
        .With(Isa.Neon, Cpu.HasNeon ? &Neon : null, NeonPanel, 4)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<ConvTimeTile4<Lanes8>, Lanes8> : null, 4, 8)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<ConvTimeTile8<Lanes16>, Lanes16> : null, 8, 16);

    /// <summary>Floats of scratch for a kernel with <paramref name="panel"/> rows and <paramref name="lanes"/> lanes.</summary>
    public static long ScratchLength(int panel, int lanes) => 3L * panel * lanes;

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
                        for (int i = 0; i < a->Pool; i++)
                        {
                            float sum = a->Bias[g * a->Rows + o];
                            for (int tap = 0; tap < a->Taps; tap++) sum += w[tap] * x[a->Slots[t].X + a->Offsets[i * a->Taps + tap]];
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
                    if (a->Pool == 1) Block<TTile, V>(a, w, bias, x, y, rows);
                    else PooledBlock<TTile, V>(a, w, bias, x, y, rows);
                }
    }

    /// <summary>All slots of one block of channels: three at a time, then two; one by itself only where there are no more.</summary>
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
            // What a slot writes beyond its outputs, inside the plane, those after it overwrite.
            bool whole = rows == TTile.Rows && third->Y + V.Count <= a->Plane;
            float* d = whole ? y : a->Scratch;
            nint to0 = 0, to1 = take > 1 ? V.Count : 0, to2 = (take - 1) * V.Count, pitch = 3 * V.Count;
            if (whole) (to0, to1, to2, pitch) = (slot->Y, second->Y, third->Y, a->Plane);
            if (take == 3) TTile.Three(a, w, bias, x + slot->X, x + second->X, x + third->X, d + to0, d + to1, d + to2, pitch);
            else if (take == 2) TTile.Two(a, w, bias, x + slot->X, x + second->X, d + to0, d + to1, pitch);
            else TTile.One(a, w, bias, x + slot->X, d + to0, pitch);
            if (!whole)
                for (int i = 0; i < take; i++)
                    for (int r = 0; r < rows; r++)
                        V.StoreFirst(V.Load(a->Scratch + r * pitch + i * V.Count), y + (nint)r * a->Plane + slot[i].Y, slot[i].Count);
            s += take;
            left -= take;
        }
    }

    /// <summary>All slots of one block of channels, the outputs of a lane two at a time; the last of an odd number is computed twice over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PooledBlock<TTile, V>(ConvTimeArgs* a, float* w, float* bias, float* x, float* y, int rows)
        where TTile : struct, IConvTimeTile where V : unmanaged, ILanes<V>
    {
        ConvSlot* end = a->Slots + a->SlotCount;
        for (ConvSlot* slot = a->Slots; slot < end; slot++)
        {
            bool whole = rows == TTile.Rows && slot->Y + V.Count <= a->Plane;
            float* d = whole ? y + slot->Y : a->Scratch;
            nint pitch = whole ? a->Plane : V.Count;
            for (int i = 0; i < a->Pool; i += 2)
            {
                int* early = a->Offsets + i * a->Taps, late = early + (i + 1 < a->Pool ? a->Taps : 0);
                TTile.Pooled(a, w, bias, x + slot->X, early, late, d, pitch, i > 0);
            }
            if (whole) continue;
            for (int r = 0; r < rows; r++) V.StoreFirst(V.Load(d + r * pitch), y + (nint)r * a->Plane + slot->Y, slot->Count);
        }
    }
}
