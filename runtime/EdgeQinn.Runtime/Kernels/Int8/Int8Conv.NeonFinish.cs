using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class Int8Conv
{
    /// <summary>
    /// A run of outputs of one group on NEON. Blocks of four channels that are there in whole, and outputs that fill vectors, are stored where they belong; others
    /// pass through scratch, block by block. Pairs are pooled while they are integers: what follows does not change their order.
    /// </summary>
    /// <param name="a">The convolution.</param>
    /// <param name="group">The group.</param>
    /// <param name="block">Its first block to compute.</param>
    /// <param name="run">The outputs.</param>
    /// <param name="x">The start of the run's first window.</param>
    /// <param name="y">The first output of the group's first channel.</param>
    /// <param name="tiles">Computes (so many vectors of time at x of so many blocks from that one on, stored at d with that pitch).</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonBlocks(Int8ConvArgs* a, int group, int block, ConvRun run, int* x, float* y, delegate*<Int8ConvArgs*, int, int, int*, float*, nint, int, void> tiles)
    {
        int blocks = (a->Rows + 3) / 4, first = group * blocks, fused = a->Pool == 2 ? 2 : 1, pool = a->Pool == 2 ? 1 : a->Pool, vectors = (run.Count + 3) / 4;
        int whole = pool == 1 && run.Count % (4 * fused) == 0 ? a->Rows / 4 : block;
        if (whole > block) tiles(a, first + block, whole - block, x, y + 4 * (nint)block * a->Plane, a->Plane, vectors);
        nint pitch = (vectors + fused - 1) / fused * 4;
        for (int b = Math.Max(whole, block); b < blocks; b++)
        {
            tiles(a, first + b, 1, x, a->Scratch, pitch, vectors);
            for (int row = 4 * b, end = Math.Min(row + 4, a->Rows); row < end; row++)
                ConvFinish.Store<Lanes4>(a->Scratch + (row - 4 * b) * pitch, run.Count / fused, pool, y + (nint)row * a->Plane);
        }
    }

    /// <summary>−z·Σw of a block's four channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Start(Int8ConvArgs* a, int block, out Vector128<int> s0, out Vector128<int> s1, out Vector128<int> s2, out Vector128<int> s3)
    {
        var sums = Vector128.Load(a->Sums + 4 * (nint)block);
        if (a->Mapping != null) sums *= Vector128.Create(-a->Mapping->ZeroPoint);
        s0 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 0);
        s1 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 1);
        s2 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 2);
        s3 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 3);
    }

    /// <summary>clamp(s_x·s[o]·sum + b[o]) of a block's four channels, and where it goes: its constants stay in registers while results are stored.</summary>
    readonly struct NeonFinish(Int8ConvArgs* a, int block)
    {
        /// <summary>Whether sums are pooled in pairs.</summary>
        public readonly bool Pairs = a->Pool == 2;

        readonly Vector128<float> _scales = Vector128.Load(a->Scales + 4 * (nint)block) * Vector128.Create(a->ScaleFactor), _bias = Vector128.Load(a->Bias + 4 * (nint)block);
        readonly Vector128<float> _lo = Vector128.Create(a->Lo), _hi = Vector128.Create(a->Hi);

        /// <summary>A channel's neighbouring vectors of outputs. Neighbouring stores become STP.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3)
        {
            Store(row, d, s0, s1);
            Store(row, d + 8, s2, s3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<int> s0, Vector128<int> s1)
        {
            Vector128<float> y0 = Value(row, s0), y1 = Value(row, s1);
            y0.Store(d);
            y1.Store(d + 4);
        }

        /// <summary>The same of pairs of outputs.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void StorePooled([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3, Vector128<int> s4, Vector128<int> s5)
        {
            StorePooled(row, d, s0, s1, s2, s3);
            StorePooled(row, d + 8, s4, s5);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void StorePooled([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3) =>
            Store(row, d, AdvSimd.Arm64.MaxPairwise(s0, s1), AdvSimd.Arm64.MaxPairwise(s2, s3));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void StorePooled([ConstantExpected(Max = (byte)3)] byte row, float* d, Vector128<int> s0, Vector128<int> s1) => Value(row, AdvSimd.Arm64.MaxPairwise(s0, s1)).Store(d);

        /// <summary>Two vectors of each of the four channels, pooled or not.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void StoreBlock(
            float* d, nint pitch, Vector128<int> s00, Vector128<int> s01, Vector128<int> s10, Vector128<int> s11, Vector128<int> s20, Vector128<int> s21, Vector128<int> s30, Vector128<int> s31)
        {
            float* d1 = d + pitch, d2 = d1 + pitch, d3 = d2 + pitch;
            if (Pairs)
            {
                StorePooled(0, d, s00, s01);
                StorePooled(1, d1, s10, s11);
                StorePooled(2, d2, s20, s21);
                StorePooled(3, d3, s30, s31);
                return;
            }
            Store(0, d, s00, s01);
            Store(1, d1, s10, s11);
            Store(2, d2, s20, s21);
            Store(3, d3, s30, s31);
        }

        /// <summary>One vector of each of the four channels; pooled, it is half of one, the rest to spare.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void StoreBlock(float* d, nint pitch, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3)
        {
            if (Pairs) (s0, s1, s2, s3) = (AdvSimd.Arm64.MaxPairwise(s0, s0), AdvSimd.Arm64.MaxPairwise(s1, s1), AdvSimd.Arm64.MaxPairwise(s2, s2), AdvSimd.Arm64.MaxPairwise(s3, s3));
            Value(0, s0).Store(d);
            Value(1, s1).Store(d + pitch);
            Value(2, s2).Store(d + 2 * pitch);
            Value(3, s3).Store(d + 3 * pitch);
        }

        /// <summary>One output of each of the four channels, a plane apart.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void StoreStep(float* d, nint plane, Vector128<int> sums)
        {
            var y = AdvSimd.Min(_hi, AdvSimd.Max(_lo, Vector128.ConvertToSingle(sums) * _scales + _bias));
            AdvSimd.StoreSelectedScalar(d, y, 0);
            AdvSimd.StoreSelectedScalar(d + plane, y, 1);
            AdvSimd.StoreSelectedScalar(d + 2 * plane, y, 2);
            AdvSimd.StoreSelectedScalar(d + 3 * plane, y, 3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector128<float> Value([ConstantExpected(Max = (byte)3)] byte row, Vector128<int> sum)
        {
            var y = AdvSimd.MultiplyBySelectedScalar(Vector128.ConvertToSingle(sum), _scales, row) + AdvSimd.DuplicateSelectedScalarToVector128(_bias, row);
            return AdvSimd.Min(_hi, AdvSimd.Max(_lo, y));
        }
    }
}
