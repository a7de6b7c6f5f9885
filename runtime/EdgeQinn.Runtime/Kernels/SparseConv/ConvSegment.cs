using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>Arguments of <see cref="ConvSegment"/>.</summary>
public unsafe struct ConvSegmentArgs
{
    /// <summary>[Images, Rows, Pitch], readable up to (Lanes − 1)·Segment + Length of each row.</summary>
    public float* X;

    /// <summary>[Images] of [Rows, Length, Lanes] and [Segment, Lanes] zeros.</summary>
    public float* Y;

    public int Images, Rows, Pitch, Lanes;

    /// <summary>The distance in X between neighbouring lanes.</summary>
    public int Segment;

    /// <summary>Vectors made of each row, at least 4.</summary>
    public int Length;
}

/// <summary>
/// Lays rows of time out in segments: y[r, i, l] = x[r, l·Segment + i]; behind each image zeros, for taps that fill up. Lane l then walks through its own segment of time, a step of time is a
/// whole vector, and a convolution's taps, whatever their shift, load vectors where vectors begin. Loads across cache lines cost x64 twice.
/// </summary>
static unsafe class ConvSegment
{
    public static KernelFamily<ConvSegmentArgs> Family { get; } = new KernelFamily<ConvSegmentArgs>(
        "conv.segment.f32", "y[r,i,l] = x[r, l·segment + i]", &Reference)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Lanes8> : null, 1, 8)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Lanes16> : null, 1, 16);

    static void Reference(ConvSegmentArgs* a)
    {
        float* y = a->Y;
        for (int n = 0; n < a->Images; n++)
        {
            for (int r = 0; r < a->Rows; r++)
                for (int i = 0; i < a->Length; i++)
                    for (int l = 0; l < a->Lanes; l++) *y++ = a->X[((nint)n * a->Rows + r) * a->Pitch + l * a->Segment + i];
            for (int i = 0; i < a->Segment * a->Lanes; i++) *y++ = 0;
        }
    }

    /// <summary>Four steps of time at once; the last four overlap those before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<V>(ConvSegmentArgs* a) where V : unmanaged, ILanes<V>
    {
        nint segment = a->Segment, four = 4 * segment;
        float* row = a->X, y = a->Y;
        for (int n = 0; n < a->Images; n++)
        {
            for (int r = 0; r < a->Rows; r++, row += a->Pitch, y += (nint)a->Length * V.Count)
                for (int i = 0; i < a->Length; i += 4)
                {
                    int at = Math.Min(i, a->Length - 4);
                    float* x = row + at;
                    V v0 = V.LoadFours(x, four), v1 = V.LoadFours(x + segment, four), v2 = V.LoadFours(x + 2 * segment, four), v3 = V.LoadFours(x + 3 * segment, four);
                    ConvTurn.Turn(ref v0, ref v1, ref v2, ref v3);
                    float* to = y + (nint)at * V.Count;
                    V.Store(v0, to);
                    V.Store(v1, to + V.Count);
                    V.Store(v2, to + 2 * V.Count);
                    V.Store(v3, to + 3 * V.Count);
                }
            for (int i = 0; i < a->Segment; i++, y += V.Count) V.Store(V.Create(0), y);
        }
    }
}
