namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class BlockSparse
{
    interface IHeight
    {
        static abstract int Value { get; }
    }

    readonly struct One : IHeight { public static int Value => 1; }
    readonly struct Four : IHeight { public static int Value => 4; }
    readonly struct Eight : IHeight { public static int Value => 8; }
    readonly struct Sixteen : IHeight { public static int Value => 16; }

    /// <summary>The formula.</summary>
    static void Reference<TIndex, TV>(BlockSparseArgs* a) where TIndex : unmanaged where TV : IHeight
    {
        int v = TV.Value;
        for (int n = 0; n < a->Batch; n++)
            for (int i = 0; i < a->Rows; i++)
            {
                float sum = a->Bias[n * a->BiasStride + i];
                for (uint b = a->Pointers[i / v]; b < a->Pointers[i / v + 1]; b++)
                    sum += a->Values[b * v + i % v] * a->X[n * a->XStride + Index<TIndex>(a->Columns, (nint)b)];
                a->Y[n * a->YStride + i] = Clamp(sum, a->Min, a->Max);
            }
    }

    static float Clamp(float x, float min, float max) => x < min ? min : x > max ? max : x;
}
