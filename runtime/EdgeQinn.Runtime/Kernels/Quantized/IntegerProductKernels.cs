using System.Numerics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Quantized;

/// <summary>
/// y[b, m, n] = Σ_k (A[b, m, k] − ZeroA[m]) · (B[b, k, n] − ZeroB[n]) in int32, wrapping. Operands of the batch nest: A, B, y, in matrices.
/// A null zero point is 0, a stride of 0 uses one for all.
/// </summary>
unsafe struct IntegerMatMulArgs
{
    public void* A, B;
    public int* ZeroA, ZeroB, Y;
    public long ZeroStrideA, ZeroStrideB, M, N, K;
    public LoopNest Batches;
}

/// <summary>
/// A direct convolution in int32: y[n, o] = Σ (x − ZeroX) · (w − ZeroW[o]) over the taps inside x; padding counts as ZeroX. Weights are
/// [Out channels, In channels / Groups, Kernel₀, Kernel₁, Kernel₂].
/// </summary>
unsafe struct IntegerConvArgs
{
    public void* X, W;
    public int* ZeroX, ZeroW, Y;
    public long ZeroStrideW;
    public int Batch, Groups, InChannels, OutChannels;
    public fixed int In[3], Out[3], Kernel[3], Stride[3], Dilation[3], Pad[3];
}

/// <summary>Matrix products and convolutions of 8-bit integers in true integer arithmetic.</summary>
static unsafe class IntegerProductKernels
{
    /// <summary>The matrix product for the operands' types.</summary>
    public static KernelFamily<IntegerMatMulArgs> MatMul(ElementType a, ElementType b) => MatMuls[Index(a, b)];

    /// <summary>The convolution for the types of data and weights.</summary>
    public static KernelFamily<IntegerConvArgs> Conv(ElementType x, ElementType w) => Convs[Index(x, w)];

    public static IEnumerable<KernelFamily> All => [.. MatMuls, .. Convs];

    static readonly KernelFamily<IntegerMatMulArgs>[] MatMuls =
        [MatMulFamily<sbyte, sbyte>(), MatMulFamily<sbyte, byte>(), MatMulFamily<byte, sbyte>(), MatMulFamily<byte, byte>()];

    static readonly KernelFamily<IntegerConvArgs>[] Convs =
        [ConvFamily<sbyte, sbyte>(), ConvFamily<sbyte, byte>(), ConvFamily<byte, sbyte>(), ConvFamily<byte, byte>()];

    static int Index(ElementType a, ElementType b) => (a == ElementType.UInt8 ? 2 : 0) + (b == ElementType.UInt8 ? 1 : 0);

    static string Suffix<TA, TB>() where TA : unmanaged where TB : unmanaged => $"{ElementTypes.Of<TA>().Short()}.{ElementTypes.Of<TB>().Short()}";

    static KernelFamily<IntegerMatMulArgs> MatMulFamily<TA, TB>() where TA : unmanaged, IBinaryInteger<TA> where TB : unmanaged, IBinaryInteger<TB> =>
        new($"integermatmul.{Suffix<TA, TB>()}", "y = (A − a₀)(B − b₀) in int32", &RunMatMul<TA, TB>);

    static KernelFamily<IntegerConvArgs> ConvFamily<TX, TW>() where TX : unmanaged, IBinaryInteger<TX> where TW : unmanaged, IBinaryInteger<TW> =>
        new($"integerconv.{Suffix<TX, TW>()}", "y = (x − x₀) ∗ (w − w₀) in int32", &RunConv<TX, TW>);

    static void RunMatMul<TA, TB>(IntegerMatMulArgs* args) where TA : unmanaged, IBinaryInteger<TA> where TB : unmanaged, IBinaryInteger<TB>
    {
        if (args->Batches.Count == 0) return;
        var at = new LoopCounter();
        do
        {
            var a = (TA*)args->A + at.Offset(0) * args->M * args->K;
            var b = (TB*)args->B + at.Offset(1) * args->K * args->N;
            int* y = args->Y + at.Offset(2) * args->M * args->N;
            for (long m = 0; m < args->M; m++)
                for (long n = 0; n < args->N; n++)
                {
                    int zeroA = args->ZeroA == null ? 0 : args->ZeroA[m * args->ZeroStrideA], zeroB = args->ZeroB == null ? 0 : args->ZeroB[n * args->ZeroStrideB], sum = 0;
                    for (long k = 0; k < args->K; k++)
                        sum += (int.CreateTruncating(a[m * args->K + k]) - zeroA) * (int.CreateTruncating(b[k * args->N + n]) - zeroB);
                    y[m * args->N + n] = sum;
                }
        }
        while (at.Next(args->Batches, 3, inner: 0));
    }

    static void RunConv<TX, TW>(IntegerConvArgs* a) where TX : unmanaged, IBinaryInteger<TX> where TW : unmanaged, IBinaryInteger<TW>
    {
        int* y = a->Y;
        for (int n = 0; n < a->Batch; n++)
            for (int o = 0; o < a->OutChannels; o++)
                for (int o0 = 0; o0 < a->Out[0]; o0++)
                    for (int o1 = 0; o1 < a->Out[1]; o1++)
                        for (int o2 = 0; o2 < a->Out[2]; o2++) *y++ = Window<TX, TW>(a, n, o, o0, o1, o2);
    }

    static int Window<TX, TW>(IntegerConvArgs* a, int n, int o, int o0, int o1, int o2)
        where TX : unmanaged, IBinaryInteger<TX> where TW : unmanaged, IBinaryInteger<TW>
    {
        int channels = a->InChannels / a->Groups, group = o / (a->OutChannels / a->Groups), sum = 0;
        int zeroX = a->ZeroX == null ? 0 : *a->ZeroX, zeroW = a->ZeroW == null ? 0 : a->ZeroW[o * a->ZeroStrideW];
        var w = (TW*)a->W + (long)o * channels * a->Kernel[0] * a->Kernel[1] * a->Kernel[2];
        for (int c = 0; c < channels; c++)
        {
            var x = (TX*)a->X + ((long)n * a->InChannels + group * channels + c) * a->In[0] * a->In[1] * a->In[2];
            for (int k0 = 0; k0 < a->Kernel[0]; k0++)
                for (int k1 = 0; k1 < a->Kernel[1]; k1++)
                    for (int k2 = 0; k2 < a->Kernel[2]; k2++, w++)
                    {
                        int i0 = o0 * a->Stride[0] - a->Pad[0] + k0 * a->Dilation[0], i1 = o1 * a->Stride[1] - a->Pad[1] + k1 * a->Dilation[1];
                        int i2 = o2 * a->Stride[2] - a->Pad[2] + k2 * a->Dilation[2];
                        if ((uint)i0 >= (uint)a->In[0] || (uint)i1 >= (uint)a->In[1] || (uint)i2 >= (uint)a->In[2]) continue;
                        sum += (int.CreateTruncating(x[((long)i0 * a->In[1] + i1) * a->In[2] + i2]) - zeroX) * (int.CreateTruncating(*w) - zeroW);
                    }
        }
        return sum;
    }
}
