using EdgeQinn.Converter;
using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Compression;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>
/// The formats that instructions are counted in. int8 and sparse weights are the models' own, and int8 layers have the ranges of their inputs as calibration gives them;
/// factors are random numbers: what runs depends on their sizes, not on what they were fitted to.
/// </summary>
static class CountedFormats
{
    const int Rank = 16, Groups = 8, Bond = 4;

    /// <summary>Each format's name, and what makes a layer's weight in it; null where the layer cannot have it.</summary>
    public static IReadOnlyList<(string Name, Func<DenseLayer, Random, Weight?> Weight)> All { get; } =
    [
        ("dense", (_, _) => null),
        ("int8", Own("int8")),
        ("sparse, 90 % zeros", Own("sparse:density=0.1")),
        ("sparse int8, 90 % zeros", Own("sparse:density=0.1,type=int8")),
        ("bcsr 4×1, 90 % zeros", Own("bcsr:v=4,density=0.1")),
        ("bcsr 8×1, 90 % zeros", Own("bcsr:v=8,density=0.1")),
        ("bcsr 16×1, 90 % zeros", Own("bcsr:v=16,density=0.1")),
        ("bcsr 4×1 int8, 90 % zeros", Own("bcsr:v=4,density=0.1,type=int8")),
        ("bcsr 8×1 int8, 90 % zeros", Own("bcsr:v=8,density=0.1,type=int8")),
        ("bcsr 16×1 int8, 90 % zeros", Own("bcsr:v=16,density=0.1,type=int8")),
        ("bcsr 4×4 int8, 90 % zeros", Own("bcsr:v=4,width=4,type=int8,density=0.1")),
        ("lowrank 16", (l, r) => RandomWeights.LowRank(r, Rank, l.Type.Shape.AsSpan())),
        ("lowrank int8 16", (l, r) => new LowRankWeight(l.Type, RandomWeights.Int8(r, l.Rows, Rank), RandomWeights.Int8(r, Rank, l.Columns))),
        ("mps, bond 4", (l, r) => l.IsConvolution ? null : Mps(l, r)),
        ("entangled phase, 8 groups, rank 16", (l, r) => Entangled(l, r, EntangledKind.Phase)),
        ("entangled rotation, 8 groups, rank 16", (l, r) => Entangled(l, r, EntangledKind.Rotation)),
        ("entangled coupled, 8 groups, rank 16", (l, r) => Entangled(l, r, EntangledKind.Coupled)),
        ("entangled schmidt, 8 groups, 2 terms", (l, r) => l.IsConvolution || l.Rows % Groups != 0 || l.Columns % Groups != 0 ? null : RandomWeights.Schmidt(r, Groups, 2, l.Rows, l.Columns)),
        ("hadamard 16×1, 90 % zeros", (l, r) => l.IsConvolution ? null : RandomWeights.Hadamard(r, 16, 0.1, false, l.Rows, l.Columns)),
        ("tucker2 16", (l, r) => l.IsConvolution ? RandomWeights.Tucker2(r, Rank, l.Type.Shape.AsSpan()) : null),
        ("cp 16", (l, r) => l.IsConvolution ? RandomWeights.Cp(r, Rank, l.Type.Shape.AsSpan()) : null),
        ("sum of lowrank 8 and sparse, 95 % zeros", (l, r) => new SumWeight(
            l.Type, l.Rows, RandomWeights.LowRank(r, Rank / 2, l.Type.Shape.AsSpan()), RandomWeights.BlockSparse(r, 1, 1, 0.05, false, l.Type.Shape.AsSpan()))),
    ];

    /// <summary>The graph with every layer in the format that can have it and takes fewer multiply-adds then than dense (int8: as many), how many these are, and of how many.</summary>
    public static (ModelGraph Graph, int Layers, int Of) Apply(ModelGraph graph, string name, Func<DenseLayer, Random, Weight?> weight)
    {
        var sites = WeightSite.Find(graph);
        if (name == "dense") return (graph, sites.Count, sites.Count);
        var random = new Random(1);
        var inputs = name == "int8" ? Inputs(graph, sites) : new LayerInputs?[sites.Count];
        var replacements = new List<WeightReplacement>();
        foreach (var (site, given) in sites.Zip(inputs))
            if (weight(site.Weight with { Inputs = given }, random) is { } made && (made is Int8Weight || made.MultiplyAdds < site.Weight.Data.Length)) replacements.Add(new WeightReplacement(site, made.Encode()));
        return (WeightReplacement.Apply(graph, replacements), replacements.Count, sites.Count);
    }

    /// <summary>What the layers' inputs look like when the network's are random numbers: ranges for int8, as a deployed file has them, so that no run looks for its own.</summary>
    static IReadOnlyList<LayerInputs?> Inputs(ModelGraph graph, IReadOnlyList<WeightSite> sites)
    {
        const int Windows = CalibrationSet.MinWindows;
        var random = new Random(1);
        float[] Drawn(int count) => [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
        var values = graph.Inputs.Select(v => graph.Values[v]).ToArray();
        var set = new CalibrationSet([.. values.Select(v => v.Name)], [.. values.Select(v => Drawn(Windows * v.Type.Count))], Windows, new int[Windows], new int[Windows], []);
        return LayerInputsCollector.Collect(graph, sites, set, [.. Enumerable.Range(0, Windows)], [], 1);
    }

    /// <summary>What <c>--format</c> makes of a layer's own weight.</summary>
    static Func<DenseLayer, Random, Weight?> Own(string format)
    {
        var request = FormatRequest.Parse($"*={format}");
        return (layer, _) => request.Build(layer);
    }

    static EntangledWeight? Entangled(DenseLayer layer, Random random, EntangledKind kind) =>
        layer.IsConvolution || layer.Rows % Groups != 0 ? null : RandomWeights.Entangled(random, kind, Groups, Rank, layer.Rows, layer.Columns);

    /// <summary>Two cores, their modes as near to the square roots as divisors are; none for primes.</summary>
    static MpsWeight? Mps(DenseLayer layer, Random random)
    {
        int rows = Divisor(layer.Rows), columns = Divisor(layer.Columns);
        return rows == 1 || columns == 1 ? null : RandomWeights.Mps(random, [layer.Rows / rows, rows], [layer.Columns / columns, columns], Bond);
    }

    static int Divisor(int n) => Enumerable.Range(1, (int)Math.Sqrt(n)).Last(d => n % d == 0);
}
