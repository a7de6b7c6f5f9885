using EdgeQinn.Converter.Graph;

namespace EdgeQinn.Converter.Passes;

/// <summary>What goes into a gate: Σ Mₛ s + b over the vectors s it is computed from.</summary>
/// <param name="Terms">Per vector its matrix [rows, length], row-major; equal ones are one object.</param>
/// <param name="Bias">b.</param>
/// <param name="Nodes">The nodes that compute it.</param>
sealed record GateSum(Dictionary<IrValue, double[]> Terms, double[] Bias, HashSet<IrNode> Nodes)
{
    /// <summary>The length of the gate.</summary>
    public int Rows => Bias.Length;

    /// <summary>The value without reshapes that leave its vectors as they are.</summary>
    public static IrValue Vectors(IrValue value)
    {
        while (value.From("Reshape") is { } reshape && reshape.Inputs[0] is { Type.Rank: > 0 } x && value.Type.Rank > 0 && x.Type.Shape[^1] == value.Type.Shape[^1]) value = x;
        return value;
    }

    /// <summary>The same with <paramref name="name"/> for the vector <paramref name="source"/>; null where it has both.</summary>
    public GateSum? Rename(IrValue source, IrValue name)
    {
        if (Terms.ContainsKey(name)) return null;
        var terms = new Dictionary<IrValue, double[]>(Terms);
        terms.Remove(source, out double[]? matrix);
        terms.Add(name, matrix!);
        return this with { Terms = terms };
    }
}
