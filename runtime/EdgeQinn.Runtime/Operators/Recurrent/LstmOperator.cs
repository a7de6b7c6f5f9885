using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Recurrent;

namespace EdgeQinn.Runtime.Operators.Recurrent;

/// <summary><c>LSTM</c>, as ONNX with layout 0; gates i o f c.</summary>
public sealed class LstmOperator : RecurrentOperator
{
    /// <inheritdoc/>
    public override string Name => "LSTM";

    /// <inheritdoc/>
    protected override int Gates => 4;

    /// <inheritdoc/>
    protected override bool HasCellState => true;

    /// <inheritdoc/>
    protected override ReadOnlySpan<CellActivationKind> StandardActivations => [CellActivationKind.Sigmoid, CellActivationKind.Tanh, CellActivationKind.Tanh];

    /// <inheritdoc/>
    protected override KernelFamily<CellArgs> Cell => LstmCell.Family;

    /// <inheritdoc/>
    protected override KernelFamily<DenseRecurrenceArgs>? Dense => LstmDense.Family;
}
