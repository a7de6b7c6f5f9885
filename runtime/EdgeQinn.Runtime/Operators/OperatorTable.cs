using System.Collections.Immutable;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators.Dense;
using EdgeQinn.Runtime.Operators.Elementwise;
using EdgeQinn.Runtime.Operators.Movement;
using EdgeQinn.Runtime.Operators.Normalization;
using EdgeQinn.Runtime.Operators.Pooling;
using EdgeQinn.Runtime.Operators.Quantized;
using EdgeQinn.Runtime.Operators.Recurrent;
using EdgeQinn.Runtime.Operators.Reduction;
using EdgeQinn.Runtime.Operators.Resampling;
using EdgeQinn.Runtime.Operators.Streaming;

namespace EdgeQinn.Runtime.Operators;

/// <summary>The single list of operators a file may use.</summary>
public static class OperatorTable
{
    static readonly Dictionary<string, Operator> ByName = Build(
    [
        new Conv(), new ConvTranspose(),
        .. WidenedOperator.Numbers(
        [
            .. UnaryOperators.All, .. BinaryOperators.All, .. VariadicOperator.All, new ClipOperator(), new PowOperator(),
            .. PoolOperator.All, .. ArgExtremeOperator.All, new CumSumOperator(), new TopKOperator(),
        ]),
        .. WidenedOperator.Floats(
        [
            .. SoftmaxOperator.All, new BatchNormalizationOperator(), .. LayerNormalizationOperator.All, new InstanceNormalizationOperator(),
            new GroupNormalizationOperator(), new LpNormalizationOperator(), new LrnOperator(), new MeanVarianceNormalizationOperator(),
            new ResizeOperator(), new QuantizeLinearOperator(), new DequantizeLinearOperator(),
        ]),
        .. ReduceOperator.All, new CastOperator(), new WhereOperator(),
        new ReshapeOperator(), new TransposeOperator(), new SliceOperator(), new ConcatOperator(), new SplitOperator(), new ExpandOperator(),
        new PadOperator(), new TileOperator(), new DepthToSpaceOperator(), new SpaceToDepthOperator(), new TriluOperator(), new ReverseSequenceOperator(),
        new GatherOperator(), new GatherElementsOperator(), new GatherNdOperator(), new ScatterElementsOperator(), new ScatterNdOperator(), new OneHotOperator(),
        new DynamicQuantizeLinearOperator(), new MatMulIntegerOperator(), new QLinearMatMulOperator(), new ConvIntegerOperator(), new QLinearConvOperator(),
        new LinearOperator(), new MatMulOperator(), new GemmOperator(), new AttentionOperator(),
        new RnnOperator(), new GruOperator(), new LstmOperator(),
        new HistoryOperator(), new RunningOperator(),
    ]);

    /// <summary>Every operator.</summary>
    public static IReadOnlyCollection<Operator> All => ByName.Values;

    /// <summary>Whether the runtime has the operator.</summary>
    public static bool Contains(string name) => ByName.ContainsKey(name);

    /// <summary>The operator called <paramref name="name"/>.</summary>
    /// <exception cref="GraphException">This version has none.</exception>
    public static Operator Get(string name) =>
        ByName.TryGetValue(name, out var op) ? op : throw new GraphException($"operator '{name}' is not known to this version of the runtime");

    /// <summary>The types of all outputs of <paramref name="call"/>: the operator's shape rule, with every error naming the node.</summary>
    /// <exception cref="GraphException">This version has no such operator, or the call breaks its rule.</exception>
    public static ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        if (!Contains(call.Node.Operator)) throw new GraphException($"node '{call.Node.Name}': operator '{call.Node.Operator}' is not known to this version of the runtime");
        try
        {
            return Get(call.Node.Operator).Infer(call);
        }
        catch (AttributeException e)
        {
            throw call.Fail(e.Message);
        }
        catch (OverflowException)
        {
            throw call.Fail("a size overflows 32 bits");
        }
    }

    static Dictionary<string, Operator> Build(ReadOnlySpan<Operator> operators)
    {
        var table = new Dictionary<string, Operator>(StringComparer.Ordinal);
        foreach (var op in operators) table.Add(op.Name, op);
        return table;
    }
}
