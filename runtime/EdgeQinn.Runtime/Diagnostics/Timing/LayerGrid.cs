using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Diagnostics.Timing;

/// <summary>A layer to time.</summary>
/// <param name="Layer">What it is.</param>
/// <param name="Graph">A model of it alone.</param>
sealed record GridLayer(TimedLayer Layer, ModelGraph Graph);

/// <summary>
/// The layers a kernel table holds: every operator with weights × every format × a grid of sizes, random numbers throughout. Sizes are four apart
/// where interpolation between them is good enough (the table's checks tell), twice where kernels change.
/// </summary>
static partial class LayerGrid
{
    /// <summary>Layers larger than this are left out; a board with a GMAC/s would take a tenth of a second for each run.</summary>
    const long MostMultiplyAdds = 100_000_000;

    /// <summary>How fine the grid is.</summary>
    public enum Fineness
    {
        /// <summary>Every format in one or two shapes: seconds.</summary>
        Quick,

        /// <summary>The whole grid: a minute or two.</summary>
        Full,
    }

    /// <summary>The layers, made one by one as they are asked for.</summary>
    public static IEnumerable<GridLayer> Layers(Fineness fineness)
    {
        var grid = fineness == Fineness.Full ? Sizes.Full : Sizes.Quick;
        return Linear(grid).Concat(Convolutions(grid)).Concat(Recurrences(grid));
    }

    /// <summary>Layers off the grid.</summary>
    public static IEnumerable<GridLayer> Checks(Fineness fineness)
    {
        var grid = fineness == Fineness.Full ? Sizes.Checks : Sizes.Quick with { DenseLinear = [64], Linear = [64], Steps = [32], DenseSteps = [32], Outputs = [16], Inputs = [16], Taps = [5], Units = [32], Many = [] };
        return Linear(grid).Concat(Convolutions(grid)).Concat(Recurrences(grid));
    }

    sealed record Sizes
    {
        public required int[] DenseLinear { get; init; }

        public required int[] Linear { get; init; }

        /// <summary>Inputs and outputs of layers over 16 vectors.</summary>
        public required int[] Many { get; init; }

        public required int[] Taps { get; init; }

        public required int[] DenseTaps { get; init; }

        public required int[] Inputs { get; init; }

        public required int[] Outputs { get; init; }

        public required int[] Steps { get; init; }

        /// <summary>Steps of dense convolutions, whose kernels change from few to few.</summary>
        public required int[] DenseSteps { get; init; }

        public required int[] Units { get; init; }

        public required double[] Densities { get; init; }

        public required int[] Ranks { get; init; }

        public required int[] Bonds { get; init; }

        public static Sizes Full { get; } = new()
        {
            DenseLinear = [8, 16, 32, 64, 128, 256, 512, 1024, 2048], Linear = [8, 32, 128, 512, 2048], Many = [32, 128, 512],
            DenseTaps = [1, 3, 5, 7, 9, 13, 64], Taps = [1, 3, 9], Inputs = [1, 8, 32, 128], Outputs = [8, 32, 128], Steps = [8, 32, 128, 512],
            DenseSteps = [8, 16, 32, 48, 64, 96, 128, 256, 512],
            Units = [16, 64, 256], Densities = [0.05, 0.1, 0.2, 0.4], Ranks = [4, 16, 64], Bonds = [2, 8, 32],
        };

        public static Sizes Quick { get; } = new()
        {
            DenseLinear = [32, 256], Linear = [32, 256], Many = [64], DenseTaps = [5], Taps = [5], Inputs = [32], Outputs = [32], Steps = [16, 128], DenseSteps = [16, 128],
            Units = [64], Densities = [0.1], Ranks = [8], Bonds = [4],
        };

        public static Sizes Checks { get; } = new()
        {
            DenseLinear = [24, 100, 640], Linear = [48, 200, 768], Many = [64], DenseTaps = [3, 5], Taps = [5], Inputs = [16, 64], Outputs = [20, 64], Steps = [20, 100], DenseSteps = [20, 100],
            Units = [48], Densities = [0.15], Ranks = [8], Bonds = [4],
        };
    }

