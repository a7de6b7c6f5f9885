using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Recurrent;

namespace EdgeQinn.Runtime.Operators.Recurrent;

/// <summary><c>RNN</c>, as ONNX with layout 0.</summary>
public sealed class RnnOperator : RecurrentOperator
{
    /// <inheritdoc/>
    public override string Name => "RNN";

    /// <inheritdoc/>
    protected override int Gates => 1;

    /// <inheritdoc/>
    protected override ReadOnlySpan<CellActivationKind> StandardActivations => [CellActivationKind.Tanh];

    /// <inheritdoc/>
    protected override KernelFamily<CellArgs> Cell => RnnCell.Family;

    /// <inheritdoc/>
    protected override bool IsPlain(in CellArgs cell) => cell.F.Kind == CellActivationKind.Tanh && float.IsPositiveInfinity(cell.Clip);
}
