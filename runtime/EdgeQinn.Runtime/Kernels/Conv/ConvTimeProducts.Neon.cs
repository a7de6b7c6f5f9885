using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class ConvTime
{
    /// <summary>One tap of four channels, whose weights are the lanes of w, times six vectors; begins the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void First(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, Vector128<float> x4, Vector128<float> x5, Vector128<float> w,
        out Vector128<float> s00, out Vector128<float> s01, out Vector128<float> s02, out Vector128<float> s03, out Vector128<float> s04, out Vector128<float> s05,
        out Vector128<float> s10, out Vector128<float> s11, out Vector128<float> s12, out Vector128<float> s13, out Vector128<float> s14, out Vector128<float> s15,
        out Vector128<float> s20, out Vector128<float> s21, out Vector128<float> s22, out Vector128<float> s23, out Vector128<float> s24, out Vector128<float> s25,
        out Vector128<float> s30, out Vector128<float> s31, out Vector128<float> s32, out Vector128<float> s33, out Vector128<float> s34, out Vector128<float> s35)
    {
        Begin(x0, x1, x2, x3, x4, x5, w, 0, out s00, out s01, out s02, out s03, out s04, out s05);
        Begin(x0, x1, x2, x3, x4, x5, w, 1, out s10, out s11, out s12, out s13, out s14, out s15);
        Begin(x0, x1, x2, x3, x4, x5, w, 2, out s20, out s21, out s22, out s23, out s24, out s25);
        Begin(x0, x1, x2, x3, x4, x5, w, 3, out s30, out s31, out s32, out s33, out s34, out s35);
    }

    /// <summary>One tap of four channels, whose weights are the lanes of w, times six vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, Vector128<float> x4, Vector128<float> x5, Vector128<float> w,
        ref Vector128<float> s00, ref Vector128<float> s01, ref Vector128<float> s02, ref Vector128<float> s03, ref Vector128<float> s04, ref Vector128<float> s05,
        ref Vector128<float> s10, ref Vector128<float> s11, ref Vector128<float> s12, ref Vector128<float> s13, ref Vector128<float> s14, ref Vector128<float> s15,
        ref Vector128<float> s20, ref Vector128<float> s21, ref Vector128<float> s22, ref Vector128<float> s23, ref Vector128<float> s24, ref Vector128<float> s25,
        ref Vector128<float> s30, ref Vector128<float> s31, ref Vector128<float> s32, ref Vector128<float> s33, ref Vector128<float> s34, ref Vector128<float> s35)
    {
        Six(x0, x1, x2, x3, x4, x5, w, 0, ref s00, ref s01, ref s02, ref s03, ref s04, ref s05);
        Six(x0, x1, x2, x3, x4, x5, w, 1, ref s10, ref s11, ref s12, ref s13, ref s14, ref s15);
        Six(x0, x1, x2, x3, x4, x5, w, 2, ref s20, ref s21, ref s22, ref s23, ref s24, ref s25);
        Six(x0, x1, x2, x3, x4, x5, w, 3, ref s30, ref s31, ref s32, ref s33, ref s34, ref s35);
    }

    /// <summary>One tap of four channels, whose weights are the lanes of w, times four vectors; begins the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void First(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, Vector128<float> w,
        out Vector128<float> s00, out Vector128<float> s01, out Vector128<float> s02, out Vector128<float> s03,
        out Vector128<float> s10, out Vector128<float> s11, out Vector128<float> s12, out Vector128<float> s13,
        out Vector128<float> s20, out Vector128<float> s21, out Vector128<float> s22, out Vector128<float> s23,
        out Vector128<float> s30, out Vector128<float> s31, out Vector128<float> s32, out Vector128<float> s33)
    {
        Begin(x0, x1, x2, x3, w, 0, out s00, out s01, out s02, out s03);
        Begin(x0, x1, x2, x3, w, 1, out s10, out s11, out s12, out s13);
        Begin(x0, x1, x2, x3, w, 2, out s20, out s21, out s22, out s23);
        Begin(x0, x1, x2, x3, w, 3, out s30, out s31, out s32, out s33);
    }

    /// <summary>One tap of four channels, whose weights are the lanes of w, times four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, Vector128<float> w,
        ref Vector128<float> s00, ref Vector128<float> s01, ref Vector128<float> s02, ref Vector128<float> s03,
        ref Vector128<float> s10, ref Vector128<float> s11, ref Vector128<float> s12, ref Vector128<float> s13,
        ref Vector128<float> s20, ref Vector128<float> s21, ref Vector128<float> s22, ref Vector128<float> s23,
        ref Vector128<float> s30, ref Vector128<float> s31, ref Vector128<float> s32, ref Vector128<float> s33)
    {
        Four(x0, x1, x2, x3, w, 0, ref s00, ref s01, ref s02, ref s03);
        Four(x0, x1, x2, x3, w, 1, ref s10, ref s11, ref s12, ref s13);
        Four(x0, x1, x2, x3, w, 2, ref s20, ref s21, ref s22, ref s23);
        Four(x0, x1, x2, x3, w, 3, ref s30, ref s31, ref s32, ref s33);
    }

    /// <summary>One tap of four channels, whose weights are the lanes of w, times three vectors; begins the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void First(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> w,
        out Vector128<float> s00, out Vector128<float> s01, out Vector128<float> s02,
        out Vector128<float> s10, out Vector128<float> s11, out Vector128<float> s12,
        out Vector128<float> s20, out Vector128<float> s21, out Vector128<float> s22,
        out Vector128<float> s30, out Vector128<float> s31, out Vector128<float> s32)
    {
        Begin(x0, x1, x2, w, 0, out s00, out s01, out s02);
        Begin(x0, x1, x2, w, 1, out s10, out s11, out s12);
        Begin(x0, x1, x2, w, 2, out s20, out s21, out s22);
        Begin(x0, x1, x2, w, 3, out s30, out s31, out s32);
    }

    /// <summary>One tap of four channels, whose weights are the lanes of w, times three vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> w,
        ref Vector128<float> s00, ref Vector128<float> s01, ref Vector128<float> s02,
        ref Vector128<float> s10, ref Vector128<float> s11, ref Vector128<float> s12,
        ref Vector128<float> s20, ref Vector128<float> s21, ref Vector128<float> s22,
        ref Vector128<float> s30, ref Vector128<float> s31, ref Vector128<float> s32)
    {
        Three(x0, x1, x2, w, 0, ref s00, ref s01, ref s02);
        Three(x0, x1, x2, w, 1, ref s10, ref s11, ref s12);
        Three(x0, x1, x2, w, 2, ref s20, ref s21, ref s22);
        Three(x0, x1, x2, w, 3, ref s30, ref s31, ref s32);
    }

    /// <summary>One tap of four channels, whose weights are the lanes of w, times two vectors; begins the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void First(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> w,
        out Vector128<float> s00, out Vector128<float> s01,
        out Vector128<float> s10, out Vector128<float> s11,
        out Vector128<float> s20, out Vector128<float> s21,
        out Vector128<float> s30, out Vector128<float> s31)
    {
        Begin(x0, x1, w, 0, out s00, out s01);
        Begin(x0, x1, w, 1, out s10, out s11);
        Begin(x0, x1, w, 2, out s20, out s21);
        Begin(x0, x1, w, 3, out s30, out s31);
    }

    /// <summary>One tap of four channels, whose weights are the lanes of w, times two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> w,
        ref Vector128<float> s00, ref Vector128<float> s01,
        ref Vector128<float> s10, ref Vector128<float> s11,
        ref Vector128<float> s20, ref Vector128<float> s21,
        ref Vector128<float> s30, ref Vector128<float> s31)
    {
        Two(x0, x1, w, 0, ref s00, ref s01);
        Two(x0, x1, w, 1, ref s10, ref s11);
        Two(x0, x1, w, 2, ref s20, ref s21);
        Two(x0, x1, w, 3, ref s30, ref s31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Begin(Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, Vector128<float> x4, Vector128<float> x5, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row, out Vector128<float> s0, out Vector128<float> s1, out Vector128<float> s2, out Vector128<float> s3, out Vector128<float> s4, out Vector128<float> s5)
    {
        Begin(x0, x1, w, row, out s0, out s1);
        Begin(x2, x3, w, row, out s2, out s3);
        Begin(x4, x5, w, row, out s4, out s5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Begin(Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row, out Vector128<float> s0, out Vector128<float> s1, out Vector128<float> s2, out Vector128<float> s3)
    {
        Begin(x0, x1, w, row, out s0, out s1);
        Begin(x2, x3, w, row, out s2, out s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Begin(Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row, out Vector128<float> s0, out Vector128<float> s1, out Vector128<float> s2)
    {
        Begin(x0, x1, w, row, out s0, out s1);
        s2 = AdvSimd.MultiplyBySelectedScalar(x2, w, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Begin(Vector128<float> x0, Vector128<float> x1, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row, out Vector128<float> s0, out Vector128<float> s1)
    {
        s0 = AdvSimd.MultiplyBySelectedScalar(x0, w, row);
        s1 = AdvSimd.MultiplyBySelectedScalar(x1, w, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Three(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row,
        ref Vector128<float> s0, ref Vector128<float> s1, ref Vector128<float> s2)
    {
        Two(x0, x1, w, row, ref s0, ref s1);
        s2 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s2, x2, w, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Two(Vector128<float> x0, Vector128<float> x1, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row, ref Vector128<float> s0, ref Vector128<float> s1)
    {
        s0 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s0, x0, w, row);
        s1 = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s1, x1, w, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Four(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row,
        ref Vector128<float> s0, ref Vector128<float> s1, ref Vector128<float> s2, ref Vector128<float> s3)
    {
        Two(x0, x1, w, row, ref s0, ref s1);
        Two(x2, x3, w, row, ref s2, ref s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Six(
        Vector128<float> x0, Vector128<float> x1, Vector128<float> x2, Vector128<float> x3, Vector128<float> x4, Vector128<float> x5, Vector128<float> w, [ConstantExpected(Max = (byte)3)] byte row,
        ref Vector128<float> s0, ref Vector128<float> s1, ref Vector128<float> s2, ref Vector128<float> s3, ref Vector128<float> s4, ref Vector128<float> s5)
    {
        Four(x0, x1, x2, x3, w, row, ref s0, ref s1, ref s2, ref s3);
        Two(x4, x5, w, row, ref s4, ref s5);
    }
}
