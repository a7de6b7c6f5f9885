using EdgeQinn.Converter.Import.Adapters;

namespace EdgeQinn.Converter.Import;

/// <summary>The single list of ONNX operators the converter reads. An operator not listed is refused by name.</summary>
public static class AdapterTable
{
    /// <summary>The oldest version of the default operator set that is read.</summary>
    public const int OldestOpset = 1;

    /// <summary>The newest. Versions 23 to 25 added operators, types and attributes to 22; attributes an adapter does not know are refused.</summary>
    public const int NewestOpset = 25;

    static readonly ILookup<string, Adapter> ByName = new[]
    {
        ConstantAdapters.All, ControlFlowAdapters.All, ConvolutionAdapters.All, EinsumAdapter.All, ElementwiseAdapters.All, IndexingAdapters.All, LinearAdapters.All,
        MovementAdapters.All, NormalizationAdapters.All, QuantizationAdapters.All, RecurrentAdapters.All, ReductionAdapters.All, ResizeAdapters.All,
        ShapeAdapters.All,
    }.SelectMany(a => a).ToLookup(a => a.Operator, StringComparer.Ordinal);

    /// <summary>Every adapter.</summary>
    public static IEnumerable<Adapter> All => ByName.SelectMany(a => a);

    /// <summary>The adapter for an operator of the default domain in version <paramref name="opset"/>; null where there is none.</summary>
    public static Adapter? Find(string op, int opset) => ByName[op].FirstOrDefault(a => a.From <= opset && opset <= a.To);

    /// <summary>The versions in which the operator is read, oldest and newest; null where it is not read at all.</summary>
    public static (int From, int To)? Range(string op) => ByName.Contains(op) ? (ByName[op].Min(a => a.From), ByName[op].Max(a => a.To)) : null;
}
