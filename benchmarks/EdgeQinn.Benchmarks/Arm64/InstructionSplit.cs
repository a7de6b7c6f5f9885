namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>
/// Where a layer's instructions go, found by counting layers of the same kind in other sizes. A kernel whose registers are full takes
/// T(C, M, L) = s·C·M·L + i·C·L + o·M·L + … + f with C inputs, M outputs and L time steps: a sum over all subsets of the sizes, of which each has one coefficient. One layer for each
/// subset, in which the sizes of the subset are doubled, gives them all. What the layer itself takes beyond that is due to sizes that fill no whole registers.
/// </summary>
/// <param name="Preparing">Padding the input and quantising it: counted, not derived.</param>
/// <param name="Sums">What grows with inputs and outputs: multiplying, adding, loading weights, the loop.</param>
/// <param name="Inputs">What grows with the inputs alone, beyond preparing.</param>
/// <param name="Outputs">What grows with the outputs alone: starting sums, scaling, bias, clamp, pool, store.</param>
/// <param name="Run">What grows with neither: the call, prologue and epilogue, choosing tiles.</param>
/// <param name="Unfilled">The rest: registers without outputs or inputs in all lanes.</param>
sealed record InstructionSplit(double Preparing, double Sums, double Inputs, double Outputs, double Run, double Unfilled)
{
    /// <summary>The parts by name.</summary>
    public IReadOnlyList<(string Name, double Instructions)> Parts =>
        [("preparing", Preparing), ("sums", Sums), ("per input", Inputs), ("per output", Outputs), ("per run", Run), ("registers not full", Unfilled)];

    /// <summary>All of them.</summary>
    public double Total => Parts.Sum(p => p.Instructions);

    /// <summary>Splits a layer's count.</summary>
    /// <param name="counts">Without preparing: of the layer in <paramref name="filled"/> sizes, of which those are doubled whose bits are set in the index.</param>
    /// <param name="filled">Sizes that fill registers: inputs, outputs and, of a convolution, time steps.</param>
    /// <param name="sizes">The layer's own.</param>
    /// <param name="own">The layer's own count, without preparing.</param>
    /// <param name="preparing">What preparing takes.</param>
    public static InstructionSplit Of(double[] counts, int[] filled, int[] sizes, double own, double preparing)
    {
        const int input = 1, output = 2;
        double[] terms = Terms(counts);
        double sums = 0, inputs = 0, outputs = 0, run = 0;
        for (int subset = 0; subset < terms.Length; subset++)
        {
            double term = terms[subset];
            for (int i = 0; i < sizes.Length; i++)
                if ((subset >> i & 1) != 0) term *= (double)sizes[i] / filled[i];
            switch (subset & (input | output))
            {
                case input | output: sums += term; break;
                case input: inputs += term; break;
                case output: outputs += term; break;
                default: run += term; break;
            }
        }
        return new InstructionSplit(preparing, sums, inputs, outputs, run, own - sums - inputs - outputs - run);
    }

    /// <summary>The term of each subset of the sizes, as large as in the first of the layers. Along one size, T = a + b with b growing: T₂ − T₁ = b, 2·T₁ − T₂ = a.</summary>
    static double[] Terms(double[] counts)
    {
        double[] terms = [.. counts];
        for (int bit = 1; bit < terms.Length; bit *= 2)
            for (int subset = 0; subset < terms.Length; subset++)
                if ((subset & bit) == 0) (terms[subset], terms[subset | bit]) = (2 * terms[subset] - terms[subset | bit], terms[subset | bit] - terms[subset]);
        return terms;
    }
}
