using System.Runtime.CompilerServices;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>Arguments of <see cref="ConvPack"/>.</summary>
public unsafe struct ConvPackArgs
{
    /// <summary>Weights [Groups, Rows, Taps], or what <see cref="Transposed"/> says.</summary>
    public float* W;

    /// <summary>[Groups, ⌈Rows / Block⌉, Taps, Block].</summary>
    public float* Packed;

    public int Groups, Rows, Taps, Block;

    /// <summary>For transposed convolution: W is [Groups, Taps / TapLength, Rows, TapLength] with each kernel turned round.</summary>
    public bool Transposed;

    /// <summary>Elements of one kernel, K.</summary>
    public int TapLength;
}

/// <summary>
/// Lays a convolution's weights out for its kernel: blocks of output channels, in each block tap by tap, the block's channels side by
/// side; rows missing in the last block are zero. A bias packs as weights of one tap. Runs at plan time for constants.
/// </summary>
static unsafe class ConvPack
{
    public static KernelFamily<ConvPackArgs> Family { get; } = new(
        "conv.pack.f32", "packed[g, m / block, tap, m mod block] = W[g, m, tap], 0 for m ≥ rows", &Reference);

    /// <summary>The floats that <paramref name="rows"/> rows per group take once packed.</summary>
    public static long Length(int groups, int rows, int taps, int block) => (long)groups * ((rows + block - 1) / block) * block * taps;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Reference(ConvPackArgs* a)
    {
        float* packed = a->Packed;
        for (int g = 0; g < a->Groups; g++)
            for (int first = 0; first < a->Rows; first += a->Block)
                for (int tap = 0; tap < a->Taps; tap++)
                    for (int r = 0; r < a->Block; r++)
                        *packed++ = first + r < a->Rows ? a->W[Index(a, g, first + r, tap)] : 0;
    }

    static long Index(ConvPackArgs* a, int group, int row, int tap)
    {
        if (!a->Transposed) return ((long)group * a->Rows + row) * a->Taps + tap;
        var (c, k) = Math.DivRem(tap, a->TapLength);
        return (((long)group * (a->Taps / a->TapLength) + c) * a->Rows + row) * a->TapLength + (a->TapLength - 1 - k);
    }
}
