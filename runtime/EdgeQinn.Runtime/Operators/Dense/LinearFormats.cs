using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators.Formats;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Dense;

/// <summary>A linear layer to plan: <c>Y[Rows, M] = clamp(X[Rows, N] Wᵀ + b)</c>, both row-major.</summary>
/// <param name="Weights">W, of shape [M, N], in any encoding.</param>
/// <param name="Rows">The number of input vectors.</param>
/// <param name="X">The inputs.</param>
/// <param name="Y">The outputs; never overlap the inputs.</param>
/// <param name="Bias">M floats; null for none.</param>
/// <param name="Low">The clamp's lower bound, −∞ for none.</param>
/// <param name="High">The clamp's upper bound, ∞ for none.</param>
/// <param name="IsForced">Whether a sparse weight runs sparse even where the dense kernel is faster.</param>
public sealed record LinearLayer(
    EncodedTensor Weights, int Rows, BufferRef X, BufferRef Y, BufferRef? Bias,
    float Low = float.NegativeInfinity, float High = float.PositiveInfinity, bool IsForced = false)
{
    /// <summary>Outputs per row.</summary>
    public int M => Weights.Type.Shape[0];

    /// <summary>Inputs per row.</summary>
    public int N => Weights.Type.Shape[1];
}

/// <summary>Appends the steps that compute a layer whose weights have one encoding.</summary>
public delegate void LinearPlanner(LinearLayer layer, StepPlanner planner);

/// <summary>The encodings of linear weights that this runtime executes. Linear layers and recurrences plan through here alone.</summary>
public static class LinearFormats
{
    static readonly Dictionary<string, LinearPlanner> ByEncoding = new(StringComparer.Ordinal)
    {
        [EncodedTensor.Dense] = DenseLinear.Plan,
        [BlockSparseWeight.Name] = BlockSparseLinear.Plan,
        [Int8Weight.Name] = Int8Linear.Plan,
        [LowRankWeight.Name] = FactoredLinear.PlanLowRank,
        [MpsWeight.Name] = MpsLinear.Plan,
        [EntangledWeight.Name] = FactoredLinear.PlanEntangled,
        [HadamardWeight.Name] = FactoredLinear.PlanHadamard,
        [SumWeight.Name] = FactoredLinear.PlanSum,
    };

    /// <summary>The encodings' names.</summary>
    public static IReadOnlyCollection<string> Encodings => ByEncoding.Keys;

    /// <summary>Whether weights with <paramref name="encoding"/> can be executed.</summary>
    public static bool Contains(string encoding) => ByEncoding.ContainsKey(encoding);

    /// <summary>
    /// Whether a product with <paramref name="weights"/> depends on the range of all inputs it is given, as int8 without a calibrated range does:
    /// the vectors of independent inputs must then not be multiplied together.
    /// </summary>
    public static bool ReadsRange(EncodedTensor? weights) => weights is not null &&
        ((weights.Encoding == Int8Weight.Name && WeightEncodings.Read(weights) is Int8Weight { Input: null })
            || (weights.Encoding == BlockSparseWeight.Name && WeightEncodings.Read(weights) is BlockSparseWeight { IsInt8: true }) || weights.Children.Any(ReadsRange));

    /// <summary>Appends the steps that compute <paramref name="layer"/>.</summary>
    /// <exception cref="GraphException">The encoding is not known.</exception>
    public static void Plan(LinearLayer layer, StepPlanner planner)
    {
        if (!ByEncoding.TryGetValue(layer.Weights.Encoding, out var plan))
            throw new GraphException($"no linear layer is executed from weights encoded as '{layer.Weights.Encoding}'; known are {string.Join(", ", Encodings)}");
        plan(layer, planner);
    }
}
