namespace EdgeQinn.Converter.Import;

/// <summary>How one ONNX operator, in a range of operator set versions, becomes operators of the runtime.</summary>
/// <param name="Operator">The ONNX operator.</param>
/// <param name="From">The oldest operator set version this adapter is right for.</param>
/// <param name="Import">Emits the runtime's operators.</param>
/// <param name="ConstantInputs">Inputs that only shape the result, so that they must be known at conversion.</param>
public sealed record Adapter(string Operator, int From, Action<NodeImporter> Import, params int[] ConstantInputs)
{
    /// <summary>The newest operator set version this adapter is right for.</summary>
    public int To { get; init; } = AdapterTable.NewestOpset;
}
