using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>Arguments of <see cref="ConvChannel"/>. Sizes and strides are in elements.</summary>
public unsafe struct ConvChannelArgs
{
    /// <summary>Input, padded where the convolution pads.</summary>
    public float* X;

    /// <summary>Weights [Groups, ⌈Rows / block⌉, Taps, block], block being the kernel's panel.</summary>
    public float* W;

    /// <summary>Bias [Groups, ⌈Rows / block⌉·block].</summary>
    public float* Bias;

    /// <summary>Output [Batch, Groups·Rows, Positions / Pool].</summary>
    public float* Y;

    /// <summary>Scratch [Chunk, block].</summary>
    public float* Scratch;

    /// <summary>The distance of each tap from its window's first element, [Taps].</summary>
    public int* Offsets;

    /// <summary>Where each output's window starts in the group's input, [PositionCount].</summary>
    public int* Positions;

    public int Batch, Groups, Rows, Taps, PositionCount;

    /// <summary>Positions computed before they are written out: a multiple of 4·Pool.</summary>
    public int Chunk;

    /// <summary>Distance between groups, and between images, in X.</summary>
    public int XGroup, XImage;

    /// <summary>Max-pool length over consecutive positions; 1 for none.</summary>
    public int Pool;

    public float Lo, Hi;
}

/// <summary>A register tile of <see cref="ConvChannel"/>: all taps of <see cref="Channels"/> output channels × 6, 4 or 2 positions.</summary>
/// <remarks>Each writes b + Σ_tap w[tap]·x_p[offset[tap]] of position p to d[p·Channels …].</remarks>
unsafe interface IConvChannelTile
{
    static abstract int Channels { get; }

    /// <summary>Whether there are registers for <see cref="Eight"/>.</summary>
    static virtual bool HasEight => false;

    static virtual void Eight(
        int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* x4, float* x5, float* x6, float* x7, float* d) =>
        throw new NotSupportedException();

    static abstract void Six(
        int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* x4, float* x5, float* d);

    static abstract void Four(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* d);

    static abstract void Two(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* d);
}

/// <summary>
/// Direct convolution with output channels on the SIMD lanes: y[o,p] = clamp(b[o] + Σ_tap w[o,tap]·x[position(p) + offset(tap)]),
/// max-pooled over consecutive positions. Weights are vectors, inputs are broadcast, so any stride and any number of outputs runs at
/// full width, the shorter the better; the accumulators go through a small scratch to be pooled and turned round.
/// </summary>
static unsafe class ConvChannel
{
    public static KernelFamily<ConvChannelArgs> Family { get; } = new KernelFamily<ConvChannelArgs>(
        "conv.channel.f32", "y[o,t] = maxpool(clamp(b[o] + Σ_tap w[o,tap]·x[position(t) + offset(tap)])); packed [block][tap][panel]", &Reference)
        .With(Isa.Vector128, &Run<ConvChannelTile2<Lanes4>, Lanes4>, 8, 4)
        .With(Isa.Neon, Cpu.HasNeon ? &Run<ConvChannelTileNeon, Lanes4> : null, 16, 4)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<ConvChannelTile2<Lanes8>, Lanes8> : null, 16, 8)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<ConvChannelTile2<Lanes16>, Lanes16> : null, 32, 16);

    /// <summary>Positions per chunk: 16 kB of scratch at most, a multiple of 4·pool.</summary>
    public static int ChunkLength(int panel, int positions, int pool)
    {
        int unit = 4 * pool, most = Math.Max(1, 4096 / panel / unit) * unit;
        return Math.Min(most, (positions + unit - 1) / unit * unit);
    }

    static void Reference(ConvChannelArgs* a)
    {
        int plane = a->PositionCount / a->Pool;
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int o = 0; o < a->Rows; o++)
                {
                    float* x = a->X + n * a->XImage + g * a->XGroup, w = a->W + (g * a->Rows + o) * a->Taps;
                    float* y = a->Y + ((n * a->Groups + g) * a->Rows + o) * plane;
                    for (int t = 0; t < plane; t++)
                    {
                        float best = float.NegativeInfinity;
                        for (int p = t * a->Pool; p < (t + 1) * a->Pool; p++)
                        {
                            float sum = a->Bias[g * a->Rows + o];
                            for (int tap = 0; tap < a->Taps; tap++) sum += w[tap] * x[a->Positions[p] + a->Offsets[tap]];
                            best = MathF.Max(best, MathF.Min(a->Hi, MathF.Max(a->Lo, sum)));
                        }
                        y[t] = best;
                    }
                }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<TTile, V>(ConvChannelArgs* a) where TTile : struct, IConvChannelTile where V : unmanaged, ILanes<V>
    {
        int block = TTile.Channels, blocks = (a->Rows + block - 1) / block, plane = a->PositionCount / a->Pool;
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
            {
                float* x = a->X + (nint)n * a->XImage + (nint)g * a->XGroup;
                for (int b = 0; b < blocks; b++)
                {
                    float* w = a->W + (nint)(g * blocks + b) * a->Taps * block, bias = a->Bias + (g * blocks + b) * block;
                    float* y = a->Y + (nint)((n * a->Groups + g) * a->Rows + b * block) * plane;
                    int rows = Math.Min(block, a->Rows - b * block);
                    for (int first = 0; first < plane * a->Pool; first += a->Chunk)
                    {
                        int count = Math.Min(a->Chunk, plane * a->Pool - first);
                        Accumulate<TTile>(a->Offsets, a->Taps, w, bias, x, a->Positions + first, count, a->Scratch);
                        if (a->Pool == 1)
                        {
                            ConvTurn.Store<V, ConvTurn.Clamped>(a->Scratch, block, count, rows, y + first, plane, a->Lo, a->Hi);
                            continue;
                        }
                        ConvTurn.PoolAndClamp<V>(a->Scratch, block, count / a->Pool, a->Pool, a->Lo, a->Hi);
                        ConvTurn.Store<V, ConvTurn.AsIs>(a->Scratch, block, count / a->Pool, rows, y + first / a->Pool, plane);
                    }
                }
            }
    }

    /// <summary>Fills scratch [count, channels] with b + Σ w·x. Sixes, then fours; an odd last position is computed twice over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate<TTile>(int* offsets, int taps, float* w, float* bias, float* x, int* positions, int count, float* scratch)
        where TTile : struct, IConvChannelTile
    {
        while (count > 0)
        {
            int* p = positions;
            int take = TTile.HasEight && (count >= 16 || count is 8) ? 8 : count >= 9 || count is 6 or 7 ? 6 : count >= 3 ? 4 : 2;
            if (take == 8)
                TTile.Eight(offsets, taps, w, bias, x + p[0], x + p[1], x + p[2], x + p[3], x + p[4], x + p[5], x + p[6], x + p[7], scratch);
            else if (take == 6)
                TTile.Six(offsets, taps, w, bias, x + p[0], x + p[1], x + p[2], x + p[3], x + p[4], x + p[5], scratch);
            else if (take == 4 && count == 3)
                TTile.Four(offsets, taps, w, bias, x + p[0], x + p[1], x + p[2], x + p[2], scratch);
            else if (take == 4)
                TTile.Four(offsets, taps, w, bias, x + p[0], x + p[1], x + p[2], x + p[3], scratch);
            else
                TTile.Two(offsets, taps, w, bias, x + p[0], x + p[count - 1], scratch);
            positions += take;
            scratch += take * TTile.Channels;
            count -= take;
        }
    }
}
