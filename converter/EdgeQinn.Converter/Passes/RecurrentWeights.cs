using EdgeQinn.Converter.Graph;

namespace EdgeQinn.Converter.Passes;

/// <summary>A step's weights as ONNX's LSTM and GRU take them, with <paramref name="State"/> for h₋₁ and <paramref name="X"/> for x.</summary>
/// <param name="Cell">The step.</param>
/// <param name="X">The input vector of the step.</param>
/// <param name="State">h₋₁; null where it is zero.</param>
sealed record RecurrentWeights(RecurrentCell Cell, IrValue X, IrValue? State)
{
    /// <summary>Sums of the same numbers in another order differ by rounding.</summary>
    const double Rounding = 1e-6;

    /// <summary>The length of x.</summary>
    public int Inputs => X.Type.Shape[^1];

    /// <summary>The weights of <paramref name="cell"/>; null where it is computed from other vectors than x and h₋₁.</summary>
    public static RecurrentWeights? Of(RecurrentCell cell, IrValue? state)
    {
        var others = cell.Sources.Where(s => s != state).ToArray();
        if (others is not [{ } x] || (long)x.Type.Shape[^1] * cell.Batch != x.Type.Count || (state is not null && state.Type.Shape[^1] != cell.Units)) return null;
        return new RecurrentWeights(cell, x, state);
    }

    /// <summary>Whether both steps belong to one layer. A step from a state of zero has no weights for it, and matches any.</summary>
    public bool Equal(RecurrentWeights next)
    {
        if (Inputs != next.Inputs) return false;
        for (int g = 0; g < Cell.Gates.Length; g++)
        {
            if (!Equal(Matrix(Cell.Gates[g], X), Matrix(next.Cell.Gates[g], next.X)) || !Equal(Cell.Gates[g].Bias, next.Cell.Gates[g].Bias)) return false;
            if (State is not null && !Equal(Matrix(Cell.RecurrentGate(g), State), Matrix(next.Cell.RecurrentGate(g), next.State))) return false;
        }
        return Equal(Cell.Recurrent?.Bias, next.Cell.Recurrent?.Bias);
    }

    static double[]? Matrix(GateSum gate, IrValue? source) => source is null ? null : gate.Terms.GetValueOrDefault(source);

    static bool Equal(double[]? a, double[]? b)
    {
        if (ReferenceEquals(a, b)) return true;
        if (a is null || b is null || a.Length != b.Length) return false;
        for (int i = 0; i < a.Length; i++)
            if (!(Math.Abs(a[i] - b[i]) <= Rounding * (1 + Math.Abs(a[i])))) return false;
        return true;
    }

    /// <summary>W [G·H, I], R [G·H, H] and B [2·G·H].</summary>
    public (float[] W, float[] R, float[] B) Build()
    {
        int h = Cell.Units, gates = Cell.Gates.Length;
        float[] w = new float[gates * h * Inputs], r = new float[gates * h * h], b = new float[2 * gates * h];
        for (int g = 0; g < gates; g++)
        {
            var recurrent = Cell.RecurrentGate(g);
            Copy(Matrix(Cell.Gates[g], X), w, g * h * Inputs);
            Copy(Matrix(recurrent, State), r, g * h * h);
            Copy(Cell.Gates[g].Bias, b, g * h);
            if (recurrent != Cell.Gates[g]) Copy(recurrent.Bias, b, (gates + g) * h);
        }
        return (w, r, b);
    }

    static void Copy(double[]? from, float[] to, int at)
    {
        for (int i = 0; i < (from?.Length ?? 0); i++) to[at + i] = (float)from![i];
    }
}
