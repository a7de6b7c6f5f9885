using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>Two vectors of output channels × 6, 4 or 2 positions: 12 accumulators, 2 weights and 1 broadcast: 16 registers are enough.</summary>
/// <remarks>Accumulator a&lt;position&gt;&lt;vector&gt; holds lanes of consecutive channels; all are locals so that they stay in registers.</remarks>
readonly unsafe struct ConvChannelTile2<V> : IConvChannelTile where V : unmanaged, IProductLanes<V>
{
    public static int Channels => 2 * V.Count;

    public static bool HasEight => V.Count == 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Eight(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* x4, float* x5, float* x6, float* x7, float* d)
    {
        int count = V.Count;
        V a00 = V.Load(bias), a01 = V.Load(bias + count);
        V a10 = a00, a11 = a01;
        V a20 = a00, a21 = a01;
        V a30 = a00, a31 = a01;
        V a40 = a00, a41 = a01;
        V a50 = a00, a51 = a01;
        V a60 = a00, a61 = a01;
        V a70 = a00, a71 = a01;
        for (int* end = offset + taps; offset < end; offset++, w += 2 * count)
        {
            nint o = *offset;
            V w0 = V.Load(w), w1 = V.Load(w + count);
            V s = V.CreateScalar(x0[o]);
            a00 = V.MultiplyAddByScalar(w0, s, a00);
            a01 = V.MultiplyAddByScalar(w1, s, a01);
            s = V.CreateScalar(x1[o]);
            a10 = V.MultiplyAddByScalar(w0, s, a10);
            a11 = V.MultiplyAddByScalar(w1, s, a11);
            s = V.CreateScalar(x2[o]);
            a20 = V.MultiplyAddByScalar(w0, s, a20);
            a21 = V.MultiplyAddByScalar(w1, s, a21);
            s = V.CreateScalar(x3[o]);
            a30 = V.MultiplyAddByScalar(w0, s, a30);
            a31 = V.MultiplyAddByScalar(w1, s, a31);
            s = V.CreateScalar(x4[o]);
            a40 = V.MultiplyAddByScalar(w0, s, a40);
            a41 = V.MultiplyAddByScalar(w1, s, a41);
            s = V.CreateScalar(x5[o]);
            a50 = V.MultiplyAddByScalar(w0, s, a50);
            a51 = V.MultiplyAddByScalar(w1, s, a51);
            s = V.CreateScalar(x6[o]);
            a60 = V.MultiplyAddByScalar(w0, s, a60);
            a61 = V.MultiplyAddByScalar(w1, s, a61);
            s = V.CreateScalar(x7[o]);
            a70 = V.MultiplyAddByScalar(w0, s, a70);
            a71 = V.MultiplyAddByScalar(w1, s, a71);
        }
        V.Store(a00, d);
        V.Store(a01, d + count);
        V.Store(a10, d + 2 * count);
        V.Store(a11, d + 3 * count);
        V.Store(a20, d + 4 * count);
        V.Store(a21, d + 5 * count);
        V.Store(a30, d + 6 * count);
        V.Store(a31, d + 7 * count);
        V.Store(a40, d + 8 * count);
        V.Store(a41, d + 9 * count);
        V.Store(a50, d + 10 * count);
        V.Store(a51, d + 11 * count);
        V.Store(a60, d + 12 * count);
        V.Store(a61, d + 13 * count);
        V.Store(a70, d + 14 * count);
        V.Store(a71, d + 15 * count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Six(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* x4, float* x5, float* d)
    {
        int count = V.Count;
        V a00 = V.Load(bias), a01 = V.Load(bias + count);
        V a10 = a00, a11 = a01;
        V a20 = a00, a21 = a01;
        V a30 = a00, a31 = a01;
        V a40 = a00, a41 = a01;
        V a50 = a00, a51 = a01;
        for (int* end = offset + taps; offset < end; offset++, w += 2 * count)
        {
            nint o = *offset;
            V w0 = V.Load(w), w1 = V.Load(w + count);
            V s = V.CreateScalar(x0[o]);
            a00 = V.MultiplyAddByScalar(w0, s, a00);
            a01 = V.MultiplyAddByScalar(w1, s, a01);
            s = V.CreateScalar(x1[o]);
            a10 = V.MultiplyAddByScalar(w0, s, a10);
            a11 = V.MultiplyAddByScalar(w1, s, a11);
            s = V.CreateScalar(x2[o]);
            a20 = V.MultiplyAddByScalar(w0, s, a20);
            a21 = V.MultiplyAddByScalar(w1, s, a21);
            s = V.CreateScalar(x3[o]);
            a30 = V.MultiplyAddByScalar(w0, s, a30);
            a31 = V.MultiplyAddByScalar(w1, s, a31);
            s = V.CreateScalar(x4[o]);
            a40 = V.MultiplyAddByScalar(w0, s, a40);
            a41 = V.MultiplyAddByScalar(w1, s, a41);
            s = V.CreateScalar(x5[o]);
            a50 = V.MultiplyAddByScalar(w0, s, a50);
            a51 = V.MultiplyAddByScalar(w1, s, a51);
        }
        V.Store(a00, d);
        V.Store(a01, d + count);
        V.Store(a10, d + 2 * count);
        V.Store(a11, d + 3 * count);
        V.Store(a20, d + 4 * count);
        V.Store(a21, d + 5 * count);
        V.Store(a30, d + 6 * count);
        V.Store(a31, d + 7 * count);
        V.Store(a40, d + 8 * count);
        V.Store(a41, d + 9 * count);
        V.Store(a50, d + 10 * count);
        V.Store(a51, d + 11 * count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* d)
    {
        int count = V.Count;
        V a00 = V.Load(bias), a01 = V.Load(bias + count);
        V a10 = a00, a11 = a01;
        V a20 = a00, a21 = a01;
        V a30 = a00, a31 = a01;
        for (int* end = offset + taps; offset < end; offset++, w += 2 * count)
        {
            nint o = *offset;
            V w0 = V.Load(w), w1 = V.Load(w + count);
            V s = V.CreateScalar(x0[o]);
            a00 = V.MultiplyAddByScalar(w0, s, a00);
            a01 = V.MultiplyAddByScalar(w1, s, a01);
            s = V.CreateScalar(x1[o]);
            a10 = V.MultiplyAddByScalar(w0, s, a10);
            a11 = V.MultiplyAddByScalar(w1, s, a11);
            s = V.CreateScalar(x2[o]);
            a20 = V.MultiplyAddByScalar(w0, s, a20);
            a21 = V.MultiplyAddByScalar(w1, s, a21);
            s = V.CreateScalar(x3[o]);
            a30 = V.MultiplyAddByScalar(w0, s, a30);
            a31 = V.MultiplyAddByScalar(w1, s, a31);
        }
        V.Store(a00, d);
        V.Store(a01, d + count);
        V.Store(a10, d + 2 * count);
        V.Store(a11, d + 3 * count);
        V.Store(a20, d + 4 * count);
        V.Store(a21, d + 5 * count);
        V.Store(a30, d + 6 * count);
        V.Store(a31, d + 7 * count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Two(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* d)
    {
        int count = V.Count;
        V a00 = V.Load(bias), a01 = V.Load(bias + count);
        V a10 = a00, a11 = a01;
        for (int* end = offset + taps; offset < end; offset++, w += 2 * count)
        {
            nint o = *offset;
            V w0 = V.Load(w), w1 = V.Load(w + count);
            V s = V.CreateScalar(x0[o]);
            a00 = V.MultiplyAddByScalar(w0, s, a00);
            a01 = V.MultiplyAddByScalar(w1, s, a01);
            s = V.CreateScalar(x1[o]);
            a10 = V.MultiplyAddByScalar(w0, s, a10);
            a11 = V.MultiplyAddByScalar(w1, s, a11);
        }
        V.Store(a00, d);
        V.Store(a01, d + count);
        V.Store(a10, d + 2 * count);
        V.Store(a11, d + 3 * count);
    }
}
