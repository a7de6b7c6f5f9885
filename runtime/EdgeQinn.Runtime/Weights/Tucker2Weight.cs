using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>
/// A convolution's weight with both channel dimensions compressed: W[o, c, k…] = Σ_ab Out[o, b]·Core[b, a, k…]·In[a, c] (Kim et al. 2016, arXiv 1511.06530).
/// Children: In [r1, C_in], Core [r2, r1, K…], Out [C_out, r2]. Runs as three convolutions, 1×1, K, 1×1.
/// </summary>
public sealed class Tucker2Weight : Weight
{
    /// <summary>The encoding's name.</summary>
    public const string Name = "tucker2";

    /// <summary>Builds from the factors.</summary>
    public Tucker2Weight(TensorType type, Weight input, Weight core, Weight output) : base(type, output.Rows)
    {
        (In, Core, Out) = (input, core, output);
        if (type.Rank < 3) throw Fail($"stands for {type}, which is no convolution's weight");
        bool fits = core.Type.Rank == type.Rank && type.Shape[0] == output.Rows && core.Type.Shape[0] == output.Columns && core.Rows == output.Columns
            && core.Type.Shape[1] == input.Rows && type.Shape[1] == input.Columns
            && core.Type.Shape.AsSpan()[2..].SequenceEqual(type.Shape.AsSpan()[2..]);
        if (!fits) throw Fail($"factors [{input.Rows},{input.Columns}], {core.Type} and [{output.Rows},{output.Columns}] do not make {type}");
    }

    /// <inheritdoc/>
    public override string Encoding => Name;

    /// <summary>[r1, C_in].</summary>
    public Weight In { get; }

    /// <summary>[r2, r1, K…].</summary>
    public Weight Core { get; }

    /// <summary>[C_out, r2].</summary>
    public Weight Out { get; }

    /// <summary>Per output position, at stride 1.</summary>
    public override long MultiplyAdds => In.MultiplyAdds + Core.MultiplyAdds + Out.MultiplyAdds;

    /// <inheritdoc/>
    public override long Parameters => In.Parameters + Core.Parameters + Out.Parameters;

    /// <inheritdoc/>
    public override void Materialise(Span<float> destination)
    {
        int r1 = In.Rows, r2 = Out.Columns, channels = In.Columns, taps = Columns / channels;
        var (input, core) = (In.ToArray(), Core.ToArray());
        var expanded = new float[r2 * Columns];
        var transposed = new float[channels * r1];
        for (int a = 0; a < r1; a++)
            for (int c = 0; c < channels; c++) transposed[c * r1 + a] = input[a * channels + c];
        for (int b = 0; b < r2; b++)
            DenseMath.Multiply(transposed, core.AsSpan(b * r1 * taps, r1 * taps), channels, r1, taps, expanded.AsSpan(b * Columns, Columns));
        DenseMath.Multiply(Out.ToArray(), expanded, Rows, r2, Columns, destination);
    }

    /// <inheritdoc/>
    public override EncodedTensor Encode() => Encode(NewAttributes(), [], In, Core, Out);

    internal static Tucker2Weight Read(EncodedTensor tensor, WeightReader reader)
    {
        reader.Expect(0, 0, 3, 3);
        var weight = new Tucker2Weight(tensor.Type, reader.Child(0), reader.Child(1), reader.Child(2));
        return weight.Rows == reader.Rows ? weight : throw reader.Fail($"has {reader.Rows} rows but Out has {weight.Rows}");
    }
}
