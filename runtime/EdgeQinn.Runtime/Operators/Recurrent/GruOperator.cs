using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Recurrent;

namespace EdgeQinn.Runtime.Operators.Recurrent;

/// <summary><c>GRU</c>, as ONNX with layout 0; gates z r h.</summary>
public sealed class GruOperator : RecurrentOperator
{
    /// <inheritdoc/>
    public override string Name => "GRU";

    /// <inheritdoc/>
    protected override int Gates => 3;

    /// <inheritdoc/>
    protected override ReadOnlySpan<CellActivationKind> StandardActivations => [CellActivationKind.Sigmoid, CellActivationKind.Tanh];

    /// <inheritdoc/>
    protected override KernelFamily<CellArgs> Cell => GruCell.Family;

    /// <inheritdoc/>
    protected override KernelFamily<DenseRecurrenceArgs>? Dense => GruDense.Family;

    /// <inheritdoc/>
    protected override bool ResetsBefore(OperatorCall call) => call.Attributes.Int("linear_before_reset") == 0;
}
