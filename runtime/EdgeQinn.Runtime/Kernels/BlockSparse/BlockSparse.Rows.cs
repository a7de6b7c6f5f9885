using System.Runtime.CompilerServices;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class BlockSparse
{
    /// <summary>
    /// Single rows (CSR) without vectors: neither NEON has a gather nor does x86's beat scalar loads (measured on Zen 4). Four sums hide the
    /// latency of addition.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Rows<TIndex>(BlockSparseArgs* a) where TIndex : unmanaged
    {
        float min = a->Min, max = a->Max;
        for (int n = 0; n < a->Batch; n++)
        {
            float* x = a->X + n * a->XStride, y = a->Y + n * a->YStride, bias = a->Bias + n * a->BiasStride;
            float* values = a->Values;
            void* columns = a->Columns;
            for (int i = 0; i < a->Rows; i++)
            {
                nint b = (nint)a->Pointers[i], end = (nint)a->Pointers[i + 1];
                float s0 = bias[i], s1 = 0, s2 = 0, s3 = 0;
                for (; b + 4 <= end; b += 4)
                {
                    s0 += values[b] * x[Index<TIndex>(columns, b)];
                    s1 += values[b + 1] * x[Index<TIndex>(columns, b + 1)];
                    s2 += values[b + 2] * x[Index<TIndex>(columns, b + 2)];
                    s3 += values[b + 3] * x[Index<TIndex>(columns, b + 3)];
                }
                for (; b < end; b++) s0 += values[b] * x[Index<TIndex>(columns, b)];
                y[i] = Clamp(s0 + s1 + (s2 + s3), min, max);
            }
        }
    }
}
