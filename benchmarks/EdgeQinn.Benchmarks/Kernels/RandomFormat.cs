using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Benchmarks.Kernels;

/// <summary>Random weights in formats named as the converter's <c>--format</c> names them: what a layer takes does not depend on what it was fitted to, and fits take long.</summary>
static class RandomFormat
{
    /// <summary>A weight of <paramref name="shape"/>; formats joined by <c>+</c> are added.</summary>
    public static Weight Build(string formats, int[] shape)
    {
        var random = new Random(1);
        Weight[] terms = [.. formats.Split('+').Select(f => Term(random, f, shape))];
        return terms.Length == 1 ? terms[0] : new SumWeight(terms[0].Type, terms[0].Rows, [.. terms]);
    }

    static Weight Term(Random random, string format, int[] shape)
    {
        string[] parts = format.Split(':', 2);
        var p = new FormatParameters(parts[0], parts.Length > 1 ? parts[1] : "");
        p.Allow(WeightFormat.Get(parts[0]).Keys);
        int m = shape[0], n = shape[1];
        bool isInt8 = p.Has("type") && p.Word("type", "f32", "int8") == "int8";
        return parts[0] switch
        {
            "dense" => RandomWeights.Dense(random, shape),
            "int8" => RandomWeights.Int8(random, shape),
            "bcsr" => RandomWeights.BlockSparse(random, p.Count("v", shape.Length > 2 ? 4 : 16), p.Count("width", 1), p.Share("density"), isInt8, shape),
            "lowrank" => RandomWeights.LowRank(random, p.Count("rank"), shape),
            "mps" => RandomWeights.Mps(random, LayerGrid.Modes(m, 2)!, LayerGrid.Modes(n, 2)!, p.Count("bond")),
            "entangled" when p.Word("kind", "phase", "rotation", "coupled", "schmidt") == "schmidt" => RandomWeights.Schmidt(random, p.Count("groups"), p.Count("rank"), m, n),
            "entangled" => RandomWeights.Entangled(random, Enum.Parse<EntangledKind>(p.Word("kind", "phase", "rotation", "coupled", "schmidt"), ignoreCase: true), p.Count("groups"), p.Count("rank"), m, n),
            "hadamard" => RandomWeights.Hadamard(random, p.Count("v", 16), p.Share("density"), isInt8, m, n),
            "tucker2" => RandomWeights.Tucker2(random, p.Count("rank"), shape),
            "cp" => RandomWeights.Cp(random, p.Count("rank"), shape),
            _ => throw new EdgeQinnException($"'{format}': no random weight of this format"),
        };
    }
}
