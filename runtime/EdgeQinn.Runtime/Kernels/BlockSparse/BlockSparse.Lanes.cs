using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

// Lanes are the rows of a block. Each x is broadcast once per block; several blocks run at a time into sums of their own, so that
// additions do not wait for each other; the sums meet at the end of the group. The last group, which may have rows to spare, goes
// through a buffer.
static unsafe partial class BlockSparse
{
    const int MaxHeight = 16;

    /// <summary>Blocks of one register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Blocks1<V, TIndex>(BlockSparseArgs* a) where V : unmanaged, ILanes<V> where TIndex : unmanaged
    {
        V min = V.Create(a->Min), max = V.Create(a->Max);
        int full = a->Rows / V.Count;
        for (int n = 0; n < a->Batch; n++)
        {
            float* x = a->X + n * a->XStride, y = a->Y + n * a->YStride, bias = a->Bias + n * a->BiasStride;
            float* values = a->Values;
            void* columns = a->Columns;
            nint b = 0;
            for (int g = 0; g < a->Groups; g++)
            {
                nint end = (nint)a->Pointers[g + 1];
                V s0 = g < full ? V.Load(bias + g * V.Count) : V.LoadFirst(bias + g * V.Count, a->Rows - g * V.Count);
                V s1 = V.Create(0), s2 = s1, s3 = s1;
                for (; b + 4 <= end; b += 4)
                {
                    s0 = V.MultiplyAdd(V.Create(x[Index<TIndex>(columns, b)]), V.Load(values), s0);
                    s1 = V.MultiplyAdd(V.Create(x[Index<TIndex>(columns, b + 1)]), V.Load(values + V.Count), s1);
                    s2 = V.MultiplyAdd(V.Create(x[Index<TIndex>(columns, b + 2)]), V.Load(values + 2 * V.Count), s2);
                    s3 = V.MultiplyAdd(V.Create(x[Index<TIndex>(columns, b + 3)]), V.Load(values + 3 * V.Count), s3);
                    values += 4 * V.Count;
                }
                for (; b < end; b++)
                {
                    s0 = V.MultiplyAdd(V.Create(x[Index<TIndex>(columns, b)]), V.Load(values), s0);
                    values += V.Count;
                }
                s0 = Lanes.Clamp(s0 + s1 + (s2 + s3), min, max);
                if (g < full) V.Store(s0, y + g * V.Count);
                else V.StoreFirst(s0, y + g * V.Count, a->Rows - g * V.Count);
            }
        }
    }

    /// <summary>Blocks of two registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Blocks2<V, TIndex>(BlockSparseArgs* a) where V : unmanaged, ILanes<V> where TIndex : unmanaged
    {
        V min = V.Create(a->Min), max = V.Create(a->Max);
        int height = 2 * V.Count, full = a->Rows / height;
        float* last = stackalloc float[MaxHeight];
        for (int n = 0; n < a->Batch; n++)
        {
            float* x = a->X + n * a->XStride, y = a->Y + n * a->YStride, bias = a->Bias + n * a->BiasStride;
            float* values = a->Values;
            void* columns = a->Columns;
            nint b = 0;
            for (int g = 0; g < a->Groups; g++)
            {
                nint end = (nint)a->Pointers[g + 1];
                float* source = bias + g * height;
                if (g >= full) source = Copy(last, source, a->Rows - g * height);
                V s0 = V.Load(source), s1 = V.Load(source + V.Count);
                V t0 = V.Create(0), t1 = t0, u0 = t0, u1 = t0, v0 = t0, v1 = t0;
                for (; b + 4 <= end; b += 4)
                {
                    V x0 = V.Create(x[Index<TIndex>(columns, b)]);
                    s0 = V.MultiplyAdd(x0, V.Load(values), s0);
                    s1 = V.MultiplyAdd(x0, V.Load(values + V.Count), s1);
                    V x1 = V.Create(x[Index<TIndex>(columns, b + 1)]);
                    t0 = V.MultiplyAdd(x1, V.Load(values + 2 * V.Count), t0);
                    t1 = V.MultiplyAdd(x1, V.Load(values + 3 * V.Count), t1);
                    V x2 = V.Create(x[Index<TIndex>(columns, b + 2)]);
                    u0 = V.MultiplyAdd(x2, V.Load(values + 4 * V.Count), u0);
                    u1 = V.MultiplyAdd(x2, V.Load(values + 5 * V.Count), u1);
                    V x3 = V.Create(x[Index<TIndex>(columns, b + 3)]);
                    v0 = V.MultiplyAdd(x3, V.Load(values + 6 * V.Count), v0);
                    v1 = V.MultiplyAdd(x3, V.Load(values + 7 * V.Count), v1);
                    values += 4 * height;
                }
                for (; b < end; b++)
                {
                    V x0 = V.Create(x[Index<TIndex>(columns, b)]);
                    s0 = V.MultiplyAdd(x0, V.Load(values), s0);
                    s1 = V.MultiplyAdd(x0, V.Load(values + V.Count), s1);
                    values += height;
                }
                s0 = Lanes.Clamp(s0 + t0 + (u0 + v0), min, max);
                s1 = Lanes.Clamp(s1 + t1 + (u1 + v1), min, max);
                float* target = g < full ? y + g * height : last;
                V.Store(s0, target);
                V.Store(s1, target + V.Count);
                if (g >= full) Copy(y + g * height, last, a->Rows - g * height);
            }
        }
    }

