using System.Numerics.Tensors;
using EdgeQinn.Converter.Compression;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>Block-sparse rows: what lies outside the mask is zero and stays so. The mask can be tightened while training goes on.</summary>
sealed class BlockSparseParameters : TrainableWeight
{
    readonly Leaf _leaf;
    readonly Int8Grid? _grid;
    readonly int _height, _width;
    readonly float[] _kept; // 1 inside the mask, 0 outside
    bool[,] _blocks;

    public BlockSparseParameters(BlockSparseWeight weight) : base(weight.Type, weight.Rows)
    {
        (_height, _width, _leaf) = (weight.Height, weight.Width, new Leaf(weight.ToArray()));
        _grid = weight.IsInt8 ? new Int8Grid(weight.Scales.ToArray()) : null;
        _blocks = new bool[weight.Groups, weight.BlockColumns];
        for (int g = 0; g < weight.Groups; g++)
            for (uint b = weight.Pointers[g]; b < weight.Pointers[g + 1]; b++) _blocks[g, weight.BlockColumn[(int)b]] = true;
        _kept = new float[Rows * Columns];
        Spread();
    }

    /// <summary>The share of blocks that are kept.</summary>
    public double Density => _blocks.Cast<bool>().Count(kept => kept) / (double)_blocks.Length;

    public override IEnumerable<Leaf> Leaves => [_leaf];

    /// <summary>Keeps only the largest blocks, at most <paramref name="density"/> of all.</summary>
    public void Prune(double density)
    {
        if (density >= Density) return;
        _blocks = BlockSparseBuilder.LargestBlocks(Layer(), _height, _width, density);
        Spread();
    }

    public override void Materialise(Span<float> w)
    {
        Forget();
        _leaf.Values.CopyTo(w);
        _grid?.Round(w[.._kept.Length]);
    }

    public override void Backward(ReadOnlySpan<float> dw) => TensorPrimitives.MultiplyAdd(dw[.._kept.Length], _kept, _leaf.Gradient, _leaf.Gradient);

    public override Weight ToWeight()
    {
        if (_grid is null) return BlockSparseBuilder.FromMask(Layer(), _height, _width, _blocks);
        var w = new float[Rows * Columns];
        Materialise(w);
        return BlockSparseBuilder.FromMask(Layer() with { Data = w }, _height, _width, _blocks, _grid.Scales);
    }

    DenseLayer Layer() => new(_leaf.Values, Type, Rows);

    /// <summary>Spreads the mask over the elements.</summary>
    void Spread()
    {
        for (int i = 0; i < _kept.Length; i++) _kept[i] = _blocks[i / Columns / _height, i % Columns / _width] ? 1 : 0;
        Forget();
    }

    /// <summary>Clears what lies outside the mask, where the optimiser's momentum still moves it.</summary>
    void Forget() => TensorPrimitives.Multiply(_leaf.Values, _kept, _leaf.Values);
}
