using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>
/// Four vectors of output channels × 6, 4 or 2 positions: 24 accumulators, 4 weights and 2 scalars, for instruction sets with 32 registers
/// that multiply by a lane.
/// </summary>
/// <remarks>
/// Accumulator a&lt;position&gt;&lt;vector&gt; holds lanes of consecutive channels; all are locals so that they stay in registers. Two
/// scalars take turns: cores that issue in order wait for a load.
/// </remarks>
readonly unsafe struct ConvChannelTile4<V> : IConvChannelTile where V : unmanaged, ILanes<V>
{
    public static int Channels => 4 * V.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Six(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* x4, float* x5, float* d)
    {
        int count = V.Count;
        V a00 = V.Load(bias), a01 = V.Load(bias + count), a02 = V.Load(bias + 2 * count), a03 = V.Load(bias + 3 * count);
        V a10 = a00, a11 = a01, a12 = a02, a13 = a03;
        V a20 = a00, a21 = a01, a22 = a02, a23 = a03;
        V a30 = a00, a31 = a01, a32 = a02, a33 = a03;
        V a40 = a00, a41 = a01, a42 = a02, a43 = a03;
        V a50 = a00, a51 = a01, a52 = a02, a53 = a03;
        for (int* end = offset + taps; offset < end; offset++, w += 4 * count)
        {
            nint o = *offset;
            V w0 = V.Load(w), w1 = V.Load(w + count), w2 = V.Load(w + 2 * count), w3 = V.Load(w + 3 * count);
            V s0 = V.CreateScalar(x0[o]), s1 = V.CreateScalar(x1[o]);
            a00 = V.MultiplyAddByScalar(w0, s0, a00);
            a01 = V.MultiplyAddByScalar(w1, s0, a01);
            a02 = V.MultiplyAddByScalar(w2, s0, a02);
            a03 = V.MultiplyAddByScalar(w3, s0, a03);
            s0 = V.CreateScalar(x2[o]);
            a10 = V.MultiplyAddByScalar(w0, s1, a10);
            a11 = V.MultiplyAddByScalar(w1, s1, a11);
            a12 = V.MultiplyAddByScalar(w2, s1, a12);
            a13 = V.MultiplyAddByScalar(w3, s1, a13);
            s1 = V.CreateScalar(x3[o]);
            a20 = V.MultiplyAddByScalar(w0, s0, a20);
            a21 = V.MultiplyAddByScalar(w1, s0, a21);
            a22 = V.MultiplyAddByScalar(w2, s0, a22);
            a23 = V.MultiplyAddByScalar(w3, s0, a23);
            s0 = V.CreateScalar(x4[o]);
            a30 = V.MultiplyAddByScalar(w0, s1, a30);
            a31 = V.MultiplyAddByScalar(w1, s1, a31);
            a32 = V.MultiplyAddByScalar(w2, s1, a32);
            a33 = V.MultiplyAddByScalar(w3, s1, a33);
            s1 = V.CreateScalar(x5[o]);
            a40 = V.MultiplyAddByScalar(w0, s0, a40);
            a41 = V.MultiplyAddByScalar(w1, s0, a41);
            a42 = V.MultiplyAddByScalar(w2, s0, a42);
            a43 = V.MultiplyAddByScalar(w3, s0, a43);
            a50 = V.MultiplyAddByScalar(w0, s1, a50);
            a51 = V.MultiplyAddByScalar(w1, s1, a51);
            a52 = V.MultiplyAddByScalar(w2, s1, a52);
            a53 = V.MultiplyAddByScalar(w3, s1, a53);
        }
        V.Store(a00, d);
        V.Store(a01, d + count);
        V.Store(a02, d + 2 * count);
        V.Store(a03, d + 3 * count);
        V.Store(a10, d + 4 * count);
        V.Store(a11, d + 5 * count);
        V.Store(a12, d + 6 * count);
        V.Store(a13, d + 7 * count);
        V.Store(a20, d + 8 * count);
        V.Store(a21, d + 9 * count);
        V.Store(a22, d + 10 * count);
        V.Store(a23, d + 11 * count);
        V.Store(a30, d + 12 * count);
        V.Store(a31, d + 13 * count);
        V.Store(a32, d + 14 * count);
        V.Store(a33, d + 15 * count);
        V.Store(a40, d + 16 * count);
        V.Store(a41, d + 17 * count);
        V.Store(a42, d + 18 * count);
        V.Store(a43, d + 19 * count);
        V.Store(a50, d + 20 * count);
        V.Store(a51, d + 21 * count);
        V.Store(a52, d + 22 * count);
        V.Store(a53, d + 23 * count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* d)
    {
        int count = V.Count;
        V a00 = V.Load(bias), a01 = V.Load(bias + count), a02 = V.Load(bias + 2 * count), a03 = V.Load(bias + 3 * count);
        V a10 = a00, a11 = a01, a12 = a02, a13 = a03;
        V a20 = a00, a21 = a01, a22 = a02, a23 = a03;
        V a30 = a00, a31 = a01, a32 = a02, a33 = a03;
        for (int* end = offset + taps; offset < end; offset++, w += 4 * count)
        {
            nint o = *offset;
            V w0 = V.Load(w), w1 = V.Load(w + count), w2 = V.Load(w + 2 * count), w3 = V.Load(w + 3 * count);
            V s0 = V.CreateScalar(x0[o]), s1 = V.CreateScalar(x1[o]);
            a00 = V.MultiplyAddByScalar(w0, s0, a00);
            a01 = V.MultiplyAddByScalar(w1, s0, a01);
            a02 = V.MultiplyAddByScalar(w2, s0, a02);
            a03 = V.MultiplyAddByScalar(w3, s0, a03);
            s0 = V.CreateScalar(x2[o]);
            a10 = V.MultiplyAddByScalar(w0, s1, a10);
            a11 = V.MultiplyAddByScalar(w1, s1, a11);
            a12 = V.MultiplyAddByScalar(w2, s1, a12);
            a13 = V.MultiplyAddByScalar(w3, s1, a13);
            s1 = V.CreateScalar(x3[o]);
            a20 = V.MultiplyAddByScalar(w0, s0, a20);
            a21 = V.MultiplyAddByScalar(w1, s0, a21);
            a22 = V.MultiplyAddByScalar(w2, s0, a22);
            a23 = V.MultiplyAddByScalar(w3, s0, a23);
            a30 = V.MultiplyAddByScalar(w0, s1, a30);
            a31 = V.MultiplyAddByScalar(w1, s1, a31);
            a32 = V.MultiplyAddByScalar(w2, s1, a32);
            a33 = V.MultiplyAddByScalar(w3, s1, a33);
        }
        V.Store(a00, d);
        V.Store(a01, d + count);
        V.Store(a02, d + 2 * count);
        V.Store(a03, d + 3 * count);
        V.Store(a10, d + 4 * count);
        V.Store(a11, d + 5 * count);
        V.Store(a12, d + 6 * count);
        V.Store(a13, d + 7 * count);
        V.Store(a20, d + 8 * count);
        V.Store(a21, d + 9 * count);
        V.Store(a22, d + 10 * count);
        V.Store(a23, d + 11 * count);
        V.Store(a30, d + 12 * count);
        V.Store(a31, d + 13 * count);
        V.Store(a32, d + 14 * count);
        V.Store(a33, d + 15 * count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Two(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* d)
    {
        int count = V.Count;
        V a00 = V.Load(bias), a01 = V.Load(bias + count), a02 = V.Load(bias + 2 * count), a03 = V.Load(bias + 3 * count);
        V a10 = a00, a11 = a01, a12 = a02, a13 = a03;
        for (int* end = offset + taps; offset < end; offset++, w += 4 * count)
        {
            nint o = *offset;
            V w0 = V.Load(w), w1 = V.Load(w + count), w2 = V.Load(w + 2 * count), w3 = V.Load(w + 3 * count);
            V s0 = V.CreateScalar(x0[o]), s1 = V.CreateScalar(x1[o]);
            a00 = V.MultiplyAddByScalar(w0, s0, a00);
            a01 = V.MultiplyAddByScalar(w1, s0, a01);
            a02 = V.MultiplyAddByScalar(w2, s0, a02);
            a03 = V.MultiplyAddByScalar(w3, s0, a03);
            a10 = V.MultiplyAddByScalar(w0, s1, a10);
            a11 = V.MultiplyAddByScalar(w1, s1, a11);
            a12 = V.MultiplyAddByScalar(w2, s1, a12);
            a13 = V.MultiplyAddByScalar(w3, s1, a13);
        }
        V.Store(a00, d);
        V.Store(a01, d + count);
        V.Store(a02, d + 2 * count);
        V.Store(a03, d + 3 * count);
        V.Store(a10, d + 4 * count);
        V.Store(a11, d + 5 * count);
        V.Store(a12, d + 6 * count);
        V.Store(a13, d + 7 * count);
    }
}
