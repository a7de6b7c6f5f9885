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
        «least»: what the layer's shape allows, per MAC: FMLA does 4 MAC, SDOT 16, SMULL + SMLAL2 + SADALP 16 together; a vector times a matrix loads each
        weight once (LDP: 8 float32 or 32 int8); a register tile of convolution sums (24) shares 7 loads; each four outputs are
        started, clamped (2) and stored, in int8 also converted, scaled and added to; padding and quantising as counted. Loops, calls, pointers, turning and pooling come on top. Layers
        by minimal filtering do fewer multiplications than MAC and have no such bound here.
        """;

    /// <summary>All of it.</summary>
    public double Total => Arithmetic + Loading + Finishing + Preparing;

    /// <summary>The bound of a linear or convolution layer on the kernels it ran on; null for others.</summary>
    public static InstructionBound? Of(InstructionCount count)
    {
        if (count.Operator is not ("Linear" or "Conv") || count.Kernels.Contains("winograd", StringComparison.Ordinal)) return null;
        bool isInt8 = count.Kernels.Contains(".i8", StringComparison.Ordinal), hasDot = count.Kernels.Contains("neondot", StringComparison.Ordinal);
        double arithmetic = !isInt8 ? 1.0 / 4 : hasDot ? 1.0 / 16 : 3.0 / 16;
        double loading = count.Operator == "Linear" ? (isInt8 ? 1.0 / 32 : 1.0 / 8) : arithmetic * 7 / 24 * (isInt8 && !hasDot ? 1.0 / 3 : 1);
        return new InstructionBound(arithmetic, loading, (isInt8 ? 7 : 4) / 4.0 / Math.Max(1, count.Depth), count.Preparing / Math.Max(1, count.MultiplyAdds));
    }

    public override string ToString()
    {
        (string Name, double Value)[] parts = [("arithmetic", Arithmetic), ("loading", Loading), ("finishing", Finishing), ("preparing", Preparing)];
        return string.Join(" + ", parts.Where(p => p.Value >= 0.0005).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {p.Value:F3}")));
    }
}
