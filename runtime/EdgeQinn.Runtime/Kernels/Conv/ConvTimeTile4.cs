using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>Four channels × 1, 2 or 3 vectors: 8 or 12 accumulators, for instruction sets with 16 registers.</summary>
/// <remarks>Accumulator a&lt;row&gt;&lt;vector&gt; holds lanes of consecutive outputs; all are locals so that they stay in registers.</remarks>
readonly unsafe struct ConvTimeTile4<V> : IConvTimeTile where V : unmanaged, ILanes<V>
{
    public static int Rows => 4;

    /// <summary>Even and odd taps add up on their own: four accumulators would wait for one another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch)
    {
        V zero = V.Create(0);
        V a00 = V.Create(bias[0]), a01 = zero;
        V a10 = V.Create(bias[1]), a11 = zero;
        V a20 = V.Create(bias[2]), a21 = zero;
        V a30 = V.Create(bias[3]), a31 = zero;
        int* offset = a->Offsets, end = offset + a->Taps;
        for (; offset < end - 1; offset += 2, w += 8)
        {
            V v0 = V.Load(x + offset[0]), v1 = V.Load(x + offset[1]);
            a00 = V.MultiplyAddByScalar(v0, V.CreateScalar(w[0]), a00);
            a01 = V.MultiplyAddByScalar(v1, V.CreateScalar(w[4]), a01);
            a10 = V.MultiplyAddByScalar(v0, V.CreateScalar(w[1]), a10);
            a11 = V.MultiplyAddByScalar(v1, V.CreateScalar(w[5]), a11);
            a20 = V.MultiplyAddByScalar(v0, V.CreateScalar(w[2]), a20);
            a21 = V.MultiplyAddByScalar(v1, V.CreateScalar(w[6]), a21);
            a30 = V.MultiplyAddByScalar(v0, V.CreateScalar(w[3]), a30);
            a31 = V.MultiplyAddByScalar(v1, V.CreateScalar(w[7]), a31);
        }
        if (offset < end)
        {
            V v = V.Load(x + *offset);
            a00 = V.MultiplyAddByScalar(v, V.CreateScalar(w[0]), a00);
            a10 = V.MultiplyAddByScalar(v, V.CreateScalar(w[1]), a10);
            a20 = V.MultiplyAddByScalar(v, V.CreateScalar(w[2]), a20);
            a30 = V.MultiplyAddByScalar(v, V.CreateScalar(w[3]), a30);
        }
        V lo = V.Create(a->Lo), hi = V.Create(a->Hi);
        V.Store(Lanes.Clamp(a00 + a01, lo, hi), d);
        V.Store(Lanes.Clamp(a10 + a11, lo, hi), d + pitch);
        V.Store(Lanes.Clamp(a20 + a21, lo, hi), d + 2 * pitch);
        V.Store(Lanes.Clamp(a30 + a31, lo, hi), d + 3 * pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Two(ConvTimeArgs* a, float* w, float* bias, float* x0, float* x1, float* d0, float* d1, nint pitch)
    {
        V a00 = V.Create(bias[0]), a01 = a00;
        V a10 = V.Create(bias[1]), a11 = a10;
        V a20 = V.Create(bias[2]), a21 = a20;
        V a30 = V.Create(bias[3]), a31 = a30;
        int* offset = a->Offsets, end = offset + a->Taps;
        for (; offset < end; offset++, w += 4)
        {
            nint o = *offset;
            V v0 = V.Load(x0 + o), v1 = V.Load(x1 + o);
            var s = V.CreateScalar(w[0]);
            a00 = V.MultiplyAddByScalar(v0, s, a00);
            a01 = V.MultiplyAddByScalar(v1, s, a01);
            s = V.CreateScalar(w[1]);
            a10 = V.MultiplyAddByScalar(v0, s, a10);
            a11 = V.MultiplyAddByScalar(v1, s, a11);
            s = V.CreateScalar(w[2]);
            a20 = V.MultiplyAddByScalar(v0, s, a20);
            a21 = V.MultiplyAddByScalar(v1, s, a21);
            s = V.CreateScalar(w[3]);
            a30 = V.MultiplyAddByScalar(v0, s, a30);
            a31 = V.MultiplyAddByScalar(v1, s, a31);
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
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pooled(ConvTimeArgs* a, float* w, float* bias, float* x, int* early, int* late, float* d, nint pitch, bool more)
    {
        V a00 = V.Create(bias[0]), a01 = a00;
        V a10 = V.Create(bias[1]), a11 = a10;
        V a20 = V.Create(bias[2]), a21 = a20;
        V a30 = V.Create(bias[3]), a31 = a30;
        int* end = early + a->Taps;
        for (; early < end; early++, late++, w += 4)
        {
            V v0 = V.Load(x + *early), v1 = V.Load(x + *late);
            var s = V.CreateScalar(w[0]);
            a00 = V.MultiplyAddByScalar(v0, s, a00);
            a01 = V.MultiplyAddByScalar(v1, s, a01);
            s = V.CreateScalar(w[1]);
            a10 = V.MultiplyAddByScalar(v0, s, a10);
            a11 = V.MultiplyAddByScalar(v1, s, a11);
            s = V.CreateScalar(w[2]);
            a20 = V.MultiplyAddByScalar(v0, s, a20);
            a21 = V.MultiplyAddByScalar(v1, s, a21);
            s = V.CreateScalar(w[3]);
            a30 = V.MultiplyAddByScalar(v0, s, a30);
            a31 = V.MultiplyAddByScalar(v1, s, a31);
        }
        V lo = V.Create(a->Lo), hi = V.Create(a->Hi);
        Pool(a00, a01, lo, hi, d, more);
        Pool(a10, a11, lo, hi, d + pitch, more);
        Pool(a20, a21, lo, hi, d + 2 * pitch, more);
        Pool(a30, a31, lo, hi, d + 3 * pitch, more);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Three(ConvTimeArgs* a, float* w, float* bias, float* x0, float* x1, float* x2, float* d0, float* d1, float* d2, nint pitch)
    {
        V a00 = V.Create(bias[0]), a01 = a00, a02 = a00;
        V a10 = V.Create(bias[1]), a11 = a10, a12 = a10;
        V a20 = V.Create(bias[2]), a21 = a20, a22 = a20;
        V a30 = V.Create(bias[3]), a31 = a30, a32 = a30;
        int* offset = a->Offsets, end = offset + a->Taps;
        for (; offset < end; offset++, w += 4)
        {
            nint o = *offset;
            V v0 = V.Load(x0 + o), v1 = V.Load(x1 + o), v2 = V.Load(x2 + o);
            var s = V.CreateScalar(w[0]);
            a00 = V.MultiplyAddByScalar(v0, s, a00);
            a01 = V.MultiplyAddByScalar(v1, s, a01);
            a02 = V.MultiplyAddByScalar(v2, s, a02);
            s = V.CreateScalar(w[1]);
            a10 = V.MultiplyAddByScalar(v0, s, a10);
            a11 = V.MultiplyAddByScalar(v1, s, a11);
            a12 = V.MultiplyAddByScalar(v2, s, a12);
            s = V.CreateScalar(w[2]);
            a20 = V.MultiplyAddByScalar(v0, s, a20);
            a21 = V.MultiplyAddByScalar(v1, s, a21);
            a22 = V.MultiplyAddByScalar(v2, s, a22);
            s = V.CreateScalar(w[3]);
            a30 = V.MultiplyAddByScalar(v0, s, a30);
            a31 = V.MultiplyAddByScalar(v1, s, a31);
            a32 = V.MultiplyAddByScalar(v2, s, a32);
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
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Pool(V early, V late, V lo, V hi, float* d, bool more)
    {
        V max = Lanes.Clamp(Lanes.Maximum(early, late), lo, hi);
        V.Store(more ? Lanes.Maximum(max, V.Load(d)) : max, d);
    }
}
