using System.Runtime.CompilerServices;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The register tiles of <see cref="ConvChannel"/>: two vectors of output channels × 6, 4 or 2 output positions.</summary>
/// <remarks>
/// Each writes b + Σ_tap w[tap]·x_p[offset[tap]] for position p to d[p·2·lanes …]. Accumulator a&lt;position&gt;&lt;vector&gt; holds lanes of
/// consecutive channels; with 12 accumulators, 2 weights and 1 broadcast the largest tile fits 16 registers.
/// </remarks>
static unsafe class ConvChannelTile<TLanes, TVector> where TLanes : struct, ILanes<TVector> where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Six(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* x4, float* x5, float* d)
    {
        int count = TLanes.Count;
        TVector a00 = TLanes.Load(bias), a01 = TLanes.Load(bias + count);
        TVector a10 = a00, a11 = a01;
        TVector a20 = a00, a21 = a01;
        TVector a30 = a00, a31 = a01;
        TVector a40 = a00, a41 = a01;
        TVector a50 = a00, a51 = a01;
        for (int* end = offset + taps; offset < end; offset++, w += 2 * count)
        {
            nint o = *offset;
            TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + count);
            var s = TLanes.Broadcast(x0[o]);
            a00 = TLanes.MultiplyAdd(s, w0, a00);
            a01 = TLanes.MultiplyAdd(s, w1, a01);
            s = TLanes.Broadcast(x1[o]);
            a10 = TLanes.MultiplyAdd(s, w0, a10);
            a11 = TLanes.MultiplyAdd(s, w1, a11);
            s = TLanes.Broadcast(x2[o]);
            a20 = TLanes.MultiplyAdd(s, w0, a20);
            a21 = TLanes.MultiplyAdd(s, w1, a21);
            s = TLanes.Broadcast(x3[o]);
            a30 = TLanes.MultiplyAdd(s, w0, a30);
            a31 = TLanes.MultiplyAdd(s, w1, a31);
            s = TLanes.Broadcast(x4[o]);
            a40 = TLanes.MultiplyAdd(s, w0, a40);
            a41 = TLanes.MultiplyAdd(s, w1, a41);
            s = TLanes.Broadcast(x5[o]);
            a50 = TLanes.MultiplyAdd(s, w0, a50);
            a51 = TLanes.MultiplyAdd(s, w1, a51);
        }
        TLanes.Store(d, a00);
        TLanes.Store(d + count, a01);
        TLanes.Store(d + 2 * count, a10);
        TLanes.Store(d + 3 * count, a11);
        TLanes.Store(d + 4 * count, a20);
        TLanes.Store(d + 5 * count, a21);
        TLanes.Store(d + 6 * count, a30);
        TLanes.Store(d + 7 * count, a31);
        TLanes.Store(d + 8 * count, a40);
        TLanes.Store(d + 9 * count, a41);
        TLanes.Store(d + 10 * count, a50);
        TLanes.Store(d + 11 * count, a51);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* d)
    {
        int count = TLanes.Count;
        TVector a00 = TLanes.Load(bias), a01 = TLanes.Load(bias + count);
        TVector a10 = a00, a11 = a01;
        TVector a20 = a00, a21 = a01;
        TVector a30 = a00, a31 = a01;
        for (int* end = offset + taps; offset < end; offset++, w += 2 * count)
        {
            nint o = *offset;
            TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + count);
            var s = TLanes.Broadcast(x0[o]);
            a00 = TLanes.MultiplyAdd(s, w0, a00);
            a01 = TLanes.MultiplyAdd(s, w1, a01);
            s = TLanes.Broadcast(x1[o]);
            a10 = TLanes.MultiplyAdd(s, w0, a10);
            a11 = TLanes.MultiplyAdd(s, w1, a11);
            s = TLanes.Broadcast(x2[o]);
            a20 = TLanes.MultiplyAdd(s, w0, a20);
            a21 = TLanes.MultiplyAdd(s, w1, a21);
            s = TLanes.Broadcast(x3[o]);
            a30 = TLanes.MultiplyAdd(s, w0, a30);
            a31 = TLanes.MultiplyAdd(s, w1, a31);
        }
        TLanes.Store(d, a00);
        TLanes.Store(d + count, a01);
        TLanes.Store(d + 2 * count, a10);
        TLanes.Store(d + 3 * count, a11);
        TLanes.Store(d + 4 * count, a20);
        TLanes.Store(d + 5 * count, a21);
        TLanes.Store(d + 6 * count, a30);
        TLanes.Store(d + 7 * count, a31);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Two(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* d)
    {
        int count = TLanes.Count;
        TVector a00 = TLanes.Load(bias), a01 = TLanes.Load(bias + count);
        TVector a10 = a00, a11 = a01;
        for (int* end = offset + taps; offset < end; offset++, w += 2 * count)
        {
            nint o = *offset;
            TVector w0 = TLanes.Load(w), w1 = TLanes.Load(w + count);
            var s = TLanes.Broadcast(x0[o]);
            a00 = TLanes.MultiplyAdd(s, w0, a00);
            a01 = TLanes.MultiplyAdd(s, w1, a01);
            s = TLanes.Broadcast(x1[o]);
            a10 = TLanes.MultiplyAdd(s, w0, a10);
            a11 = TLanes.MultiplyAdd(s, w1, a11);
        }
        TLanes.Store(d, a00);
        TLanes.Store(d + count, a01);
        TLanes.Store(d + 2 * count, a10);
        TLanes.Store(d + 3 * count, a11);
    }
}
