using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class ConvTime
{
    /// <summary>Whether results have an upper bound; after ReLU they have none.</summary>
    interface IBounds
    {
        static abstract bool HasUpper { get; }
    }

    readonly struct LowerBound : IBounds
    {
        public static bool HasUpper => false;
    }

    readonly struct BothBounds : IBounds
    {
        public static bool HasUpper => true;
    }

    /// <summary>clamp(sum + b[o]) of four channels, pairs of sums pooled first or not: constants stay in registers while results are stored.</summary>
    readonly struct NeonFinish<B>(ConvTimeArgs* a, float* bias) where B : struct, IBounds
    {
        readonly Vector128<float> _bias = Vector128.Load(bias), _lo = Vector128.Create(a->Lo), _hi = Vector128.Create(a->Hi);

        /// <summary>The greater of two outputs each, and of what is there if there is <paramref name="more"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Pool(
            [ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<float> s0, Vector128<float> s1, Vector128<float> s2, Vector128<float> t0, Vector128<float> t1, Vector128<float> t2, bool more)
        {
            Vector128<float> y0 = Value(row, AdvSimd.Max(s0, t0)), y1 = Value(row, AdvSimd.Max(s1, t1)), y2 = Value(row, AdvSimd.Max(s2, t2));
            if (more) (y0, y1, y2) = (AdvSimd.Max(y0, Vector128.Load(d)), AdvSimd.Max(y1, Vector128.Load(d + 4)), AdvSimd.Max(y2, Vector128.Load(d + 8)));
            y0.Store(d);
            y1.Store(d + 4);
            y2.Store(d + 8);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Pool([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<float> s, Vector128<float> t, bool more)
        {
            var y = Value(row, AdvSimd.Max(s, t));
            (more ? AdvSimd.Max(y, Vector128.Load(d)) : y).Store(d);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(
            [ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<float> s0, Vector128<float> s1, Vector128<float> s2, Vector128<float> s3, Vector128<float> s4, Vector128<float> s5)
        {
            Store(row, d, s0, s1, s2, s3);
            Store(row, d + 16, s4, s5);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<float> s0, Vector128<float> s1, Vector128<float> s2, Vector128<float> s3)
        {
            Store(row, d, s0, s1);
            Store(row, d + 8, s2, s3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<float> s0, Vector128<float> s1)
        {
            // Neighbouring stores become STP.
            Vector128<float> y0 = Value(row, s0), y1 = Value(row, s1);
            y0.Store(d);
            y1.Store(d + 4);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<float> s0) => Value(row, s0).Store(d);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector128<float> Value([ConstantExpected(Max = (byte)3)] byte row, Vector128<float> sum)
        {
            var y = AdvSimd.Max(_lo, sum + AdvSimd.DuplicateSelectedScalarToVector128(_bias, row));
            return B.HasUpper ? AdvSimd.Min(_hi, y) : y;
        }
    }
}
