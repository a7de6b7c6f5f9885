using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

// Four output channels at a time over two vectors of time, or four where the instruction set has 32 registers: each load of x serves
// four multiply-adds, so that arithmetic and not loading is the limit.
static unsafe partial class SparseConv
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run4<V>(SparseConvArgs* a) where V : unmanaged, ILanes<V>
    {
        int blocks = (a->Rows + 3) / 4, fused = Fused(a), pool = a->Pool / fused;
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int b = 0; b < blocks; b++)
                {
                    int begin = (int)a->Pointers[g * blocks + b], count = (int)a->Pointers[g * blocks + b + 1] - begin;
                    int row = g * a->Rows + 4 * b, rows = Math.Min(4, a->Rows - 4 * b);
                    float* y = a->Y + ((nint)n * a->Groups * a->Rows + row) * a->Plane;
                    for (int r = 0; r < a->RunCount; r++)
                    {
                        ConvRun run = a->Runs[r];
                        int vectors = (run.Count + V.Count - 1) / V.Count;
                        float* x = a->X + (nint)n * a->XImage + (nint)g * a->XGroup + run.X;
                        bool direct = pool == 1 && rows == 4 && run.Count % (fused * V.Count) == 0;
                        float* d = direct ? y + run.Y / fused : a->Scratch;
                        nint pitch = direct ? a->Plane : vectors * V.Count;
                        Quads<V>(a, a->Offsets + begin, a->Values + 4 * (nint)begin, count, a->Bias + row, x, d, pitch, vectors);
                        for (int i = 0; i < rows && !direct; i++)
                            ConvFinish.Store<V>(d + i * pitch, run.Count / fused, pool, y + (nint)i * a->Plane + run.Y / a->Pool);
                    }
                }
    }

    /// <summary>How many neighbours are pooled in registers.</summary>
    static int Fused(SparseConvArgs* a) => a->Pool % 2 == 0 ? 2 : 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Quads<V>(SparseConvArgs* a, int* offsets, float* w, int count, float* bias, float* x, float* d, nint pitch, int vectors)
        where V : unmanaged, ILanes<V>
    {
        // 16 accumulators need more than the 16 registers of AVX2 and of the portable set's smallest machine.
        bool wide = V.Count == 16 || AdvSimd.IsSupported;
        int two = 2 * V.Count / Fused(a);
        for (; wide && vectors >= 4; vectors -= 4, x += 4 * V.Count, d += 2 * two) QuadBy4<V>(a, offsets, w, count, bias, x, d, pitch);
        for (; vectors >= 2; vectors -= 2, x += 2 * V.Count, d += two) QuadBy2<V>(a, offsets, w, count, bias, x, d, pitch);
        if (vectors > 0) QuadBy1<V>(a, offsets, w, count, bias, x, d, pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void QuadBy4<V>(SparseConvArgs* a, int* offsets, float* w, int count, float* bias, float* x, float* d, nint pitch) where V : unmanaged, ILanes<V>
    {
        V s00 = V.Create(bias[0]), s01 = s00, s02 = s00, s03 = s00;
        V s10 = V.Create(bias[1]), s11 = s10, s12 = s10, s13 = s10;
        V s20 = V.Create(bias[2]), s21 = s20, s22 = s20, s23 = s20;
        V s30 = V.Create(bias[3]), s31 = s30, s32 = s30, s33 = s30;
        for (int* end = offsets + count; offsets < end; offsets++, w += 4)
        {
            float* p = x + *offsets;
            V x0 = V.Load(p), x1 = V.Load(p + V.Count), x2 = V.Load(p + 2 * V.Count), x3 = V.Load(p + 3 * V.Count);
            V v = V.Create(w[0]);
            s00 = V.MultiplyAdd(v, x0, s00);
            s01 = V.MultiplyAdd(v, x1, s01);
            s02 = V.MultiplyAdd(v, x2, s02);
            s03 = V.MultiplyAdd(v, x3, s03);
            v = V.Create(w[1]);
            s10 = V.MultiplyAdd(v, x0, s10);
            s11 = V.MultiplyAdd(v, x1, s11);
            s12 = V.MultiplyAdd(v, x2, s12);
            s13 = V.MultiplyAdd(v, x3, s13);
            v = V.Create(w[2]);
            s20 = V.MultiplyAdd(v, x0, s20);
            s21 = V.MultiplyAdd(v, x1, s21);
            s22 = V.MultiplyAdd(v, x2, s22);
            s23 = V.MultiplyAdd(v, x3, s23);
            v = V.Create(w[3]);
            s30 = V.MultiplyAdd(v, x0, s30);
            s31 = V.MultiplyAdd(v, x1, s31);
            s32 = V.MultiplyAdd(v, x2, s32);
            s33 = V.MultiplyAdd(v, x3, s33);
        }
        int next = 2 * V.Count / Fused(a);
        StoreRow<V>(a, d, s00, s01);
        StoreRow<V>(a, d + next, s02, s03);
        StoreRow<V>(a, d + pitch, s10, s11);
        StoreRow<V>(a, d + pitch + next, s12, s13);
        StoreRow<V>(a, d + 2 * pitch, s20, s21);
        StoreRow<V>(a, d + 2 * pitch + next, s22, s23);
        StoreRow<V>(a, d + 3 * pitch, s30, s31);
        StoreRow<V>(a, d + 3 * pitch + next, s32, s33);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void QuadBy2<V>(SparseConvArgs* a, int* offsets, float* w, int count, float* bias, float* x, float* d, nint pitch) where V : unmanaged, ILanes<V>
    {
        V s00 = V.Create(bias[0]), s01 = s00;
        V s10 = V.Create(bias[1]), s11 = s10;
        V s20 = V.Create(bias[2]), s21 = s20;
        V s30 = V.Create(bias[3]), s31 = s30;
        for (int* end = offsets + count; offsets < end; offsets++, w += 4)
        {
            float* p = x + *offsets;
            V x0 = V.Load(p), x1 = V.Load(p + V.Count);
            V v = V.Create(w[0]);
            s00 = V.MultiplyAdd(v, x0, s00);
            s01 = V.MultiplyAdd(v, x1, s01);
            v = V.Create(w[1]);
            s10 = V.MultiplyAdd(v, x0, s10);
            s11 = V.MultiplyAdd(v, x1, s11);
            v = V.Create(w[2]);
            s20 = V.MultiplyAdd(v, x0, s20);
            s21 = V.MultiplyAdd(v, x1, s21);
            v = V.Create(w[3]);
            s30 = V.MultiplyAdd(v, x0, s30);
            s31 = V.MultiplyAdd(v, x1, s31);
        }
        StoreRow<V>(a, d, s00, s01);
        StoreRow<V>(a, d + pitch, s10, s11);
        StoreRow<V>(a, d + 2 * pitch, s20, s21);
        StoreRow<V>(a, d + 3 * pitch, s30, s31);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void QuadBy1<V>(SparseConvArgs* a, int* offsets, float* w, int count, float* bias, float* x, float* d, nint pitch) where V : unmanaged, ILanes<V>
    {
        V s0 = V.Create(bias[0]), s1 = V.Create(bias[1]), s2 = V.Create(bias[2]), s3 = V.Create(bias[3]);
        for (int* end = offsets + count; offsets < end; offsets++, w += 4)
        {
            V v = V.Load(x + *offsets);
            s0 = V.MultiplyAdd(V.Create(w[0]), v, s0);
            s1 = V.MultiplyAdd(V.Create(w[1]), v, s1);
            s2 = V.MultiplyAdd(V.Create(w[2]), v, s2);
            s3 = V.MultiplyAdd(V.Create(w[3]), v, s3);
        }
        StoreLast<V>(a, d, s0);
        StoreLast<V>(a, d + pitch, s1);
        StoreLast<V>(a, d + 2 * pitch, s2);
        StoreLast<V>(a, d + 3 * pitch, s3);
    }

    /// <summary>Two vectors of time, pooled to one where pairs are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreRow<V>(SparseConvArgs* a, float* d, V first, V second) where V : unmanaged, ILanes<V>
    {
        V lo = V.Create(a->Lo), hi = V.Create(a->Hi);
        if (Fused(a) == 2)
        {
            V.Store(Lanes.Clamp(Lanes.Maximum(V.Evens(first, second), V.Odds(first, second)), lo, hi), d);
            return;
        }
        V.Store(Lanes.Clamp(first, lo, hi), d);
        V.Store(Lanes.Clamp(second, lo, hi), d + V.Count);
    }

    /// <summary>The last of an odd number of vectors, on its way to scratch: where pairs are pooled, the upper half of what is stored is to spare.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreLast<V>(SparseConvArgs* a, float* d, V last) where V : unmanaged, ILanes<V>
    {
        if (Fused(a) == 2) last = Lanes.Maximum(V.Evens(last, last), V.Odds(last, last));
        V.Store(Lanes.Clamp(last, V.Create(a->Lo), V.Create(a->Hi)), d);
    }
}
