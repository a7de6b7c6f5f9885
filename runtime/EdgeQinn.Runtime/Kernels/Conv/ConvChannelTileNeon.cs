using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>
/// <see cref="ConvChannelTile4{V}"/> for NEON, which multiplies by any lane of a register: inputs that lie side by side are loaded together, be they one tap of
/// neighbouring positions (stride 1, minimal filtering) or four taps of one position (few channels, long kernels); others one by one.
/// </summary>
readonly unsafe struct ConvChannelTileNeon : IConvChannelTile
{
    public static int Channels => 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Six(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* x4, float* x5, float* d)
    {
        // Positions and taps both ascend: six at a distance of five follow each other.
        if (x5 - x0 == 5) NeighboursBy6(offset, taps, w, bias, x0, d);
        else if (HasRuns(offset, taps)) RunsBy6(offset, taps, w, bias, x0, x1, x2, x3, x4, x5, d);
        else ConvChannelTile4<Lanes4>.Six(offset, taps, w, bias, x0, x1, x2, x3, x4, x5, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* d)
    {
        if (x3 - x0 == 3) NeighboursBy4(offset, taps, w, bias, x0, d);
        else ConvChannelTile4<Lanes4>.Four(offset, taps, w, bias, x0, x1, x2, x3, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Two(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* d) => ConvChannelTile4<Lanes4>.Two(offset, taps, w, bias, x0, x1, d);

    static bool HasRuns(int* offset, int taps) => taps >= 4 && offset[3] - offset[0] == 3;

    /// <summary>Six positions side by side: a register and a half of inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeighboursBy6(int* offset, int taps, float* w, float* bias, float* x, float* d)
    {
        Vector128<float> a00 = Vector128.Load(bias), a01 = Vector128.Load(bias + 4), a02 = Vector128.Load(bias + 8), a03 = Vector128.Load(bias + 12);
        Vector128<float> a10 = a00, a11 = a01, a12 = a02, a13 = a03;
        Vector128<float> a20 = a00, a21 = a01, a22 = a02, a23 = a03;
        Vector128<float> a30 = a00, a31 = a01, a32 = a02, a33 = a03;
        Vector128<float> a40 = a00, a41 = a01, a42 = a02, a43 = a03;
        Vector128<float> a50 = a00, a51 = a01, a52 = a02, a53 = a03;
        for (int* end = offset + taps; offset < end; offset++, w += 16)
        {
            float* p = x + *offset;
            Vector128<float> early = Vector128.Load(p), late = Vector64.Load(p + 4).ToVector128Unsafe();
            Vector128<float> w0 = Vector128.Load(w), w1 = Vector128.Load(w + 4), w2 = Vector128.Load(w + 8), w3 = Vector128.Load(w + 12);
            Add(w0, w1, w2, w3, early, 0, ref a00, ref a01, ref a02, ref a03);
            Add(w0, w1, w2, w3, early, 1, ref a10, ref a11, ref a12, ref a13);
            Add(w0, w1, w2, w3, early, 2, ref a20, ref a21, ref a22, ref a23);
            Add(w0, w1, w2, w3, early, 3, ref a30, ref a31, ref a32, ref a33);
            Add(w0, w1, w2, w3, late, 0, ref a40, ref a41, ref a42, ref a43);
            Add(w0, w1, w2, w3, late, 1, ref a50, ref a51, ref a52, ref a53);
        }
        Store(d, a00, a01, a02, a03);
        Store(d + 16, a10, a11, a12, a13);
        Store(d + 32, a20, a21, a22, a23);
        Store(d + 48, a30, a31, a32, a33);
        Store(d + 64, a40, a41, a42, a43);
        Store(d + 80, a50, a51, a52, a53);
    }

    /// <summary>Four positions side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeighboursBy4(int* offset, int taps, float* w, float* bias, float* x, float* d)
    {
        Vector128<float> a00 = Vector128.Load(bias), a01 = Vector128.Load(bias + 4), a02 = Vector128.Load(bias + 8), a03 = Vector128.Load(bias + 12);
        Vector128<float> a10 = a00, a11 = a01, a12 = a02, a13 = a03;
        Vector128<float> a20 = a00, a21 = a01, a22 = a02, a23 = a03;
        Vector128<float> a30 = a00, a31 = a01, a32 = a02, a33 = a03;
        for (int* end = offset + taps; offset < end; offset++, w += 16)
        {
            var v = Vector128.Load(x + *offset);
            Vector128<float> w0 = Vector128.Load(w), w1 = Vector128.Load(w + 4), w2 = Vector128.Load(w + 8), w3 = Vector128.Load(w + 12);
            Add(w0, w1, w2, w3, v, 0, ref a00, ref a01, ref a02, ref a03);
            Add(w0, w1, w2, w3, v, 1, ref a10, ref a11, ref a12, ref a13);
            Add(w0, w1, w2, w3, v, 2, ref a20, ref a21, ref a22, ref a23);
            Add(w0, w1, w2, w3, v, 3, ref a30, ref a31, ref a32, ref a33);
        }
        Store(d, a00, a01, a02, a03);
        Store(d + 16, a10, a11, a12, a13);
        Store(d + 32, a20, a21, a22, a23);
        Store(d + 48, a30, a31, a32, a33);
    }

    /// <summary>Taps in fours that lie side by side, as far as there are such: a register for each position, weights two registers at a time, 32 in all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void RunsBy6(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* x4, float* x5, float* d)
    {
        Vector128<float> a00 = Vector128.Load(bias), a01 = Vector128.Load(bias + 4), a02 = Vector128.Load(bias + 8), a03 = Vector128.Load(bias + 12);
        Vector128<float> a10 = a00, a11 = a01, a12 = a02, a13 = a03;
        Vector128<float> a20 = a00, a21 = a01, a22 = a02, a23 = a03;
        Vector128<float> a30 = a00, a31 = a01, a32 = a02, a33 = a03;
        Vector128<float> a40 = a00, a41 = a01, a42 = a02, a43 = a03;
        Vector128<float> a50 = a00, a51 = a01, a52 = a02, a53 = a03;
        for (int* end = offset + taps; offset < end;)
        {
            nint o = *offset;
            if (end - offset >= 4 && offset[3] == (int)o + 3)
            {
                Vector128<float> v0 = Vector128.Load(x0 + o), v1 = Vector128.Load(x1 + o), v2 = Vector128.Load(x2 + o), v3 = Vector128.Load(x3 + o), v4 = Vector128.Load(x4 + o), v5 = Vector128.Load(x5 + o);
                Six(w, 0, v0, v1, v2, v3, v4, v5, 0, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21, ref a30, ref a31, ref a40, ref a41, ref a50, ref a51);
                Six(w, 8, v0, v1, v2, v3, v4, v5, 0, ref a02, ref a03, ref a12, ref a13, ref a22, ref a23, ref a32, ref a33, ref a42, ref a43, ref a52, ref a53);
                Six(w, 16, v0, v1, v2, v3, v4, v5, 1, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21, ref a30, ref a31, ref a40, ref a41, ref a50, ref a51);
                Six(w, 24, v0, v1, v2, v3, v4, v5, 1, ref a02, ref a03, ref a12, ref a13, ref a22, ref a23, ref a32, ref a33, ref a42, ref a43, ref a52, ref a53);
                Six(w, 32, v0, v1, v2, v3, v4, v5, 2, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21, ref a30, ref a31, ref a40, ref a41, ref a50, ref a51);
                Six(w, 40, v0, v1, v2, v3, v4, v5, 2, ref a02, ref a03, ref a12, ref a13, ref a22, ref a23, ref a32, ref a33, ref a42, ref a43, ref a52, ref a53);
                Six(w, 48, v0, v1, v2, v3, v4, v5, 3, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21, ref a30, ref a31, ref a40, ref a41, ref a50, ref a51);
                Six(w, 56, v0, v1, v2, v3, v4, v5, 3, ref a02, ref a03, ref a12, ref a13, ref a22, ref a23, ref a32, ref a33, ref a42, ref a43, ref a52, ref a53);
                offset += 4;
                w += 64;
            }
            else
            {
                Vector128<float> v0 = Vector128.CreateScalarUnsafe(x0[o]), v1 = Vector128.CreateScalarUnsafe(x1[o]), v2 = Vector128.CreateScalarUnsafe(x2[o]);
                Vector128<float> v3 = Vector128.CreateScalarUnsafe(x3[o]), v4 = Vector128.CreateScalarUnsafe(x4[o]), v5 = Vector128.CreateScalarUnsafe(x5[o]);
                Six(w, 0, v0, v1, v2, v3, v4, v5, 0, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21, ref a30, ref a31, ref a40, ref a41, ref a50, ref a51);
                Six(w, 8, v0, v1, v2, v3, v4, v5, 0, ref a02, ref a03, ref a12, ref a13, ref a22, ref a23, ref a32, ref a33, ref a42, ref a43, ref a52, ref a53);
                offset++;
                w += 16;
            }
        }
        Store(d, a00, a01, a02, a03);
        Store(d + 16, a10, a11, a12, a13);
        Store(d + 32, a20, a21, a22, a23);
        Store(d + 48, a30, a31, a32, a33);
        Store(d + 64, a40, a41, a42, a43);
        Store(d + 80, a50, a51, a52, a53);
    }

    /// <summary>Adds sixteen channels of one tap times lane <paramref name="lane"/> of <paramref name="x"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add(
        Vector128<float> w0, Vector128<float> w1, Vector128<float> w2, Vector128<float> w3, Vector128<float> x, [ConstantExpected(Max = (byte)3)] byte lane,
        ref Vector128<float> s0, ref Vector128<float> s1, ref Vector128<float> s2, ref Vector128<float> s3)
    {
        s0 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s0, w0, x, lane);
        s1 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s1, w1, x, lane);
        s2 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s2, w2, x, lane);
        s3 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s3, w3, x, lane);
    }

    /// <summary>Adds eight channels of one tap, which begin at w[at], times lane <paramref name="lane"/> of six positions' inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Six(
        float* w, int at, Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, Vector128<float> x4, Vector128<float> x5, [ConstantExpected(Max = (byte)3)] byte lane,
        ref Vector128<float> s0, ref Vector128<float> t0, ref Vector128<float> s1, ref Vector128<float> t1, ref Vector128<float> s2, ref Vector128<float> t2,
        ref Vector128<float> s3, ref Vector128<float> t3, ref Vector128<float> s4, ref Vector128<float> t4, ref Vector128<float> s5, ref Vector128<float> t5)
    {
        Vector128<float> v = Vector128.Load(w + at), u = Vector128.Load(w + (at + 4));
        s0 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s0, v, x0, lane);
        t0 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t0, u, x0, lane);
        s1 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s1, v, x1, lane);
        t1 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t1, u, x1, lane);
        s2 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s2, v, x2, lane);
        t2 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t2, u, x2, lane);
        s3 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s3, v, x3, lane);
        t3 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t3, u, x3, lane);
        s4 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s4, v, x4, lane);
        t4 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t4, u, x4, lane);
        s5 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s5, v, x5, lane);
        t5 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(t5, u, x5, lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(float* d, Vector128<float> s0, Vector128<float> s1, Vector128<float> s2, Vector128<float> s3)
    {
        // Neighbouring stores become STP.
        s0.Store(d);
        s1.Store(d + 4);
        s2.Store(d + 8);
        s3.Store(d + 12);
    }
}
