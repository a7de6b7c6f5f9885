using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>
/// Sixteen output channels × 6, 4 or 2 positions of int16 pairs for NEON: weights and inputs are words of two int16 as those of <see cref="VectorMath.PairLanes4"/>, sums are
/// int32. Weights are sorted into first and second halves (UZP), each multiplied by a half of the input's word (SMLAL by element): 24 sums, 4 weights, 2 inputs.
/// </summary>
readonly unsafe struct ConvChannelTilePairs : IConvChannelTile
{
    public static int Channels => 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Six(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* x4, float* x5, float* d)
    {
        // Positions ascend: six at a distance of five follow each other.
        if (x5 - x0 == 5) NeighboursBy6(offset, taps, w, bias, x0, d);
        else
        {
            Four(offset, taps, w, bias, x0, x1, x2, x3, d);
            Two(offset, taps, w, bias, x4, x5, d + 4 * 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* x2, float* x3, float* d)
    {
        if (x3 - x0 == 3) NeighboursBy4(offset, taps, w, bias, x0, d);
        else
        {
            Two(offset, taps, w, bias, x0, x1, d);
            Two(offset, taps, w, bias, x2, x3, d + 2 * 16);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Two(int* offset, int taps, float* w, float* bias, float* x0, float* x1, float* d)
    {
        Vector128<int> a00 = Vector128.Load((int*)bias), a01 = Vector128.Load((int*)bias + 4), a02 = Vector128.Load((int*)bias + 8), a03 = Vector128.Load((int*)bias + 12);
        Vector128<int> a10 = a00, a11 = a01, a12 = a02, a13 = a03;
        for (int* end = offset + taps; offset < end; offset++, w += 16)
        {
            nint o = *offset;
            var v = Vector64.Create(((int*)x0)[o], ((int*)x1)[o]).ToVector128Unsafe().AsInt16();
            Vector128<short> w0 = Vector128.Load((short*)w), w1 = Vector128.Load((short*)(w + 4)), w2 = Vector128.Load((short*)(w + 8)), w3 = Vector128.Load((short*)(w + 12));
            Vector128<short> first = AdvSimd.Arm64.UnzipEven(w0, w1), second = AdvSimd.Arm64.UnzipOdd(w0, w1);
            Vector128<short> late = AdvSimd.Arm64.UnzipEven(w2, w3), lateSecond = AdvSimd.Arm64.UnzipOdd(w2, w3);
            Add(first, second, v, 0, 1, ref a00, ref a01);
            Add(late, lateSecond, v, 0, 1, ref a02, ref a03);
            Add(first, second, v, 2, 3, ref a10, ref a11);
            Add(late, lateSecond, v, 2, 3, ref a12, ref a13);
        }
        Store((int*)d, a00, a01, a02, a03);
        Store((int*)d + 16, a10, a11, a12, a13);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeighboursBy6(int* offset, int taps, float* w, float* bias, float* x, float* d)
    {
        Vector128<int> a00 = Vector128.Load((int*)bias), a01 = Vector128.Load((int*)bias + 4), a02 = Vector128.Load((int*)bias + 8), a03 = Vector128.Load((int*)bias + 12);
        Vector128<int> a10 = a00, a11 = a01, a12 = a02, a13 = a03;
        Vector128<int> a20 = a00, a21 = a01, a22 = a02, a23 = a03;
        Vector128<int> a30 = a00, a31 = a01, a32 = a02, a33 = a03;
        Vector128<int> a40 = a00, a41 = a01, a42 = a02, a43 = a03;
        Vector128<int> a50 = a00, a51 = a01, a52 = a02, a53 = a03;
        for (int* end = offset + taps; offset < end; offset++, w += 16)
        {
            short* p = (short*)(x + *offset);
            Vector128<short> v = Vector128.Load(p), u = Vector64.Load(p + 8).ToVector128Unsafe();
            Vector128<short> w0 = Vector128.Load((short*)w), w1 = Vector128.Load((short*)(w + 4)), w2 = Vector128.Load((short*)(w + 8)), w3 = Vector128.Load((short*)(w + 12));
            Vector128<short> first = AdvSimd.Arm64.UnzipEven(w0, w1), second = AdvSimd.Arm64.UnzipOdd(w0, w1);
            Vector128<short> late = AdvSimd.Arm64.UnzipEven(w2, w3), lateSecond = AdvSimd.Arm64.UnzipOdd(w2, w3);
            Add(first, second, v, 0, 1, ref a00, ref a01);
            Add(late, lateSecond, v, 0, 1, ref a02, ref a03);
            Add(first, second, v, 2, 3, ref a10, ref a11);
            Add(late, lateSecond, v, 2, 3, ref a12, ref a13);
            Add(first, second, v, 4, 5, ref a20, ref a21);
            Add(late, lateSecond, v, 4, 5, ref a22, ref a23);
            Add(first, second, v, 6, 7, ref a30, ref a31);
            Add(late, lateSecond, v, 6, 7, ref a32, ref a33);
            Add(first, second, u, 0, 1, ref a40, ref a41);
            Add(late, lateSecond, u, 0, 1, ref a42, ref a43);
            Add(first, second, u, 2, 3, ref a50, ref a51);
            Add(late, lateSecond, u, 2, 3, ref a52, ref a53);
        }
        Store((int*)d, a00, a01, a02, a03);
        Store((int*)d + 16, a10, a11, a12, a13);
        Store((int*)d + 32, a20, a21, a22, a23);
        Store((int*)d + 48, a30, a31, a32, a33);
        Store((int*)d + 64, a40, a41, a42, a43);
        Store((int*)d + 80, a50, a51, a52, a53);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeighboursBy4(int* offset, int taps, float* w, float* bias, float* x, float* d)
    {
        Vector128<int> a00 = Vector128.Load((int*)bias), a01 = Vector128.Load((int*)bias + 4), a02 = Vector128.Load((int*)bias + 8), a03 = Vector128.Load((int*)bias + 12);
        Vector128<int> a10 = a00, a11 = a01, a12 = a02, a13 = a03;
        Vector128<int> a20 = a00, a21 = a01, a22 = a02, a23 = a03;
        Vector128<int> a30 = a00, a31 = a01, a32 = a02, a33 = a03;
        for (int* end = offset + taps; offset < end; offset++, w += 16)
        {
            var v = Vector128.Load((short*)(x + *offset));
            Vector128<short> w0 = Vector128.Load((short*)w), w1 = Vector128.Load((short*)(w + 4)), w2 = Vector128.Load((short*)(w + 8)), w3 = Vector128.Load((short*)(w + 12));
            Vector128<short> first = AdvSimd.Arm64.UnzipEven(w0, w1), second = AdvSimd.Arm64.UnzipOdd(w0, w1);
            Vector128<short> late = AdvSimd.Arm64.UnzipEven(w2, w3), lateSecond = AdvSimd.Arm64.UnzipOdd(w2, w3);
            Add(first, second, v, 0, 1, ref a00, ref a01);
            Add(late, lateSecond, v, 0, 1, ref a02, ref a03);
            Add(first, second, v, 2, 3, ref a10, ref a11);
            Add(late, lateSecond, v, 2, 3, ref a12, ref a13);
            Add(first, second, v, 4, 5, ref a20, ref a21);
            Add(late, lateSecond, v, 4, 5, ref a22, ref a23);
            Add(first, second, v, 6, 7, ref a30, ref a31);
            Add(late, lateSecond, v, 6, 7, ref a32, ref a33);
        }
        Store((int*)d, a00, a01, a02, a03);
        Store((int*)d + 16, a10, a11, a12, a13);
        Store((int*)d + 32, a20, a21, a22, a23);
        Store((int*)d + 48, a30, a31, a32, a33);
    }

    /// <summary>Adds the products of eight channels with one word: its halves are lanes <paramref name="even"/> and <paramref name="odd"/> of <paramref name="x"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add(
        Vector128<short> first, Vector128<short> second, Vector128<short> x, [ConstantExpected(Max = (byte)7)] byte even, [ConstantExpected(Max = (byte)7)] byte odd,
        ref Vector128<int> low, ref Vector128<int> high)
    {
        low = AdvSimd.MultiplyBySelectedScalarWideningLowerAndAdd(low, first.GetLower(), x, even);
        high = AdvSimd.MultiplyBySelectedScalarWideningUpperAndAdd(high, first, x, even);
        low = AdvSimd.MultiplyBySelectedScalarWideningLowerAndAdd(low, second.GetLower(), x, odd);
        high = AdvSimd.MultiplyBySelectedScalarWideningUpperAndAdd(high, second, x, odd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(int* d, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3)
    {
        // Neighbouring stores become STP.
        s0.Store(d);
        s1.Store(d + 4);
        s2.Store(d + 8);
        s3.Store(d + 12);
    }
}
