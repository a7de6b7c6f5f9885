using System.Numerics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Quantized;

/// <summary>
/// y[o, c, i] = saturate(round((x[o, c, i] + Bias[c]) · ScaleA[r] · ScaleB[c] / ScaleY) + ZeroY), r = o mod Rows. A null bias is 0; a stride of 0
/// uses one scale for all.
/// </summary>
unsafe struct RequantizeArgs
{
    public int* X, Bias;
    public float* ScaleA, ScaleB, ScaleY;
    public void* ZeroY, Y;
    public long Outer, Channels, Inner, Rows, StrideA, StrideB;
}

/// <summary>From int32 sums back to 8 bits.</summary>
static unsafe class RequantizeKernels
{
    public static KernelFamily<RequantizeArgs> Get(ElementType to) => to == ElementType.Int8 ? Int8 : UInt8;

    public static IEnumerable<KernelFamily> All => [Int8, UInt8];

    static KernelFamily<RequantizeArgs> Int8 { get; } = Family<sbyte>();

    static KernelFamily<RequantizeArgs> UInt8 { get; } = Family<byte>();

    static KernelFamily<RequantizeArgs> Family<T>() where T : unmanaged, IBinaryInteger<T> =>
        new($"requantize.{ElementTypes.Of<T>().Short()}", "y = saturate(round((x + bias) · a · b / y) + zero)", &Run<T>);

    static void Run<T>(RequantizeArgs* a) where T : unmanaged, IBinaryInteger<T>
    {
        int* x = a->X;
        T* y = (T*)a->Y;
        double zero = double.CreateTruncating(*(T*)a->ZeroY);
        for (long o = 0; o < a->Outer; o++)
            for (long c = 0; c < a->Channels; c++)
            {
                double factor = (double)a->ScaleA[o % a->Rows * a->StrideA] * a->ScaleB[c * a->StrideB] / *a->ScaleY;
                int bias = a->Bias == null ? 0 : a->Bias[c];
                for (long i = 0; i < a->Inner; i++) *y++ = T.CreateSaturating(Math.Round((*x++ + bias) * factor, MidpointRounding.ToEven) + zero);
            }
    }
}