    static IEnumerable<GridLayer> Linear(Sizes grid)
    {
        foreach (var (vectors, n, m) in Shapes(grid.DenseLinear, grid.Many))
            if (Linear(r => RandomWeights.Dense(r, m, n), vectors) is { } layer) yield return layer;
        foreach (var (vectors, n, m) in Shapes(grid.Linear, grid.Many))
            foreach (var weight in LinearFormats(grid, m, n))
                if (Linear(weight, vectors) is { } layer) yield return layer;
    }

    static IEnumerable<(int Vectors, int Inputs, int Outputs)> Shapes(int[] single, int[] many) =>
        [.. from n in single from m in single select (1, n, m), .. from n in many from m in many select (16, n, m)];

    static IEnumerable<Func<Random, Weight>> LinearFormats(Sizes grid, int m, int n)
    {
        yield return r => RandomWeights.Int8(r, m, n);
        foreach (double density in grid.Densities)
        {
            foreach (bool int8 in (bool[])[false, true])
                foreach (int height in (int[])[1, 4, 8, 16])
                    if (height <= m) yield return r => RandomWeights.BlockSparse(r, height, 1, density, int8, m, n);
            yield return r => RandomWeights.BlockSparse(r, 4, 4, density, true, m, n);
            if (density <= 0.25 && m >= 16) yield return r => RandomWeights.Hadamard(r, 16, density, false, m, n);
        }
        int least = Math.Min(m, n);
        foreach (int rank in grid.Ranks)
            if (2 * rank <= least || rank == grid.Ranks[0]) yield return r => RandomWeights.LowRank(r, rank, m, n);
        foreach (int cores in (int[])[2, 3])
            foreach (int bond in grid.Bonds)
                if (bond <= least && Modes(m, cores) is { } rows && Modes(n, cores) is { } columns) yield return r => RandomWeights.Mps(r, rows, columns, bond);
        foreach (int groups in (int[])[4, 16])
            foreach (int rank in grid.Ranks)
            {
                if (m % groups != 0 || n % groups != 0 || 2 * rank > least) continue;
                foreach (var kind in (EntangledKind[])[EntangledKind.Phase, EntangledKind.Rotation, EntangledKind.Coupled])
                    yield return r => RandomWeights.Entangled(r, kind, groups, rank, m, n);
                if (rank <= groups * groups) yield return r => RandomWeights.Schmidt(r, groups, rank, m, n);
            }
    }

    /// <summary>Equal or nearly equal factors, the largest first; null where the number has none above 1.</summary>
    public static int[]? Modes(int size, int count)
    {
        var modes = new int[count];
        for (int k = count - 1; k > 0; k--)
        {
            int mode = (int)Math.Floor(Math.Pow(size, 1.0 / (k + 1)) + 1e-9);
            while (size % mode != 0) mode--;
            (modes[k], size) = (mode, size / mode);
        }
        modes[0] = size;
        return Array.TrueForAll(modes, m => m > 1) ? modes : null;
    }

    static GridLayer? Linear(Func<Random, Weight> make, int vectors)
    {
        var random = new Random(1);
        var weight = make(random);
        return Layer("Linear", TimedLayer.Linear(weight, vectors), [], (null, RandomWeights.Matrix(vectors, weight.Columns)), Constant(weight.Encode()),
            Constant(RandomWeights.Floats(random, weight.Rows)));
    }

    static GridLayer? Layer(string op, TimedLayer layer, AttributeMap attributes, params (EncodedTensor? Constant, TensorType Type)[] operands) =>
        layer.MultiplyAdds > MostMultiplyAdds ? null : new GridLayer(layer, SingleNode.Graph(op, attributes, 1, operands));

    static (EncodedTensor? Constant, TensorType Type) Constant(EncodedTensor tensor) => (tensor, tensor.Type);
}
