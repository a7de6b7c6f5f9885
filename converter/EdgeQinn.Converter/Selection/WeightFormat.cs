using EdgeQinn.Converter.Compression;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Selection;

/// <summary>A format that a layer's weight can be given by name and plain parameters.</summary>
/// <param name="Name">Such as <c>bcsr</c>.</param>
/// <param name="Keys">The parameters' names.</param>
/// <param name="Help">What it is and what its parameters mean, in one line.</param>
/// <param name="Build">Makes the weight.</param>
/// <param name="OnlyConvolutions">Whether it is a form of convolutions.</param>
/// <param name="OnlyMatrices">Whether it is a form of linear layers.</param>
public sealed record WeightFormat(
    string Name, string[] Keys, string Help, Func<DenseLayer, FormatParameters, Weight> Build, bool OnlyConvolutions = false, bool OnlyMatrices = false)
{
    /// <summary>Every format.</summary>
    public static IReadOnlyList<WeightFormat> All { get; } =
    [
        new("dense", [], "float32 as it is", (layer, _) => new DenseWeight(EncodedTensor.FromSpan<float>(layer.Data, layer.Type.Shape.AsSpan()), layer.Rows)),
        new("int8", ["scale", "zero", "range"], "int8 with a scale per row; activations by scale and zero point, else by range: each (input's own), or from calibration minmax, percentile, mse (the default with calibration)", BuildInt8),
        new("bcsr", ["density", "v", "width", "type"], "blocks of v rows (1, 4, 8, 16; default 4 for convolutions, 16 for matrices) by norm; type f32 or int8, where width may be 4", BuildBlockSparse),
        new("sparse", ["density", "type"], "bcsr with blocks of one weight", (layer, p) => BlockSparseBuilder.Build(layer, 1, 1, p.Share("density"), IsInt8(p))),
        new("lowrank", ["rank", "type"], "U·V by truncated SVD; type f32 or int8", (layer, p) => LowRankBuilder.Build(layer, p.Count("rank"), IsInt8(p))),
        new("mps", ["rows", "columns", "bond", "tolerance"], "tensor train by TT-SVD; rows=16x8,columns=8x16 (two balanced cores by default); bond, or relative tolerance", BuildMps, OnlyMatrices: true),
        new("entangled", ["kind", "groups", "rank", "readout", "inputs"], "groups of rows sharing a state of that rank; kind phase, rotation, coupled (readout), schmidt (inputs: groups of columns)", BuildEntangled, OnlyMatrices: true),
        new("hadamard", ["density", "v", "type"], "bcsr in the Walsh basis", (layer, p) => HadamardBuilder.Build(layer, Height(p, 16), p.Share("density"), IsInt8(p)), OnlyMatrices: true),
        new("tucker2", ["rank", "readout"], "1×1, K, 1×1 convolutions through rank and readout channels", (layer, p) => ConvFactorBuilder.Tucker2(layer, p.Count("rank"), p.Count("readout", p.Count("rank"))), OnlyConvolutions: true),
        new("cp", ["rank"], "1×1, depthwise, 1×1 convolutions through rank channels", (layer, p) => ConvFactorBuilder.Cp(layer, p.Count("rank")), OnlyConvolutions: true),
    ];

    /// <summary>The format called <paramref name="name"/>.</summary>
    /// <exception cref="EdgeQinnException">There is none.</exception>
    public static WeightFormat Get(string name) =>
        All.FirstOrDefault(f => f.Name == name) ?? throw new EdgeQinnException($"format '{name}' is not known; there are {string.Join(", ", All.Select(f => f.Name))}");

    static Weight BuildInt8(DenseLayer layer, FormatParameters p)
    {
        if (p.Has("scale")) return Int8Builder.Build(layer, new ActivationRange(p.Positive("scale"), p.ZeroPoint("zero")));
        string rule = p.Has("range") ? p.Word("range", "each", "minmax", "percentile", "mse") : layer.Inputs is null ? "each" : "mse";
        if (rule == "each") return Int8Builder.Build(layer);
        var sample = layer.Inputs?.Fit ?? throw new EdgeQinnException($"format 'int8': range={rule} needs calibration");
        return Int8Builder.Build(layer, rule switch
        {
            "minmax" => ActivationRanges.MinMax(sample),
            "percentile" => ActivationRanges.Percentile(sample),
            _ => ActivationRanges.LeastSquares(sample),
        });
    }

    static Weight BuildBlockSparse(DenseLayer layer, FormatParameters p)
    {
        int height = Height(p, layer.IsConvolution ? 4 : 16), width = p.Count("width", 1);
        if (width != 1 && !(width == 4 && height == 4)) throw new EdgeQinnException("format 'bcsr': width is 1, or 4 with v=4");
        return BlockSparseBuilder.Build(layer, height, width, p.Share("density"), IsInt8(p));
    }

    static Weight BuildMps(DenseLayer layer, FormatParameters p)
    {
        int[]? rows = p.Modes("rows"), columns = p.Modes("columns");
        if ((rows is null) != (columns is null)) throw new EdgeQinnException("format 'mps': give rows and columns, or neither");
        rows ??= Balanced(layer.Rows);
        columns ??= Balanced(layer.Columns);
        if (rows.Length != columns.Length) throw new EdgeQinnException($"format 'mps': {rows.Length} row modes and {columns.Length} column modes; they pair up");
        if (p.Has("bond") == p.Has("tolerance")) throw new EdgeQinnException("format 'mps': give bond or tolerance");
        return (p.Has("bond") ? MpsBuilder.OfBond(layer, rows, columns, p.Count("bond")) : MpsBuilder.OfTolerance(layer, rows, columns, p.Share("tolerance"))).Weight;
    }

    static Weight BuildEntangled(DenseLayer layer, FormatParameters p) => p.Word("kind", "phase", "rotation", "coupled", "schmidt") switch
    {
        "phase" => EntangledBuilder.Phase(layer, p.Count("groups"), p.Count("rank")),
        "rotation" => EntangledBuilder.Rotation(layer, p.Count("groups"), p.Count("rank")),
        "coupled" => EntangledBuilder.Coupled(layer, p.Count("groups"), p.Count("rank"), p.Count("readout", p.Count("rank"))),
        _ => EntangledBuilder.Schmidt(layer, p.Count("groups"), p.Count("inputs"), p.Count("rank")),
    };

    static int Height(FormatParameters p, int otherwise)
    {
        int v = p.Count("v", otherwise);
        return v is 1 or 4 or 8 or 16 ? v : throw new EdgeQinnException("blocks have v = 1, 4, 8 or 16 rows");
    }

    static bool IsInt8(FormatParameters p) => p.Word("type", "f32", "int8") == "int8";

    /// <summary>Two factors as close to √n as whole numbers allow, the last a multiple of 8 where n permits; n is padded up if it is prime.</summary>
    static int[] Balanced(int n)
    {
        for (int padded = n; ; padded++)
        {
            int[] factors = [.. Enumerable.Range(1, padded).Where(f => padded % f == 0 && f * f <= 4 * padded && 4 * f * f >= padded)];
            if (factors.Length == 0) continue;
            int last = factors.OrderBy(f => f % 8 == 0 ? 0 : 1).ThenBy(f => Math.Abs(Math.Log((double)f * f / padded))).First();
            return [padded / last, last];
        }
    }
}
