using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Quantized;

/// <summary>Every kernel of quantisation, for <see cref="KernelTable"/>.</summary>
static class QuantizedTable
{
    static readonly ElementType[] Levels = [ElementType.Int8, ElementType.UInt8, ElementType.Int16, ElementType.UInt16];

    public static IEnumerable<KernelFamily> All =>
    [
        .. from real in NumberTypes.Floats from level in Levels select LinearQuantizeKernels.Quantize(real, level),
        .. from real in NumberTypes.Floats from level in Levels.Append(ElementType.Int32) select LinearQuantizeKernels.Dequantize(level, real),
        DynamicQuantizeKernels.Family, .. IntegerProductKernels.All, .. RequantizeKernels.All,
    ];
}
