using EdgeQinn.Runtime.Kernels.Attention;
using EdgeQinn.Runtime.Kernels.Dense;
using EdgeQinn.Runtime.Kernels.Elementwise;
using EdgeQinn.Runtime.Kernels.Movement;
using EdgeQinn.Runtime.Kernels.Quantized;
using EdgeQinn.Runtime.Kernels.Recurrent;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The single list of kernels: dispatch, tests, benchmarks and <c>edgeqinn kernels</c> read it. A kernel not listed does not exist.</summary>
public static class KernelTable
{
    /// <summary>Every family.</summary>
    public static IReadOnlyList<KernelFamily> All { get; } =
    [
        ConvPad.Family, ConvPack.Family, ConvTime.Family, ConvDepthwise.Family, ConvChannel.Family, ConvWinograd.Filter3, ConvWinograd.Filter5, ConvWinograd.Filter7,
        Gemv.Family, Gemm.Family, GemmBatched.Family, AttentionKernel.Family, GemmFinish.Family, Transpose2D.Family,
        Recurrence.Family, RnnCell.Family, GruCell.ResetFamily, GruCell.Family, LstmCell.Family, GruDense.Family, LstmDense.Family,
        .. BlockSparse.Narrow, .. BlockSparse.Wide, QuadSparse.Family,
        SparseConv.Single, SparseConv.Quad, ConvSegment.Family, SegmentedConv.Family, Int8SparseConv.Family,
        Quantise.Family, Int8Conv.Family, Int8Winograd.Filter3, Int8Winograd.Filter5, Int8Gemv.Family,
        WalshTransform.Family, Coupling.Family, SumClamp.Family,
        .. ElementwiseTable.All, .. MovementTable.All, .. AxisTable.All, .. QuantizedTable.All,
    ];
}
