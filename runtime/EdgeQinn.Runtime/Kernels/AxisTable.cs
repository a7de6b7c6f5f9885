using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Normalization;
using EdgeQinn.Runtime.Kernels.Pooling;
using EdgeQinn.Runtime.Kernels.Reduction;
using EdgeQinn.Runtime.Kernels.Resampling;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>Every kernel that works along axes or windows, for <see cref="KernelTable"/>.</summary>
static class AxisTable
{
    public static IEnumerable<KernelFamily> All =>
    [
        .. Numbers(ReduceKernels.Vectorized<Summation>), .. Numbers(ReduceKernels.Vectorized<Average>), .. Numbers(ReduceKernels.Vectorized<Maximum>),
        .. Numbers(ReduceKernels.Vectorized<Minimum>), .. Numbers(ReduceKernels.Vectorized<Product>), .. Numbers(ReduceKernels.Vectorized<AbsoluteSum>),
        .. Numbers(ReduceKernels.Vectorized<EuclideanNorm>), .. Numbers(ReduceKernels.Vectorized<SquareSum>), .. Numbers(ReduceKernels.Vectorized<LogSum>),
        .. Numbers(ReduceKernels.Get<LogSumExp>), .. RunningKernels.All,
        .. Numbers(AxisKernels.ArgMax), .. Numbers(AxisKernels.ArgMin), .. Numbers(AxisKernels.CumulativeSum), .. Numbers(AxisKernels.TopK),
        .. Floats(SoftmaxKernels.Softmax), .. Floats(SoftmaxKernels.LogSoftmax), .. Floats(SoftmaxKernels.Hardmax),
        .. Numbers(PoolKernels.Max), .. Floats(PoolKernels.Average), .. Floats(PoolKernels.Lp),
        .. Floats(NormalizeKernels.Get), .. Floats(BatchNormKernels.Fold), .. Floats(BatchNormKernels.Affine),
        .. Floats(AxisNormKernels.LpNorm), .. Floats(AxisNormKernels.Lrn), .. Floats(AxisNormKernels.Standardize), .. Floats(ResampleKernels.Get),
    ];

    static IEnumerable<KernelFamily> Numbers(Func<ElementType, KernelFamily> family) => NumberTypes.All.Select(family);

    static IEnumerable<KernelFamily> Floats(Func<ElementType, KernelFamily> family) => NumberTypes.Floats.Select(family);
}
