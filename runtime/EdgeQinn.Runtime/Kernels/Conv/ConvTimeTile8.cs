using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>Eight channels × 1, 2 or 3 vectors: 8, 16 or 24 accumulators, for instruction sets with 32 registers.</summary>
/// <remarks>
/// Accumulator a&lt;row&gt;&lt;vector&gt; holds lanes of consecutive outputs; all are locals so that they stay in registers. Two scalars
/// take turns: cores that issue in order wait for a load.
/// </remarks>
readonly unsafe struct ConvTimeTile8<V> : IConvTimeTile where V : unmanaged, ILanes<V>
{
    public static int Rows => 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch)
    {
        V a0 = V.Create(bias[0]), a1 = V.Create(bias[1]);
        V a2 = V.Create(bias[2]), a3 = V.Create(bias[3]);
        V a4 = V.Create(bias[4]), a5 = V.Create(bias[5]);
        V a6 = V.Create(bias[6]), a7 = V.Create(bias[7]);
        int* offset = a->Offsets, end = offset + a->Taps;
        for (; offset < end; offset++, w += 8)
        {
            V v = V.Load(x + *offset);
            V s0 = V.CreateScalar(w[0]), s1 = V.CreateScalar(w[1]);
            a0 = V.MultiplyAddByScalar(v, s0, a0);
            s0 = V.CreateScalar(w[2]);
            a1 = V.MultiplyAddByScalar(v, s1, a1);
            s1 = V.CreateScalar(w[3]);
            a2 = V.MultiplyAddByScalar(v, s0, a2);
            s0 = V.CreateScalar(w[4]);
            a3 = V.MultiplyAddByScalar(v, s1, a3);
            s1 = V.CreateScalar(w[5]);
            a4 = V.MultiplyAddByScalar(v, s0, a4);
            s0 = V.CreateScalar(w[6]);
            a5 = V.MultiplyAddByScalar(v, s1, a5);
            s1 = V.CreateScalar(w[7]);
            a6 = V.MultiplyAddByScalar(v, s0, a6);
            a7 = V.MultiplyAddByScalar(v, s1, a7);
        }
        V lo = V.Create(a->Lo), hi = V.Create(a->Hi);
        V.Store(Lanes.Clamp(a0, lo, hi), d);
        V.Store(Lanes.Clamp(a1, lo, hi), d + pitch);
        V.Store(Lanes.Clamp(a2, lo, hi), d + 2 * pitch);
        V.Store(Lanes.Clamp(a3, lo, hi), d + 3 * pitch);
        V.Store(Lanes.Clamp(a4, lo, hi), d + 4 * pitch);
        V.Store(Lanes.Clamp(a5, lo, hi), d + 5 * pitch);
        V.Store(Lanes.Clamp(a6, lo, hi), d + 6 * pitch);
        V.Store(Lanes.Clamp(a7, lo, hi), d + 7 * pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Two(ConvTimeArgs* a, float* w, float* bias, float* x0, float* x1, float* d0, float* d1, nint pitch)
    {
        V a00 = V.Create(bias[0]), a01 = a00;
        V a10 = V.Create(bias[1]), a11 = a10;
        V a20 = V.Create(bias[2]), a21 = a20;
        V a30 = V.Create(bias[3]), a31 = a30;
        V a40 = V.Create(bias[4]), a41 = a40;
        V a50 = V.Create(bias[5]), a51 = a50;
        V a60 = V.Create(bias[6]), a61 = a60;
        V a70 = V.Create(bias[7]), a71 = a70;
        int* offset = a->Offsets, end = offset + a->Taps;
        for (; offset < end; offset++, w += 8)
        {
            nint o = *offset;
            V v0 = V.Load(x0 + o), v1 = V.Load(x1 + o);
            V s0 = V.CreateScalar(w[0]), s1 = V.CreateScalar(w[1]);
            a00 = V.MultiplyAddByScalar(v0, s0, a00);
            a01 = V.MultiplyAddByScalar(v1, s0, a01);
            s0 = V.CreateScalar(w[2]);
            a10 = V.MultiplyAddByScalar(v0, s1, a10);
            a11 = V.MultiplyAddByScalar(v1, s1, a11);
            s1 = V.CreateScalar(w[3]);
            a20 = V.MultiplyAddByScalar(v0, s0, a20);
            a21 = V.MultiplyAddByScalar(v1, s0, a21);
            s0 = V.CreateScalar(w[4]);
            a30 = V.MultiplyAddByScalar(v0, s1, a30);
            a31 = V.MultiplyAddByScalar(v1, s1, a31);
            s1 = V.CreateScalar(w[5]);
            a40 = V.MultiplyAddByScalar(v0, s0, a40);
            a41 = V.MultiplyAddByScalar(v1, s0, a41);
            s0 = V.CreateScalar(w[6]);
            a50 = V.MultiplyAddByScalar(v0, s1, a50);
            a51 = V.MultiplyAddByScalar(v1, s1, a51);
            s1 = V.CreateScalar(w[7]);
            a60 = V.MultiplyAddByScalar(v0, s0, a60);
            a61 = V.MultiplyAddByScalar(v1, s0, a61);
            a70 = V.MultiplyAddByScalar(v0, s1, a70);
            a71 = V.MultiplyAddByScalar(v1, s1, a71);
        }
        V lo = V.Create(a->Lo), hi = V.Create(a->Hi);
        V.Store(Lanes.Clamp(a00, lo, hi), d0);
        V.Store(Lanes.Clamp(a01, lo, hi), d1);
        V.Store(Lanes.Clamp(a10, lo, hi), d0 + pitch);
        V.Store(Lanes.Clamp(a11, lo, hi), d1 + pitch);
        V.Store(Lanes.Clamp(a20, lo, hi), d0 + 2 * pitch);
        V.Store(Lanes.Clamp(a21, lo, hi), d1 + 2 * pitch);
        V.Store(Lanes.Clamp(a30, lo, hi), d0 + 3 * pitch);
        V.Store(Lanes.Clamp(a31, lo, hi), d1 + 3 * pitch);
        V.Store(Lanes.Clamp(a40, lo, hi), d0 + 4 * pitch);
        V.Store(Lanes.Clamp(a41, lo, hi), d1 + 4 * pitch);
        V.Store(Lanes.Clamp(a50, lo, hi), d0 + 5 * pitch);
        V.Store(Lanes.Clamp(a51, lo, hi), d1 + 5 * pitch);
        V.Store(Lanes.Clamp(a60, lo, hi), d0 + 6 * pitch);
        V.Store(Lanes.Clamp(a61, lo, hi), d1 + 6 * pitch);
        V.Store(Lanes.Clamp(a70, lo, hi), d0 + 7 * pitch);
        V.Store(Lanes.Clamp(a71, lo, hi), d1 + 7 * pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pooled(ConvTimeArgs* a, float* w, float* bias, float* x, int* early, int* late, float* d, nint pitch, bool more)
    {
        V a00 = V.Create(bias[0]), a01 = a00;
        V a10 = V.Create(bias[1]), a11 = a10;
        V a20 = V.Create(bias[2]), a21 = a20;
        V a30 = V.Create(bias[3]), a31 = a30;
        V a40 = V.Create(bias[4]), a41 = a40;
        V a50 = V.Create(bias[5]), a51 = a50;
        V a60 = V.Create(bias[6]), a61 = a60;
        V a70 = V.Create(bias[7]), a71 = a70;
        int* end = early + a->Taps;
        for (; early < end; early++, late++, w += 8)
        {
            V v0 = V.Load(x + *early), v1 = V.Load(x + *late);
            V s0 = V.CreateScalar(w[0]), s1 = V.CreateScalar(w[1]);
            a00 = V.MultiplyAddByScalar(v0, s0, a00);
            a01 = V.MultiplyAddByScalar(v1, s0, a01);
            s0 = V.CreateScalar(w[2]);
            a10 = V.MultiplyAddByScalar(v0, s1, a10);
            a11 = V.MultiplyAddByScalar(v1, s1, a11);
            s1 = V.CreateScalar(w[3]);
            a20 = V.MultiplyAddByScalar(v0, s0, a20);
            a21 = V.MultiplyAddByScalar(v1, s0, a21);
            s0 = V.CreateScalar(w[4]);
            a30 = V.MultiplyAddByScalar(v0, s1, a30);
            a31 = V.MultiplyAddByScalar(v1, s1, a31);
            s1 = V.CreateScalar(w[5]);
            a40 = V.MultiplyAddByScalar(v0, s0, a40);
            a41 = V.MultiplyAddByScalar(v1, s0, a41);
            s0 = V.CreateScalar(w[6]);
            a50 = V.MultiplyAddByScalar(v0, s1, a50);
            a51 = V.MultiplyAddByScalar(v1, s1, a51);
            s1 = V.CreateScalar(w[7]);
            a60 = V.MultiplyAddByScalar(v0, s0, a60);
            a61 = V.MultiplyAddByScalar(v1, s0, a61);
            a70 = V.MultiplyAddByScalar(v0, s1, a70);
            a71 = V.MultiplyAddByScalar(v1, s1, a71);
        }
        V lo = V.Create(a->Lo), hi = V.Create(a->Hi);
        Pool(a00, a01, lo, hi, d, more);
        Pool(a10, a11, lo, hi, d + pitch, more);
        Pool(a20, a21, lo, hi, d + 2 * pitch, more);
        Pool(a30, a31, lo, hi, d + 3 * pitch, more);
        Pool(a40, a41, lo, hi, d + 4 * pitch, more);
        Pool(a50, a51, lo, hi, d + 5 * pitch, more);
        Pool(a60, a61, lo, hi, d + 6 * pitch, more);
        Pool(a70, a71, lo, hi, d + 7 * pitch, more);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Three(ConvTimeArgs* a, float* w, float* bias, float* x0, float* x1, float* x2, float* d0, float* d1, float* d2, nint pitch)
    {
        V a00 = V.Create(bias[0]), a01 = a00, a02 = a00;
        V a10 = V.Create(bias[1]), a11 = a10, a12 = a10;
        V a20 = V.Create(bias[2]), a21 = a20, a22 = a20;
        V a30 = V.Create(bias[3]), a31 = a30, a32 = a30;
        V a40 = V.Create(bias[4]), a41 = a40, a42 = a40;
        V a50 = V.Create(bias[5]), a51 = a50, a52 = a50;
        V a60 = V.Create(bias[6]), a61 = a60, a62 = a60;
        V a70 = V.Create(bias[7]), a71 = a70, a72 = a70;
        int* offset = a->Offsets, end = offset + a->Taps;
        for (; offset < end; offset++, w += 8)
        {
            nint o = *offset;
            V v0 = V.Load(x0 + o), v1 = V.Load(x1 + o), v2 = V.Load(x2 + o);
            V s0 = V.CreateScalar(w[0]), s1 = V.CreateScalar(w[1]);
            a00 = V.MultiplyAddByScalar(v0, s0, a00);
            a01 = V.MultiplyAddByScalar(v1, s0, a01);
            a02 = V.MultiplyAddByScalar(v2, s0, a02);
            s0 = V.CreateScalar(w[2]);
            a10 = V.MultiplyAddByScalar(v0, s1, a10);
            a11 = V.MultiplyAddByScalar(v1, s1, a11);
            a12 = V.MultiplyAddByScalar(v2, s1, a12);
            s1 = V.CreateScalar(w[3]);
            a20 = V.MultiplyAddByScalar(v0, s0, a20);
            a21 = V.MultiplyAddByScalar(v1, s0, a21);
            a22 = V.MultiplyAddByScalar(v2, s0, a22);
            s0 = V.CreateScalar(w[4]);
            a30 = V.MultiplyAddByScalar(v0, s1, a30);
            a31 = V.MultiplyAddByScalar(v1, s1, a31);
            a32 = V.MultiplyAddByScalar(v2, s1, a32);
            s1 = V.CreateScalar(w[5]);
            a40 = V.MultiplyAddByScalar(v0, s0, a40);
            a41 = V.MultiplyAddByScalar(v1, s0, a41);
            a42 = V.MultiplyAddByScalar(v2, s0, a42);
            s0 = V.CreateScalar(w[6]);
            a50 = V.MultiplyAddByScalar(v0, s1, a50);
            a51 = V.MultiplyAddByScalar(v1, s1, a51);
            a52 = V.MultiplyAddByScalar(v2, s1, a52);
            s1 = V.CreateScalar(w[7]);
            a60 = V.MultiplyAddByScalar(v0, s0, a60);
            a61 = V.MultiplyAddByScalar(v1, s0, a61);
            a62 = V.MultiplyAddByScalar(v2, s0, a62);
            a70 = V.MultiplyAddByScalar(v0, s1, a70);
            a71 = V.MultiplyAddByScalar(v1, s1, a71);
            a72 = V.MultiplyAddByScalar(v2, s1, a72);
        }
        V lo = V.Create(a->Lo), hi = V.Create(a->Hi);
        V.Store(Lanes.Clamp(a00, lo, hi), d0);
        V.Store(Lanes.Clamp(a01, lo, hi), d1);
        V.Store(Lanes.Clamp(a02, lo, hi), d2);
        V.Store(Lanes.Clamp(a10, lo, hi), d0 + pitch);
        V.Store(Lanes.Clamp(a11, lo, hi), d1 + pitch);
        V.Store(Lanes.Clamp(a12, lo, hi), d2 + pitch);
        V.Store(Lanes.Clamp(a20, lo, hi), d0 + 2 * pitch);
        V.Store(Lanes.Clamp(a21, lo, hi), d1 + 2 * pitch);
        V.Store(Lanes.Clamp(a22, lo, hi), d2 + 2 * pitch);
        V.Store(Lanes.Clamp(a30, lo, hi), d0 + 3 * pitch);
        V.Store(Lanes.Clamp(a31, lo, hi), d1 + 3 * pitch);
        V.Store(Lanes.Clamp(a32, lo, hi), d2 + 3 * pitch);
        V.Store(Lanes.Clamp(a40, lo, hi), d0 + 4 * pitch);
        V.Store(Lanes.Clamp(a41, lo, hi), d1 + 4 * pitch);
        V.Store(Lanes.Clamp(a42, lo, hi), d2 + 4 * pitch);
        V.Store(Lanes.Clamp(a50, lo, hi), d0 + 5 * pitch);
        V.Store(Lanes.Clamp(a51, lo, hi), d1 + 5 * pitch);
        V.Store(Lanes.Clamp(a52, lo, hi), d2 + 5 * pitch);
        V.Store(Lanes.Clamp(a60, lo, hi), d0 + 6 * pitch);
        V.Store(Lanes.Clamp(a61, lo, hi), d1 + 6 * pitch);
        V.Store(Lanes.Clamp(a62, lo, hi), d2 + 6 * pitch);
        V.Store(Lanes.Clamp(a70, lo, hi), d0 + 7 * pitch);
        V.Store(Lanes.Clamp(a71, lo, hi), d1 + 7 * pitch);
        V.Store(Lanes.Clamp(a72, lo, hi), d2 + 7 * pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Pool(V early, V late, V lo, V hi, float* d, bool more)
    {
        V max = Lanes.Clamp(Lanes.Maximum(early, late), lo, hi);
        V.Store(more ? Lanes.Maximum(max, V.Load(d)) : max, d);
    }
}
