using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class Int8SparseConv
{
    /// <summary>Four channels over sixteen steps of time.</summary>
    static void Neon(Int8SparseConvArgs* a) => NeonRun(a, dot: false);

    /// <summary>The same with dot product.</summary>
    static void NeonDot(Int8SparseConvArgs* a) => NeonRun(a, dot: true);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonRun(Int8SparseConvArgs* a, bool dot)
    {
        const int step = 16;
        int blocks = (a->Rows + Height - 1) / Height;
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int b = 0; b < blocks; b++)
                {
                    int block = g * blocks + b, row = g * a->Rows + Height * b, rows = Math.Min(Height, a->Rows - Height * b);
                    float* y = a->Y + ((nint)n * a->Groups * a->Rows + row) * a->Plane;
                    for (int r = 0; r < a->RunCount; r++)
                    {
                        ConvRun run = a->Runs[r];
                        nint x = (nint)n * a->XImage + (nint)g * a->XGroup + run.X;
                        bool direct = a->Pool == 1 && rows == Height && run.Count % step == 0;
                        float* d = direct ? y + run.Y : a->Scratch;
                        nint pitch = direct ? a->Plane : (run.Count + step - 1) / step * step;
                        for (int t = 0; t < run.Count; t += step)
                            if (dot) TileDot(a, block, (sbyte*)a->X + x + t, d + t, pitch);
                            else TileLong(a, block, (short*)a->X + x + t, d + t, pitch);
                        for (int i = 0; i < rows && !direct; i++) ConvFinish.Store<Lanes4>(d + i * pitch, run.Count, a->Pool, y + (nint)i * a->Plane + run.Y / a->Pool);
                    }
                }
    }

    /// <summary>
    /// Every step of two taps is multiplied by their int16 weights (SMLAL by element): 37 instructions for 128 multiply-adds, about as many as float32 takes, and
    /// half of its traffic.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void TileLong(Int8SparseConvArgs* a, int block, short* x, float* d, nint pitch)
    {
        int* offset = a->Offsets + a->Pointers[block], end = a->Offsets + a->Pointers[block + 1], w = a->W + 2 * (nint)a->Pointers[block];
        var sums = Vector128.Load(a->Sums + Height * block) * Vector128.Create(-a->Mapping->ZeroPoint);
        Vector128<int> s00 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 0), s01 = s00, s02 = s00, s03 = s00;
        Vector128<int> s10 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 1), s11 = s10, s12 = s10, s13 = s10;
        Vector128<int> s20 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 2), s21 = s20, s22 = s20, s23 = s20;
        Vector128<int> s30 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 3), s31 = s30, s32 = s30, s33 = s30;
        for (; offset < end; offset += 2, w += Height)
        {
            short* p = x + offset[0], q = x + offset[1];
            Vector128<short> p0 = Vector128.Load(p), p1 = Vector128.Load(p + 8), q0 = Vector128.Load(q), q1 = Vector128.Load(q + 8), v = Vector128.Load(w).AsInt16();
            Long(p0, p1, v, 0, ref s00, ref s01, ref s02, ref s03);
            Long(p0, p1, v, 2, ref s10, ref s11, ref s12, ref s13);
            Long(p0, p1, v, 4, ref s20, ref s21, ref s22, ref s23);
            Long(p0, p1, v, 6, ref s30, ref s31, ref s32, ref s33);
            Long(q0, q1, v, 1, ref s00, ref s01, ref s02, ref s03);
            Long(q0, q1, v, 3, ref s10, ref s11, ref s12, ref s13);
            Long(q0, q1, v, 5, ref s20, ref s21, ref s22, ref s23);
            Long(q0, q1, v, 7, ref s30, ref s31, ref s32, ref s33);
        }
        StoreNeon(a, Height * block, d, s00, s01, s02, s03);
        StoreNeon(a, Height * block + 1, d + pitch, s10, s11, s12, s13);
        StoreNeon(a, Height * block + 2, d + 2 * pitch, s20, s21, s22, s23);
        StoreNeon(a, Height * block + 3, d + 3 * pitch, s30, s31, s32, s33);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Long(
        Vector128<short> x0, Vector128<short> x1, Vector128<short> w, [ConstantExpected(Max = (byte)7)] byte weight,
        ref Vector128<int> s0, ref Vector128<int> s1, ref Vector128<int> s2, ref Vector128<int> s3)
    {
        s0 = AdvSimd.MultiplyBySelectedScalarWideningLowerAndAdd(s0, x0.GetLower(), w, weight);
        s1 = AdvSimd.MultiplyBySelectedScalarWideningUpperAndAdd(s1, x0, w, weight);
        s2 = AdvSimd.MultiplyBySelectedScalarWideningLowerAndAdd(s2, x1.GetLower(), w, weight);
        s3 = AdvSimd.MultiplyBySelectedScalarWideningUpperAndAdd(s3, x1, w, weight);
    }

    /// <summary>
    /// Four taps are loaded as bytes, zipped to quadruples of one step each, and multiplied by quadruples of weights (SDOT by element): 33 instructions for 256
    /// multiply-adds.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void TileDot(Int8SparseConvArgs* a, int block, sbyte* x, float* d, nint pitch)
    {
        int* offset = a->Offsets + a->Pointers[block], end = a->Offsets + a->Pointers[block + 1], w = a->W + a->Pointers[block];
        var sums = Vector128.Load(a->Sums + Height * block) * Vector128.Create(-a->Mapping->ZeroPoint);
        Vector128<int> s00 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 0), s01 = s00, s02 = s00, s03 = s00;
        Vector128<int> s10 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 1), s11 = s10, s12 = s10, s13 = s10;
        Vector128<int> s20 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 2), s21 = s20, s22 = s20, s23 = s20;
        Vector128<int> s30 = AdvSimd.DuplicateSelectedScalarToVector128(sums, 3), s31 = s30, s32 = s30, s33 = s30;
        for (; offset < end; offset += 4, w += Height)
        {
            Vector128<sbyte> p = Vector128.Load(x + offset[0]), q = Vector128.Load(x + offset[1]), r = Vector128.Load(x + offset[2]), s = Vector128.Load(x + offset[3]);
            Vector128<short> pq0 = AdvSimd.Arm64.ZipLow(p, q).AsInt16(), pq1 = AdvSimd.Arm64.ZipHigh(p, q).AsInt16();
            Vector128<short> rs0 = AdvSimd.Arm64.ZipLow(r, s).AsInt16(), rs1 = AdvSimd.Arm64.ZipHigh(r, s).AsInt16();
            Vector128<sbyte> x0 = AdvSimd.Arm64.ZipLow(pq0, rs0).AsSByte(), x1 = AdvSimd.Arm64.ZipHigh(pq0, rs0).AsSByte();
            Vector128<sbyte> x2 = AdvSimd.Arm64.ZipLow(pq1, rs1).AsSByte(), x3 = AdvSimd.Arm64.ZipHigh(pq1, rs1).AsSByte();
            var v = Vector128.Load(w).AsSByte();
            Quadruple(x0, x1, x2, x3, v, 0, ref s00, ref s01, ref s02, ref s03);
            Quadruple(x0, x1, x2, x3, v, 1, ref s10, ref s11, ref s12, ref s13);
            Quadruple(x0, x1, x2, x3, v, 2, ref s20, ref s21, ref s22, ref s23);
            Quadruple(x0, x1, x2, x3, v, 3, ref s30, ref s31, ref s32, ref s33);
        }
        StoreNeon(a, Height * block, d, s00, s01, s02, s03);
        StoreNeon(a, Height * block + 1, d + pitch, s10, s11, s12, s13);
        StoreNeon(a, Height * block + 2, d + 2 * pitch, s20, s21, s22, s23);
        StoreNeon(a, Height * block + 3, d + 3 * pitch, s30, s31, s32, s33);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Quadruple(
        Vector128<sbyte> x0, Vector128<sbyte> x1, Vector128<sbyte> x2, Vector128<sbyte> x3, Vector128<sbyte> w, [ConstantExpected(Max = (byte)3)] byte row,
        ref Vector128<int> s0, ref Vector128<int> s1, ref Vector128<int> s2, ref Vector128<int> s3)
    {
        s0 = Dp.DotProductBySelectedQuadruplet(s0, x0, w, row);
        s1 = Dp.DotProductBySelectedQuadruplet(s1, x1, w, row);
        s2 = Dp.DotProductBySelectedQuadruplet(s2, x2, w, row);
        s3 = Dp.DotProductBySelectedQuadruplet(s3, x3, w, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreNeon(Int8SparseConvArgs* a, int row, float* d, Vector128<int> s0, Vector128<int> s1, Vector128<int> s2, Vector128<int> s3)
    {
        float scale = a->Mapping->Scale * a->Scales[row], bias = a->Bias[row];
        Int8LanesPortable.Store(d, s0, scale, bias, a->Lo, a->Hi);
        Int8LanesPortable.Store(d + 4, s1, scale, bias, a->Lo, a->Hi);
        Int8LanesPortable.Store(d + 8, s2, scale, bias, a->Lo, a->Hi);
        Int8LanesPortable.Store(d + 12, s3, scale, bias, a->Lo, a->Hi);
    }
}
