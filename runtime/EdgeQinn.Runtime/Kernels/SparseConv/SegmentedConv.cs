using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The operands of <see cref="SegmentedConv"/>. Sizes and strides are in elements.</summary>
public unsafe struct SegmentedConvArgs
{
    /// <summary>Input laid out by <see cref="ConvSegment"/>: [Batch] × XImage.</summary>
    public float* X;

    /// <summary>Output, [Batch, Rows, Outputs / Pool].</summary>
    public float* Y;

    /// <summary>Scratch: [<see cref="Bundle"/> + 1, Segment, Lanes].</summary>
    public float* Scratch;

    /// <summary>Taps, [taps of a bundle, Bundle] one bundle after the other: the weight's bits above, the distance in X in bytes below.</summary>
    public ulong* Taps;

    /// <summary>Where each bundle's taps begin, in taps of single rows, and the end: [Bundles + 1].</summary>
    public int* Pointers;

    /// <summary>The output channel of each row of each bundle, −1 for none, [Bundles, Bundle].</summary>
    public int* Order;

    /// <summary>The rows' biases in that order.</summary>
    public float* Bias;

    public int Batch, Rows, Bundles, XImage;

    /// <summary>Rows per bundle: what <see cref="SegmentedConv.BundleRows"/> says.</summary>
    public int Bundle;

    /// <summary>Outputs per channel before pooling; the outputs of one lane; lanes. Segment / Pool is 1, 2 or a multiple of 4, Segment even.</summary>
    public int Outputs, Segment, Lanes;

    /// <summary>Max-pool length; 1 for none.</summary>
    public int Pool;

    /// <summary>Bounds of the result; NaN passes.</summary>
    public float Lo, Hi;
}

/// <summary>
/// Sparse convolution with time on the lanes where every output channel has taps of its own: y[o,t] = maxpool(clamp(b[o] + Σ w·x[t + shift])). Each tap loads x for
/// every multiply-add, so loads are the limit, and across cache lines they cost x64 twice: lanes walk through segments of time
/// (<see cref="ConvSegment"/>), and every load is a whole vector. Rows of about as many taps run together, filled up with taps on zeros.
/// Measured on Zen 5 (AVX-512, 8 vectors × 2 rows): 126 GMAC/s where all taps load the same x, 94 where each has an address of its own, which waits for a
/// load; unaligned 57; peak 133. So single taps stop at 0.7 of the dense kernels' rate, before laying out and storing.
/// </summary>
static unsafe partial class SegmentedConv
{
    public static KernelFamily<SegmentedConvArgs> Family { get; } = new KernelFamily<SegmentedConvArgs>(
        "sparseconv.segmented.f32", "y[o,t] = maxpool(clamp(b[o] + Σ over stored taps: w·x[(t mod segment)·lanes + t / segment + offset]))", &Reference)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Lanes8> : null, 1, 8)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Lanes16> : null, 1, 16);

    /// <summary>Rows that run together: as many as fill 8 accumulators (16 where there are 32 registers and that pays).</summary>
    public static int BundleRows(int segment, int lanes) => segment % 8 == 0 ? lanes == 16 ? 2 : 1 : segment % 4 == 0 ? 2 : 4;

    /// <summary>What the taps of a bundle are filled up to a multiple of.</summary>
    public static int TapUnit(int segment) => segment % 4 == 0 ? 2 : 1;

    static void Reference(SegmentedConvArgs* a)
    {
        for (int n = 0; n < a->Batch; n++)
            for (int i = 0; i < a->Bundles * a->Bundle; i++)
                for (int t = 0; a->Order[i] >= 0 && t < a->Outputs / a->Pool; t++)
                {
                    float best = float.NegativeInfinity;
                    for (int s = t * a->Pool; s < (t + 1) * a->Pool; s++)
                    {
                        float sum = a->Bias[i];
                        for (int e = a->Pointers[i / a->Bundle] + i % a->Bundle; e < a->Pointers[i / a->Bundle + 1]; e += a->Bundle)
                            sum += BitConverter.UInt32BitsToSingle((uint)(a->Taps[e] >> 32))
                                * a->X[n * a->XImage + (uint)a->Taps[e] / sizeof(float) + s % a->Segment * a->Lanes + s / a->Segment];
                        best = MathF.Max(best, MathF.Min(a->Hi, MathF.Max(a->Lo, sum)));
                    }
                    a->Y[((nint)n * a->Rows + a->Order[i]) * (a->Outputs / a->Pool) + t] = best;
                }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<V>(SegmentedConvArgs* a) where V : unmanaged, ILanes<V>
    {
        int plane = a->Outputs / a->Pool, rows = a->Bundle, segment = a->Segment;
        nint pitch = (nint)segment * V.Count;
        for (int n = 0; n < a->Batch; n++)
            for (int b = 0; b < a->Bundles; b++)
            {
                ulong* tap = a->Taps + a->Pointers[b], end = a->Taps + a->Pointers[b + 1];
                float* bias = a->Bias + b * rows, x = a->X + (nint)n * a->XImage, d = a->Scratch;
                if (segment % 8 == 0)
                    for (int j = 0; j < segment; j += 8, x += 8 * V.Count, d += 8 * V.Count)
                        if (V.Count == 16) Tile8x2<V>((byte*)x, tap, end, bias, d, pitch);
                        else Tile8x1<V>((byte*)x, tap, end, bias, d, pitch);
                else if (segment % 4 == 0)
                    for (int j = 0; j < segment; j += 4, x += 4 * V.Count, d += 4 * V.Count) Tile4x2<V>((byte*)x, tap, end, bias, d, pitch);
                else
                    for (int j = 0; j < segment; j += 2, x += 2 * V.Count, d += 2 * V.Count) Tile2x4<V>((byte*)x, tap, end, bias, d, pitch);
                Store<V>(a, a->Order + b * rows, a->Y + (nint)n * a->Rows * plane);
            }
    }
}
