using System.Globalization;

namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>The least instructions per multiply-add that a layer's shape allows its kernel, part by part.</summary>
/// <param name="Arithmetic">Multiplying and adding.</param>
/// <param name="Loading">Loading weights and inputs.</param>
/// <param name="Finishing">Starting the sums, scale, bias, clamp and store.</param>
/// <param name="Preparing">Padding and quantising, as counted.</param>
sealed record InstructionBound(double Arithmetic, double Loading, double Finishing, double Preparing)
{
    public const string Explanation = """
        «least»: what no kernel of this kind goes below, per MAC: FMLA does 4 MAC, SDOT 16, SMULL + SMLAL2 + SADALP 16 together; a vector times a matrix loads each
        weight once (LDP: 8 float32 or 32 int8); a register tile of convolution sums (24) shares 7 registers of inputs and weights (3 LDP, 1 LDR); four outputs share a bias, a clamp and
        half a store, in int8 also three instructions of scaling, convolutions as if pairs of outputs were pooled before that; padding and quantising as counted. On top come loops, calls, pointers,
        turning, and lanes of vectors and panels that are not full. Layers by minimal filtering do fewer multiplications than MAC and have no such bound here.
        """;

    /// <summary>All of it.</summary>
    public double Total => Arithmetic + Loading + Finishing + Preparing;

    /// <summary>The bound of a linear or convolution layer on the kernels it ran on; null for others.</summary>
    public static InstructionBound? Of(InstructionCount count)
    {
        if (count.Operator is not ("Linear" or "Conv") || count.Kernels.Contains("winograd", StringComparison.Ordinal)) return null;
        bool isInt8 = count.Kernels.Contains(".i8", StringComparison.Ordinal), hasDot = count.Kernels.Contains("neondot", StringComparison.Ordinal);
        double arithmetic = !isInt8 ? 1.0 / 4 : hasDot ? 1.0 / 16 : 3.0 / 16;
        bool isLinear = count.Operator == "Linear";
        double loading = isLinear ? (isInt8 ? 1.0 / 32 : 1.0 / 8) : arithmetic * (isInt8 && !hasDot ? 1.0 / 16 : 1.0 / 6);
        double start = 1, finish = isInt8 ? 4.5 : 1.5;
        return new InstructionBound(arithmetic, loading, (start + (isLinear ? finish : finish / 2)) / 4 / Math.Max(1, count.Depth), count.Preparing / Math.Max(1, count.MultiplyAdds));
    }

    public override string ToString()
    {
        (string Name, double Value)[] parts = [("arithmetic", Arithmetic), ("loading", Loading), ("finishing", Finishing), ("preparing", Preparing)];
        return string.Join(" + ", parts.Where(p => p.Value >= 0.0005).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {p.Value:F3}")));
    }
}