    /// <summary>Blocks of four registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Blocks4<V, TIndex>(BlockSparseArgs* a) where V : unmanaged, ILanes<V> where TIndex : unmanaged
    {
        V min = V.Create(a->Min), max = V.Create(a->Max);
        int height = 4 * V.Count, full = a->Rows / height;
        float* last = stackalloc float[MaxHeight];
        for (int n = 0; n < a->Batch; n++)
        {
            float* x = a->X + n * a->XStride, y = a->Y + n * a->YStride, bias = a->Bias + n * a->BiasStride;
            float* values = a->Values;
            void* columns = a->Columns;
            nint b = 0;
            for (int g = 0; g < a->Groups; g++)
            {
                nint end = (nint)a->Pointers[g + 1];
                float* source = bias + g * height;
                if (g >= full) source = Copy(last, source, a->Rows - g * height);
                V s0 = V.Load(source), s1 = V.Load(source + V.Count), s2 = V.Load(source + 2 * V.Count), s3 = V.Load(source + 3 * V.Count);
                V t0 = V.Create(0), t1 = t0, t2 = t0, t3 = t0;
                for (; b + 2 <= end; b += 2)
                {
                    V x0 = V.Create(x[Index<TIndex>(columns, b)]);
                    s0 = V.MultiplyAdd(x0, V.Load(values), s0);
                    s1 = V.MultiplyAdd(x0, V.Load(values + V.Count), s1);
                    s2 = V.MultiplyAdd(x0, V.Load(values + 2 * V.Count), s2);
                    s3 = V.MultiplyAdd(x0, V.Load(values + 3 * V.Count), s3);
                    V x1 = V.Create(x[Index<TIndex>(columns, b + 1)]);
                    t0 = V.MultiplyAdd(x1, V.Load(values + 4 * V.Count), t0);
                    t1 = V.MultiplyAdd(x1, V.Load(values + 5 * V.Count), t1);
                    t2 = V.MultiplyAdd(x1, V.Load(values + 6 * V.Count), t2);
                    t3 = V.MultiplyAdd(x1, V.Load(values + 7 * V.Count), t3);
                    values += 2 * height;
                }
                if (b < end)
                {
                    V x0 = V.Create(x[Index<TIndex>(columns, b++)]);
                    s0 = V.MultiplyAdd(x0, V.Load(values), s0);
                    s1 = V.MultiplyAdd(x0, V.Load(values + V.Count), s1);
                    s2 = V.MultiplyAdd(x0, V.Load(values + 2 * V.Count), s2);
                    s3 = V.MultiplyAdd(x0, V.Load(values + 3 * V.Count), s3);
                    values += height;
                }
                float* target = g < full ? y + g * height : last;
                V.Store(Lanes.Clamp(s0 + t0, min, max), target);
                V.Store(Lanes.Clamp(s1 + t1, min, max), target + V.Count);
                V.Store(Lanes.Clamp(s2 + t2, min, max), target + 2 * V.Count);
                V.Store(Lanes.Clamp(s3 + t3, min, max), target + 3 * V.Count);
                if (g >= full) Copy(y + g * height, last, a->Rows - g * height);
            }
        }
    }

    static float* Copy(float* target, float* source, int count)
    {
        for (int i = 0; i < count; i++) target[i] = source[i];
        return target;
    }
}
