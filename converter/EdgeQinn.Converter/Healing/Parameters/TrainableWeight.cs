using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>
/// A weight in its encoding as a differentiable function from the numbers it stores to the matrix they stand for. Layers train against the matrix;
/// this hands the gradient on, so that masks stay masks and factors stay factors.
/// </summary>
abstract class TrainableWeight(TensorType type, int rows)
{
    /// <summary>What it stands for.</summary>
    public TensorType Type => type;

    /// <summary>M.</summary>
    public int Rows => rows;

    /// <summary>N.</summary>
    public int Columns => type.Count / rows;

    /// <summary>What the optimiser changes.</summary>
    public abstract IEnumerable<Leaf> Leaves { get; }

    /// <summary>Writes the matrix, row-major.</summary>
    public abstract void Materialise(Span<float> w);

    /// <summary>Adds to the leaves' gradients what the gradient by the matrix makes of them. Follows a <see cref="Materialise"/>.</summary>
    public abstract void Backward(ReadOnlySpan<float> dw);

    /// <summary>The weight as it is now.</summary>
    public abstract Weight ToWeight();

    /// <summary>Starts from a weight; factors may themselves be encoded.</summary>
    public static TrainableWeight From(Weight weight) => weight switch
    {
        DenseWeight dense => new DenseParameters(dense),
        Int8Weight int8 => new Int8Parameters(int8),
        BlockSparseWeight sparse => new BlockSparseParameters(sparse),
        LowRankWeight lowRank => new LowRankParameters(lowRank),
        MpsWeight mps => new MpsParameters(mps),
        EntangledWeight { Kind: EntangledKind.Schmidt } schmidt => new SchmidtParameters(schmidt),
        EntangledWeight entangled => new EntangledParameters(entangled),
        HadamardWeight hadamard => new HadamardParameters(hadamard),
        Tucker2Weight tucker => new Tucker2Parameters(tucker),
        CpWeight cp => new CpParameters(cp),
        SumWeight sum => new SumParameters(sum),
        _ => throw new GraphException($"training does not know the encoding '{weight.Encoding}'"),
    };
}
