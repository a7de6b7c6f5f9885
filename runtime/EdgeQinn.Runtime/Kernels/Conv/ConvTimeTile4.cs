using System.Runtime.CompilerServices;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>Four channels × 2 or 3 vectors: 8 or 12 accumulators, for instruction sets with 16 registers.</summary>
/// <remarks>Accumulator a&lt;row&gt;&lt;vector&gt; holds lanes of consecutive outputs; all are locals so that they stay in registers.</remarks>
readonly unsafe struct ConvTimeTile4<TLanes, TVector> : IConvTimeTile where TLanes : struct, ILanes<TVector> where TVector : struct
{
    public static int Rows => 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Two(ConvTimeArgs* a, float* w, float* bias, float* x0, float* x1, float* d0, float* d1, nint pitch)
    {
        TVector a00 = TLanes.Broadcast(bias[0]), a01 = a00;
        TVector a10 = TLanes.Broadcast(bias[1]), a11 = a10;
        TVector a20 = TLanes.Broadcast(bias[2]), a21 = a20;
        TVector a30 = TLanes.Broadcast(bias[3]), a31 = a30;
        int* offset = a->Offsets, end = offset + a->Taps;
        for (; offset < end; offset++, w += 4)
        {
            nint o = *offset;
            TVector v0 = TLanes.Load(x0 + o), v1 = TLanes.Load(x1 + o);
            var s = TLanes.Broadcast(w[0]);
            a00 = TLanes.MultiplyAdd(s, v0, a00);
            a01 = TLanes.MultiplyAdd(s, v1, a01);
            s = TLanes.Broadcast(w[1]);
            a10 = TLanes.MultiplyAdd(s, v0, a10);
            a11 = TLanes.MultiplyAdd(s, v1, a11);
            s = TLanes.Broadcast(w[2]);
            a20 = TLanes.MultiplyAdd(s, v0, a20);
            a21 = TLanes.MultiplyAdd(s, v1, a21);
            s = TLanes.Broadcast(w[3]);
            a30 = TLanes.MultiplyAdd(s, v0, a30);
            a31 = TLanes.MultiplyAdd(s, v1, a31);
        }
        TVector lo = TLanes.Broadcast(a->Lo), hi = TLanes.Broadcast(a->Hi);
        TLanes.Store(d0, TLanes.Clamp(a00, lo, hi));
        TLanes.Store(d1, TLanes.Clamp(a01, lo, hi));
        TLanes.Store(d0 + pitch, TLanes.Clamp(a10, lo, hi));
        TLanes.Store(d1 + pitch, TLanes.Clamp(a11, lo, hi));
        TLanes.Store(d0 + 2 * pitch, TLanes.Clamp(a20, lo, hi));
        TLanes.Store(d1 + 2 * pitch, TLanes.Clamp(a21, lo, hi));
        TLanes.Store(d0 + 3 * pitch, TLanes.Clamp(a30, lo, hi));
        TLanes.Store(d1 + 3 * pitch, TLanes.Clamp(a31, lo, hi));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Three(ConvTimeArgs* a, float* w, float* bias, float* x0, float* x1, float* x2, float* d0, float* d1, float* d2, nint pitch)
    {
        TVector a00 = TLanes.Broadcast(bias[0]), a01 = a00, a02 = a00;
        TVector a10 = TLanes.Broadcast(bias[1]), a11 = a10, a12 = a10;
        TVector a20 = TLanes.Broadcast(bias[2]), a21 = a20, a22 = a20;
        TVector a30 = TLanes.Broadcast(bias[3]), a31 = a30, a32 = a30;
        int* offset = a->Offsets, end = offset + a->Taps;
        for (; offset < end; offset++, w += 4)
        {
            nint o = *offset;
            TVector v0 = TLanes.Load(x0 + o), v1 = TLanes.Load(x1 + o), v2 = TLanes.Load(x2 + o);
            var s = TLanes.Broadcast(w[0]);
            a00 = TLanes.MultiplyAdd(s, v0, a00);
            a01 = TLanes.MultiplyAdd(s, v1, a01);
            a02 = TLanes.MultiplyAdd(s, v2, a02);
            s = TLanes.Broadcast(w[1]);
            a10 = TLanes.MultiplyAdd(s, v0, a10);
            a11 = TLanes.MultiplyAdd(s, v1, a11);
            a12 = TLanes.MultiplyAdd(s, v2, a12);
            s = TLanes.Broadcast(w[2]);
            a20 = TLanes.MultiplyAdd(s, v0, a20);
            a21 = TLanes.MultiplyAdd(s, v1, a21);
            a22 = TLanes.MultiplyAdd(s, v2, a22);
            s = TLanes.Broadcast(w[3]);
            a30 = TLanes.MultiplyAdd(s, v0, a30);
            a31 = TLanes.MultiplyAdd(s, v1, a31);
            a32 = TLanes.MultiplyAdd(s, v2, a32);
        }
        TVector lo = TLanes.Broadcast(a->Lo), hi = TLanes.Broadcast(a->Hi);
        TLanes.Store(d0, TLanes.Clamp(a00, lo, hi));
        TLanes.Store(d1, TLanes.Clamp(a01, lo, hi));
        TLanes.Store(d2, TLanes.Clamp(a02, lo, hi));
        TLanes.Store(d0 + pitch, TLanes.Clamp(a10, lo, hi));
        TLanes.Store(d1 + pitch, TLanes.Clamp(a11, lo, hi));
        TLanes.Store(d2 + pitch, TLanes.Clamp(a12, lo, hi));
        TLanes.Store(d0 + 2 * pitch, TLanes.Clamp(a20, lo, hi));
        TLanes.Store(d1 + 2 * pitch, TLanes.Clamp(a21, lo, hi));
        TLanes.Store(d2 + 2 * pitch, TLanes.Clamp(a22, lo, hi));
        TLanes.Store(d0 + 3 * pitch, TLanes.Clamp(a30, lo, hi));
        TLanes.Store(d1 + 3 * pitch, TLanes.Clamp(a31, lo, hi));
        TLanes.Store(d2 + 3 * pitch, TLanes.Clamp(a32, lo, hi));
    }
}
